import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { judgeVerdicts } from '../../src/explore/verdicts.js';
import { parseOrThrow } from '../../src/lab/environment.js';
import { scenariosOf } from '../../src/lab/run.js';
import { environment } from '../support/environment.js';
import { agree, LIMITS } from '../support/explore.js';

const folder = new URL('../data/explore/', import.meta.url);

describe('labs in which a reduction could miss something', () => {
  for (const name of readdirSync(folder)) {
    const text = readFileSync(new URL(name, folder), 'utf8');
    const lab = parseOrThrow({ name, text });
    scenariosOf(lab).forEach((scenario, i) => {
      const what = scenario.title === undefined ? '' : `, ${scenario.title.name}`;
      test(`${name.replace(/\.bpf$/, '').replaceAll('-', ' ')}${what}`, () => {
        agree(text, undefined, (all) => all[i]!);
        const verdicts = judgeVerdicts(lab, scenario, environment, {}, LIMITS);
        expect(verdicts.length).toBeGreaterThan(0);
        expect(verdicts.filter((v) => !v.passed).map((v) => `${v.text}: it ${v.found}`)).toEqual([]);
      });
    });
  }
});
