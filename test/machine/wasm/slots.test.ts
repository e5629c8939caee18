import { describe, expect, test } from 'vitest';
import { assemble } from '../../../src/isa/assemble.js';
import type { Insn } from '../../../src/isa/insn.js';
import { STACK_SIZE } from '../../../src/machine/thread.js';
import { parseAssembly } from '../../../src/syntax/parse-program.js';
import { compareEngines } from '../../fuzz/compare.js';
import { LEAVES } from '../../fuzz/machine.js';

const leaf = (name: string): number => LEAVES.indexOf(name);

/** Runs a program on both engines, stopping on its way every so many instructions, and compares all that can be seen. */
function expectSame(text: string, end: 'done' | 'fault' = 'done', inlines = [true, false]): void {
  const insns = assemble(parseAssembly({ name: 'test', text }).value ?? []).insns as readonly Insn[];
  for (const inline of inlines) {
    for (const budget of [1, 2, 3, 5, 1000]) {
      const short = Array.from({ length: 200 }, () => ({ engine: 'wasm', budget }) as const);
      const stretches = [...short, { engine: 'wasm', budget: 100_000 } as const];
      const result = compareEngines(insns, {
        ...{ alignment: { atomics: false, plain: false }, room: STACK_SIZE, watched: 0, stretches, inline },
        ...{ flow: 'structured', slice: 1 << 20, eager: true, atomics: false, slots: true },
        isReferenceWatched: false,
      });
      expect(result).toEqual({ kind: 'same', end });
    }
  }
}

test('what a function keeps in its frame is there wherever it stops', () => {
  expectSame(`
    r6 = 5
    r7 = 0
    *(u64 *)(r10 - 8) = r6
  again:
    r1 = *(u64 *)(r10 - 8)
    *(u32 *)(r10 - 24) = r1
    r1 += r1
    *(u64 *)(r10 - 8) = r1
    call f
    r7 += r0
    r6 += -1
    if r6 != 0 goto again
    r0 = *(u64 *)(r10 - 8)
    r0 += r7
    r1 = *(u32 *)(r10 - 24)
    r0 += r1
    exit
  f:
    r0 = *(u64 *)(r10 - 16)
    *(u64 *)(r10 - 16) = r1
    *(u64 *)(r10 - 24) = 3
    r2 = 3
  inner:
    r3 = *(u64 *)(r10 - 24)
    r3 += r2
    *(u64 *)(r10 - 24) = r3
    r2 += -1
    if r2 != 0 goto inner
    r0 += r3
    exit`);
});

test.each(['u8', 'u16', 'u32', 'u64', 's8', 's16', 's32'])('a %s is kept as what it is', (type) => {
  const unsigned = type.replace('s', 'u');
  expectSame(`
    r1 = 0x1234567887a9bac9 ll
    *(${unsigned} *)(r10 - 8) = r1
    r0 = *(${type} *)(r10 - 8)
    *(${unsigned} *)(r10 - 16) = -2
    r2 = *(${type} *)(r10 - 16)
    r0 += r2
    exit`);
});

describe('what is named in several ways is in memory:', () => {
  test.each([
    ['a part of it', '*(u64 *)(r10 - 8) = r1', 'r0 = *(u32 *)(r10 - 4)'],
    ['a larger place', '*(u32 *)(r10 - 16) = r1', 'r0 = *(u64 *)(r10 - 16)'],
    ['one that overlaps', '*(u64 *)(r10 - 16) = r1', 'r0 = *(u64 *)(r10 - 12)'],
  ])('%s', (_, store, load) => {
    expectSame(`
      *(u64 *)(r10 - 24) = 9
      ${store}
      ${load}
      r2 = *(u64 *)(r10 - 24)
      r0 += r2
      exit`);
  });

  test('by an atomic instruction', () => {
    expectSame(`
      *(u64 *)(r10 - 8) = 7
      *(u64 *)(r10 - 16) = 8
      r1 = 3
      lock *(u64 *)(r10 - 8) += r1
      r0 = *(u64 *)(r10 - 8)
      r2 = *(u64 *)(r10 - 16)
      r0 += r2
      exit`);
  });

  test('by an address that is made of r10', () => {
    expectSame(`
      *(u64 *)(r10 - 8) = 7
      *(u64 *)(r10 - 16) = 8
      r1 = r10
      r2 = 2
      goto on
    on:
      r1 += -16
      r3 = *(u64 *)(r1 + 0)
      r3 += 1
      *(u64 *)(r1 + 8) = r3
      r2 += -1
      if r2 != 0 goto out
    out:
      r0 = *(u64 *)(r10 - 8)
      exit`);
  });
});

test.each(['u32', 'u64', 's8'])('a %s is found by an address that is changed twice', (type) => {
  expectSame(`
    *(u64 *)(r10 - 8) = 0x1234
    r2 = 0x123456789abcdef0 ll
    *(u64 *)(r10 - 16) = r2
    *(u64 *)(r10 - 24) = -3
    r1 = r10
    r1 += -8
    r1 += -16
    r0 = *(${type} *)(r1 + 8)
    r2 = *(u64 *)(r1 + 3)
    r0 += r2
    *(u32 *)(r1 + 9) = r0
    r2 = *(u64 *)(r10 - 16)
    r0 += r2
    exit`);
});

test('a function that is called finds what its caller keeps, though nobody has told it where', () => {
  expectSame(`
    *(u64 *)(r10 - 8) = 5
    *(u8 *)(r10 - 16) = 6
    r6 = 200
  again:
    call f
    r1 = *(u64 *)(r10 - 8)
    r1 += r0
    *(u64 *)(r10 - 8) = r1
    r6 += -1
    if r6 != 0 goto again
    r0 = r1
    exit
  f:
    r0 = *(u64 *)(r10 + 64)
    r1 = *(u64 *)(r10 + 72)
    r0 += r1
    r0 += 1
    *(u64 *)(r10 + 64) = r0
    exit`);
});

test('what no instruction names is zero, whatever was there before', () => {
  expectSame(`
    call dirty
    call f
    call dirty
    call f
    exit
  dirty:
    r1 = r10
    r1 += -32
    r2 = -1
    *(u64 *)(r1 + 0) = r2
    *(u64 *)(r1 + 8) = r2
    *(u64 *)(r1 + 16) = r2
    *(u64 *)(r1 + 24) = r2
    exit
  f:
    r0 = *(u64 *)(r10 - 32)
    *(u64 *)(r10 - 8) = 1
    *(u64 *)(r10 - 32) = 2
    call g
    r1 = *(u64 *)(r10 - 8)
    r0 += r1
    exit
  g:
    r0 = *(u64 *)(r10 + 64)
    r1 = *(u64 *)(r10 + 72)
    r0 += r1
    r1 = *(u64 *)(r10 + 80)
    r0 += r1
    exit`);
});

test('where a program faults its frames are as it has left them', () => {
  expectSame(
    `
    *(u64 *)(r10 - 8) = 5
    r6 = 3
  again:
    *(u64 *)(r10 - 16) = r6
    r1 = r6
    call f
    r6 += -1
    goto again
  f:
    *(u64 *)(r10 - 8) = r1
    r2 = 7
    if r1 != 1 goto on
    r2 = *(u64 *)(r2 + 0)
  on:
    r0 = *(u64 *)(r10 - 8)
    exit`,
    'fault',
  );
});

test('a leaf is shown all of a frame', () => {
  expectSame(`
    *(u64 *)(r10 - 8) = 5
    *(u64 *)(r10 - 16) = 6
    r1 = r10
    r1 += -8
    r1 += -8
    call ${leaf('increment')}
    r0 = *(u64 *)(r10 - 16)
    exit`);
});

test('a function with more than one entry to its loop keeps its places, too', () => {
  expectSame(`
    *(u64 *)(r10 - 8) = 9
    if r1 != 0 goto second
  first:
    r2 = *(u64 *)(r10 - 8)
    r2 += -1
    *(u64 *)(r10 - 8) = r2
  second:
    r2 = *(u64 *)(r10 - 8)
    r2 += -1
    *(u64 *)(r10 - 8) = r2
    if r2 s> 0 goto first
    r0 = r2
    exit`);
});
