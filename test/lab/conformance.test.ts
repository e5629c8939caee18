import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseConformance, runConformance } from '../../src/lab/conformance.js';
import { ENGINES } from '../support/engines.js';
import { CONFORMANCE, present } from '../support/shared.js';

const outside = present(CONFORMANCE);
const own = new URL('../data/conformance/', import.meta.url).pathname;

describe.each(ENGINES)('engine %s', (_, engine) => {
  test.each(readdirSync(own))('our own case %s', (name) => {
    const outcome = runConformance(parseConformance(name, readFileSync(`${own}/${name}`, 'utf8')), engine);
    expect(outcome).toMatchObject({ passed: true });
  });

  test.skipIf(!outside)(
    `every file of bpf_conformance${outside ? '' : ' (skipped: no ../shared/conformance)'}`,
    () => {
      const names = readdirSync(CONFORMANCE).filter((n) => n.endsWith('.data'));
      const outcomes = names.map((n) =>
        runConformance(parseConformance(n, readFileSync(`${CONFORMANCE}/${n}`, 'utf8')), engine),
      );
      expect(names.length).toBeGreaterThan(100);
      expect(outcomes.filter((o) => !o.passed)).toEqual([]);
    },
  );
});
