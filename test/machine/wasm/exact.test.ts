import { expect, test } from 'vitest';
import { assemble } from '../../../src/isa/assemble.js';
import { type Insn, makeInsn } from '../../../src/isa/insn.js';
import { OPERATIONS, operation } from '../../../src/isa/table.js';
import { type BareResult, interpreter, runBare } from '../../../src/machine/bare.js';
import { STACK_SIZE } from '../../../src/machine/thread.js';
import { WasmEngine } from '../../../src/machine/wasm/engine.js';
import { parseAssembly } from '../../../src/syntax/parse-program.js';
import { compareEngines } from '../../fuzz/compare.js';
import { LEAVES } from '../../fuzz/machine.js';

/** What the interpreter finds, and compiled code must find too. `size` bytes of input are in r1. */
function both(text: string, size: number, budget?: number): BareResult {
  const { insns } = assemble(parseAssembly({ name: 'test', text }).value ?? []);
  return bothOf(insns as readonly Insn[], size, budget);
}

function bothOf(insns: readonly Insn[], size: number, budget?: number): BareResult {
  const input = Uint8Array.from({ length: size }, (_, i) => i + 1);
  const options = budget === undefined ? {} : { budget };
  const interpreted = runBare(insns, input, { engine: interpreter, ...options });
  const compiled = runBare(insns, input, { engine: (m) => new WasmEngine(m), ...options });
  expect(compiled).toEqual(interpreted);
  return interpreted;
}

const slotOf = (result: BareResult): number | undefined =>
  result.kind === 'fault' ? result.fault.backtrace[0]?.slot : undefined;

test('of accesses that are tested together the one that faults is told', () => {
  const text = `
    r2 = *(u64 *)(r1 + 0)
    *(u64 *)(r1 + 8) = r2
    r3 = *(u32 *)(r1 + 16)
    *(u8 *)(r1 + 21) = r3
    r0 = r3
    exit`;
  expect(both(text, 24).kind).toBe('done');
  expect(slotOf(both(text, 21))).toBe(3);
  expect(slotOf(both(text, 16))).toBe(2);
  expect(slotOf(both(text, 15))).toBe(1);
  expect(slotOf(both(text, 3))).toBe(0);
});

test('what was tested before is not tested again where nothing has changed', () => {
  const text = `
    r3 = *(u64 *)(r1 + 8)
    r0 = *(u8 *)(r1 + 0)
    if r0 == 99 goto two
    r4 = r1
    r4 += 8
    *(u64 *)(r4 + 0) = r3
    goto three
  two:
    r1 += 1
  three:
    r0 = *(u64 *)(r1 + 8)
    r2 = *(u32 *)(r1 + 16)
    exit`;
  expect(both(text, 20).kind).toBe('done');
  expect(slotOf(both(text, 15))).toBe(0);
  expect(slotOf(both(text, 16))).toBe(9);
});

test.each([
  ['past a block', 'r2 = 1', ''],
  ['on two ways', 'r2 = 1\n goto on', 'r2 = 2'],
  ['past a block that changes the address', 'r1 += 4', ''],
  ['on two ways of which one changes the address', 'r2 = 1\n goto on', 'r1 += -4'],
  ['on two ways of which one ends', 'exit', 'r2 = 2'],
])('what is accessed later %s faults there, and not before', (_, one, other) => {
  const text = `
    r0 = *(u8 *)(r1 + 0)
    if r0 == 1 goto other
    ${one}
  other:
    ${other}
  on:
    r3 = *(u64 *)(r1 + 8)
    r0 = r3
    exit`;
  for (let size = 1; size < 24; size += 1) {
    both(text, size);
    both(text.replace('r0 == 1', 'r0 != 1'), size);
  }
});

test.each([
  ['a register that has changed on one of two ways', 'r1 += 8'],
  ['a register that has another value', 'r1 = *(u64 *)(r1 + 0)'],
])('%s is tested again', (_, change) => {
  const text = `
    r0 = *(u64 *)(r1 + 0)
    r2 = *(u8 *)(r1 + 0)
    if r2 == 2 goto on
    ${change}
  on:
    r0 = *(u64 *)(r1 + 0)
    exit`;
  expect(slotOf(both(text, 8))).toBe(4);
});

test('in a loop the address is tested in every round', () => {
  const text = `
    r2 = 100
    r0 = *(u64 *)(r1 + 0)
  again:
    r0 = *(u64 *)(r1 + 0)
    r1 += 4
    r2 += -1
    if r2 != 0 goto again
    exit`;
  for (const size of [8, 12, 100, 400]) expect(slotOf(both(text, size))).toBe(2);
});

test('addresses far apart are tested one by one', () => {
  const text = `
    r0 = *(u64 *)(r1 + 0)
    r1 -= 0x7fffffff
    r1 -= 0x7fffffff
    r0 = *(u64 *)(r1 + 0)
    exit`;
  expect(slotOf(both(text, 8))).toBe(3);
});

test.each([
  ['after', []],
  ['after a way on which there may be', [makeInsn(operation('jeq64_imm'), { dst: 0, imm: 5, off: 2 })]],
])('%s a call that frees memory all is tested again', (_, jump) => {
  const free = LEAVES.indexOf('withdraw');
  const insns = [
    makeInsn(operation('mov64_reg'), { dst: 6, src: 1 }),
    makeInsn(operation('ldxdw'), { dst: 0, src: 6, off: 16 }),
    ...jump,
    makeInsn(operation('mov64_imm'), { dst: 1, imm: 16 }),
    makeInsn(operation('call'), { imm: free }),
    makeInsn(operation('ldxdw'), { dst: 0, src: 6, off: 16 }),
    makeInsn(operation('exit')),
  ];
  const result = compareEngines(insns, {
    ...{ alignment: { atomics: false, plain: false }, room: STACK_SIZE, watched: 0 },
    ...{ flow: 'structured', slice: 1 << 20, inline: true, eager: true, atomics: false, slots: true },
    ...{ isReferenceWatched: false, stretches: [{ engine: 'wasm', budget: 100 }] },
  });
  expect(result).toEqual({ kind: 'same', end: 'fault' });
});

const LOOP = `
    r0 = 0
    r2 = 0
  again:
    r3 = r1
    r3 += r2
    r4 = *(u16 *)(r3 + 0)
    r0 += r4
    w2 += 2
    if r2 < 64 goto again
    exit`;

test.each([64, 63, 62, 57, 9, 8, 7, 2, 1])('a loop over 64 bytes of which %i are there', (size) => {
  const result = both(LOOP, size);
  if (size === 64) expect(result.kind).toBe('done');
  else expect(slotOf(result)).toBe(4);
});

test('a loop stops where the budget ends', () => {
  for (let budget = 1; budget < 60; budget += 1) both(LOOP, 64, budget);
});

test('a loop in a function that is inlined faults, and stops, in that function', () => {
  const text = `
    r6 = 5
    r7 = r1
    r2 = 10
    call sum
    r0 += r6
    exit
  sum:
    r6 = 0
  again:
    r3 = *(u8 *)(r1 + 0)
    r6 += r3
    r1 += 1
    r2 += -1
    if r2 != 0 goto again
    r0 = r6
    exit`;
  const done = both(text, 10);
  expect(done.kind === 'done' && done.r0).toBe(60n);
  const fault = both(text, 7);
  expect(fault.kind === 'fault' && fault.fault.backtrace.map((f) => f.slot)).toEqual([1, 3]);
  for (let budget = 1; budget < 70; budget += 1) both(text, 10, budget);
});

test.each([0, 1, 7, 8, 9])('what a jump skips is skipped: %i', (n) => {
  const text = `
    r0 = 100
    r2 = *(u8 *)(r1 + ${n})
    if r2 > 8 goto on
    r0 += r2
  on:
    r0 += 1
    exit`;
  const result = both(text, 16);
  expect(result.kind === 'done' && [result.r0, result.executed]).toEqual(
    n + 1 > 8 ? [101n, 5] : [BigInt(102 + n), 6],
  );
});

test.each([
  ['w3 = 1', 'w3 = 0'],
  ['r3 = 0', 'w3 = 1'],
  ['w3 = 1', 'w3 = 1'],
  ['r3 = 1', 'r3 = -1'],
  ['r3 = 0\n r3 = r2', 'r3 = 1'],
])('of a condition that becomes a value: %j, or %j', (first, second) => {
  const text = `
    r6 = 0
    r0 = 0
  again:
    r2 = *(u8 *)(r1 + 0)
    ${first}
    if r2 > 2 goto on
    ${second}
  on:
    r0 <<= 1
    r0 += r3
    r1 += 1
    r6 += 1
    if r6 != 5 goto again
    exit`;
  const done = both(text, 5);
  expect(done.kind).toBe('done');
  for (let budget = 1; budget < 50; budget += 1) both(text, 5, budget);
});

test('of two ways back of which one is longer, the budget ends on either', () => {
  const text = `
    r0 = 0
    r3 = 27
    goto even
  again:
    r0 += 1
    r3 = r4
    if r4 == 1 goto done
  even:
    r4 = r3
    r4 >>= 1
    r5 = r3
    r5 &= 1
    if r5 == 0 goto again
    r3 *= 3
    r3 += 1
    r4 = r3
    goto again
  done:
    exit`;
  const done = both(text, 1);
  expect(done.kind === 'done' && done.r0).toBe(111n);
  for (let budget = 1; budget < 200; budget += 1) both(text, 1, budget);
});

const VALUES = [0n, 1n, 2n, 0x7fff_ffffn, 0x8000_0000n, 0x1_0000_0000n, -1n, -(1n << 63n)];

test.each(OPERATIONS.filter((op) => op.condition !== undefined))(
  '$name skips, and what is skipped is not counted',
  (op) => {
    const wide = (dst: number, value: bigint): Insn => {
      const [imm, hi] = [value, value >> 32n].map((v) => Number(BigInt.asIntN(32, v)));
      return makeInsn(operation('lddw'), { dst, imm: imm!, hi: hi! });
    };
    for (const a of VALUES) {
      for (const b of VALUES) {
        const imm = Number(BigInt.asIntN(32, b));
        const result = bothOf(
          [
            makeInsn(operation('mov64_imm'), { dst: 0, imm: 5 }),
            wide(2, a),
            wide(3, b),
            makeInsn(op, { dst: 2, src: op.form === 'jump_reg' ? 3 : 0, off: 1, imm }),
            makeInsn(operation('add64_imm'), { dst: 0, imm: 1 }),
            makeInsn(operation('exit')),
          ],
          1,
        );
        expect(result.kind === 'done' && Number(result.r0) - result.executed).toBe(0);
      }
    }
  },
);

test.each([10n, 0xffff_ffffn, 0x1_0000_0000n, (1n << 63n) + 11n])('%i divided by a constant', (n) => {
  const text = `
    r0 = ${n} ll
    r2 = r0
    r0 /= 1000
    r2 %= 7
    r0 += r2
    exit`;
  const result = both(text, 1);
  expect(result.kind === 'done' && result.r0).toBe(n / 1000n + (n % 7n));
});
