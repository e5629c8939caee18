import { expect, test } from 'vitest';
import { assemble } from '../../../src/isa/assemble.js';
import type { Insn } from '../../../src/isa/insn.js';
import { STACK_SIZE } from '../../../src/machine/thread.js';
import { parseAssembly } from '../../../src/syntax/parse-program.js';
import { type Comparison, compareEngines, type Stretch } from '../../fuzz/compare.js';
import { DATA, LEAVES } from '../../fuzz/machine.js';

/** Runs a program on both engines; compiled code has one call of a function that calls itself in place. */
function compare(text: string, stretches: readonly Stretch[], room = STACK_SIZE): Comparison {
  const { insns } = assemble(parseAssembly({ name: 'test', text }).value ?? []);
  return compareEngines(insns as readonly Insn[], {
    ...{ alignment: { atomics: false, plain: false }, room, watched: 0, isReferenceWatched: false },
    ...{ flow: 'structured', slice: 1 << 20, inline: true, eager: true, atomics: false, slots: true },
    stretches,
  });
}

const ALL: readonly Stretch[] = [{ engine: 'wasm', budget: 100_000 }];

/** Fibonacci's numbers, with something in the frame and in every saved register; `each` is what a call does besides. */
const fibonacci = (each: string, n = 9): string => `
  r6 = 66
  r7 = 77
  r1 = ${n}
  call fib
  r0 += r6
  r0 += r7
  exit
fib:
  r6 = r1
  r7 = 1
  *(u64 *)(r10 - 16) = r6
  ${each}
  if r6 s> 1 goto more
  r0 = r6
  exit
more:
  r8 = r6
  r8 += 5
  r1 = r6
  r1 += -1
  call fib
  r9 = r0
  r9 += r7
  r1 = *(u64 *)(r10 - 16)
  r1 += -2
  call fib
  r0 += r9
  r0 += r8
  exit`;

const leaf = (name: string): string => `r1 = r6\ncall ${LEAVES.indexOf(name)}`;
/** The frame is named by its address, too, so that it is in memory. */
const IN_MEMORY = 'r2 = r10\nr2 += -16\nr3 = *(u64 *)(r2 + 0)\nr7 = r3';

test.each([
  ['a frame in locals', ''],
  ['a frame in memory', IN_MEMORY],
  ['a leaf', leaf('sum')],
])('a function calls itself, with %s', (_, each) => {
  expect(compare(fibonacci(each), ALL)).toEqual({ kind: 'same', end: 'done' });
});

test.each([
  ['a frame in locals', ''],
  ['a frame in memory', IN_MEMORY],
])('it is left, carried on by the interpreter, and entered again, with %s', (_, each) => {
  for (let budget = 1; budget < 120; budget += 3) {
    for (const between of [1, 7]) {
      const stretches: readonly Stretch[] = [
        { engine: 'wasm', budget },
        { engine: 'interp', budget: between },
        { engine: 'wasm', budget: 40 },
        ...ALL,
      ];
      expect(compare(fibonacci(each, 6), stretches)).toEqual({ kind: 'same', end: 'done' });
    }
  }
});

test.each(['wait', 'yield'])('the leaf `%s` leaves all the calls around it', (name) => {
  const again = Array.from({ length: 40 }, (): Stretch => ({ engine: 'wasm', budget: 1000 }));
  expect(compare(fibonacci(leaf(name), 5), again).kind).toBe('same');
});

test('an access faults in the call that it is in', () => {
  for (const at of [0, 1, 2, 3, 7]) {
    const each = `if r6 != ${at} goto past\nr3 = ${DATA.address} ll\nr3 = *(u64 *)(r3 + ${DATA.size})\npast:`;
    expect(compare(fibonacci(each), ALL)).toEqual({ kind: 'same', end: 'fault' });
  }
});

test('it faults where there is no room for a frame', () => {
  const text = `
    r1 = 0
    call down
    exit
  down:
    *(u64 *)(r10 - 8) = r1
    r1 += 1
    r6 = r1
    call down
    r0 += r6
    exit`;
  for (let room = 192; room < 192 + 160; room += 8)
    expect(compare(text, ALL, room)).toEqual({ kind: 'same', end: 'fault' });
  expect(compare(text, ALL)).toEqual({ kind: 'same', end: 'fault' });
});
