import { expect, test } from 'vitest';
import { assemble } from '../../../src/isa/assemble.js';
import type { Insn } from '../../../src/isa/insn.js';
import { STACK_SIZE } from '../../../src/machine/thread.js';
import { planUnit } from '../../../src/machine/wasm/plan.js';
import { compileUnit } from '../../../src/machine/wasm/unit.js';
import { parseAssembly } from '../../../src/syntax/parse-program.js';
import { compareEngines, type Plan } from '../../fuzz/compare.js';
import { LEAVES, prepare } from '../../fuzz/machine.js';

const ALIGNMENT = { atomics: false, plain: false };

/** Calls a leaf twice, with arguments of which only the lower half may count, and gives what the calls gave. */
function callsOf(leaf: string): readonly Insn[] {
  const text = `
    *(u64 *)(r10 - 8) = 5
    r1 = 0x9000000180000003 ll
    call ${LEAVES.indexOf(leaf)}
    r6 = r0
    r1 = 0x1122334455667788 ll
    call ${LEAVES.indexOf(leaf)}
    r0 ^= r6
    r1 = *(u64 *)(r10 - 8)
    r0 += r1
    exit`;
  return assemble(parseAssembly({ name: 'test', text }).value ?? []).insns as readonly Insn[];
}

// That of the clock is in exact.test.ts: it depends on where the budget is checked.
test.each(['current', 'cpu', 'set_word', 'restore_word'])('%s is not called, and does the same', (leaf) => {
  const insns = callsOf(leaf);
  const { machine } = prepare(0, insns, { alignment: ALIGNMENT, room: STACK_SIZE, watched: 0 })!;
  const [main] = machine.text.functions;
  const entry = { slot: main!.start, frameSize: main!.frameSize };
  const parts = [machine, entry, () => [], () => 0] as const;
  expect([...planUnit(...parts).leaves]).toEqual([]);
  expect([...compileUnit(...parts).leaves]).toEqual([]);
  const plan: Plan = {
    ...{ alignment: ALIGNMENT, room: STACK_SIZE, watched: 0, isReferenceWatched: false },
    ...{ flow: 'structured', slice: 1 << 20, inline: true, eager: true, atomics: false, slots: true },
    ...{ stretches: [{ engine: 'wasm', budget: 100 }] },
  };
  expect(compareEngines(insns, plan)).toEqual({ kind: 'same', end: 'done' });
});
