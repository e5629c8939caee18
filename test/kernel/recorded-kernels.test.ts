import { afterAll, describe, expect, test } from 'vitest';
import { modelOf } from '../../src/kernel/model.js';
import { type EngineFactory, interpreter } from '../../src/machine/bare.js';
import { WasmEngine } from '../../src/machine/wasm/engine.js';
import { differences } from '../support/recordings/compare.js';
import { type Recorded, readRecordings } from '../support/recordings/format.js';
import { replay, replayAttachTwice, replayCounters, replayLimit } from '../support/recordings/replay.js';
import { OBJECTS, present } from '../support/shared.js';

/** As a user has them: what is short is interpreted, the rest compiled. */
const ENGINES = [
  ['the interpreter', interpreter],
  ['WebAssembly', (machine) => new WasmEngine(machine)],
] as const satisfies readonly (readonly [string, EngineFactory])[];

const recordings = present(`${OBJECTS}/htab.bpf.o`) ? readRecordings() : [];
const count = { passed: 0, failed: 0 };

/** How a scenario differs from its recording; limits and counters have their results beside what describes them. */
function check(s: Recorded, kernel: (typeof recordings)[number]['kernel'], engine: EngineFactory): string[] {
  const model = modelOf({ ...kernel, ...(s.boot_option !== undefined && { bootOption: s.boot_option }) });
  if (model === undefined) return [`no model for Linux ${kernel.release} on ${kernel.machine}`];
  const bench = { model, engine };
  const special =
    s.alternating !== undefined
      ? replayLimit(s, bench)
      : s.first_attach !== undefined
        ? replayAttachTwice(s, bench)
        : s.steps !== undefined
          ? replayCounters(s, bench)
          : undefined;
  if (special === undefined) return differences(s.expected, replay(s, bench), s.varies);
  return Object.entries(special).flatMap(([key, actual]) =>
    differences(s[key as keyof Recorded], actual, s.varies, key),
  );
}

describe.skipIf(recordings.length === 0)('what real kernels answered', () => {
  describe.each(ENGINES)('on %s', (_, engine) => {
    describe.each(recordings)('$file', ({ kernel, scenarios }) => {
      test.each(scenarios)('$id', (s) => {
        const found = check(s, kernel, engine);
        count[found.length === 0 ? 'passed' : 'failed'] += 1;
        expect(found).toEqual([]);
      });
    });
  });

  afterAll(() => console.log(`recorded scenarios: ${count.passed} passed, ${count.failed} failed`));
});
