import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { judgeVerdicts } from '../../src/explore/verdicts.js';
import { parseOrThrow } from '../../src/lab/environment.js';
import { scenariosOf } from '../../src/lab/run.js';
import { environment } from '../support/environment.js';
import { LIMITS } from '../support/explore.js';

/** What exploring the labs comes to that show the kernel's other guards. */
const FOLDER = new URL('../../programs/guards-of-linux/', import.meta.url);
const FILES = readdirSync(FOLDER).filter((f) => f.endsWith('.bpf'));

describe.each(FILES)('guards-of-linux/%s', (name) => {
  const text = readFileSync(new URL(name, FOLDER), 'utf8');
  const lab = parseOrThrow({ name, text });
  const scenarios = scenariosOf(lab);
  const isExplored = (s: (typeof scenarios)[number]): boolean => s.claims.some((c) => c.kind === 'verdict');

  test('begins with what it shows', () => {
    expect(text.startsWith(`// ${name}: `)).toBe(true);
  });

  const explored = scenarios.filter(isExplored).map((s) => [s.title!.name, s] as const);
  test.each(explored)('%s: comes to the verdicts it expects', (_, scenario) => {
    const verdicts = judgeVerdicts(lab, scenario, environment, {}, LIMITS);
    expect(verdicts.filter((v) => !v.passed).map((v) => `${v.text}: it ${v.found}`)).toEqual([]);
  });
});
