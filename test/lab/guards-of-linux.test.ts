import { describe, expect, test } from 'vitest';
import { type KernelModel, MODELS } from '../../src/kernel/model.js';
import { runScenario } from '../../src/lab/run.js';
import { type EngineFactory, interpreter } from '../../src/machine/bare.js';
import { InputError } from '../../src/text/diagnostic.js';
import { ENGINES } from '../support/engines.js';
import { environment } from '../support/environment.js';
import { labScenarios } from '../support/labs.js';

/** What a kernel has not got is refused with these. */
const NOT_THERE = new Set(['B0605', 'B0608']);

const scenarios = labScenarios('programs/guards-of-linux');

/** Each release as it is built by default, and the newest with PREEMPT_RT; compiled code on the newest only. */
const isNewest = (m: KernelModel): boolean => m.release === MODELS[0]!.release;
const tried = (engine: EngineFactory): readonly KernelModel[] =>
  MODELS.filter((m) => isNewest(m) || (engine === interpreter && !/-(?:rt|preempt-rcu)$/.test(m.name)));

describe.each(ENGINES)('on %s', (_, engine) => {
  describe.each(tried(engine).map((model) => [model.name, model] as const))('on %s', (_name, model) => {
    test.each(scenarios.map((s) => [s.name, s] as const))('what %s expects', (_lab, { lab, scenario }) => {
      try {
        const result = runScenario(lab, scenario, environment, { engine, model });
        expect(result.expects.flatMap((e) => e.found)).toEqual([]);
        expect(result.expects.length).toBeGreaterThan(0);
        expect(result.outcome.kind).toBe('finished');
      } catch (e) {
        if (!(e instanceof InputError)) throw e;
        expect(e.diagnostics.filter((d) => !NOT_THERE.has(d.code)).map((d) => d.message)).toEqual([]);
      }
    });
  });
});

test('each of them runs on the newest kernels', () => {
  for (const { lab, scenario } of scenarios)
    for (const name of ['arm64-7.3', 'amd64-7.3'])
      expect(
        runScenario(lab, scenario, environment, { model: MODELS.find((m) => m.name === name)! }).expects,
      ).not.toEqual([]);
});
