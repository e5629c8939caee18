import { expect, test } from 'vitest';
import { verdictsOf } from '../../src/explore/explore.js';
import type { SearchLimits } from '../../src/explore/search.js';
import { judgeVerdicts } from '../../src/explore/verdicts.js';
import { modelNamed } from '../../src/lab/environment.js';
import { InputError } from '../../src/text/diagnostic.js';
import { environment } from '../support/environment.js';
import { labScenarios } from '../support/labs.js';

/** These labs are to be explored while somebody waits. */
const LIMITS: SearchLimits = {
  maxStates: 6_000,
  maxSeconds: 60,
  clock: () => 0,
  isInterrupted: () => false,
};

/** What a kernel has not got is refused with these. */
const NOT_THERE = new Set(['B0605', 'B0608']);

/** The newest, each with its guard, and those whose layers differ most from them. */
const MODELS = ['arm64-7.3', 'amd64-7.3', 'amd64-6.12', 'amd64-6.1'].map((name) => modelNamed(name));

const scenarios = labScenarios('programs/guards-of-linux');
const all = scenarios.filter(({ scenario }) => verdictsOf(scenario).length > 0);

test('each lab has a scenario that proves its promise, or shows the hole', () => {
  const fileOf = ({ name }: { readonly name: string }): string => name.replace(/,.*/, '');
  const explored = new Set(all.map(fileOf));
  expect([...new Set(scenarios.map(fileOf))].filter((file) => !explored.has(file))).toEqual([]);
});

test.each(all.map((s) => [s.name, s] as const))(
  '%s: comes to its verdict on every kernel, unless it names one',
  (_, { lab, scenario }) => {
    const isOfOne = scenario.settings.some((s) => s.kind === 'kernel');
    for (const options of isOfOne ? [{}] : MODELS.map((model) => ({ model })))
      try {
        const verdicts = judgeVerdicts(lab, scenario, environment, options, LIMITS);
        expect(verdicts.filter((v) => !v.passed).map((v) => `${v.text}: it ${v.found}`)).toEqual([]);
      } catch (e) {
        if (!(e instanceof InputError)) throw e;
        expect(e.diagnostics.filter((d) => !NOT_THERE.has(d.code)).map((d) => d.message)).toEqual([]);
      }
  },
  60_000,
);
