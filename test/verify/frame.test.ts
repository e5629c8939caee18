import { expect, test } from 'vitest';
import type { Insn } from '../../src/isa/insn.js';
import { frameSize } from '../../src/verify/frame.js';
import { assembleText } from '../support/assemble.js';

const cases: readonly (readonly [string, number, string])[] = [
  ['nothing', 0, 'r0 = 0\nexit'],
  ['one byte', 8, '*(u8 *)(r10 - 1) = 0\nexit'],
  ['the deepest of several', 24, '*(u64 *)(r10 - 8) = 0\n*(u64 *)(r10 - 24) = 0\nexit'],
  ['an address passed on', 16, 'r2 = r10\nr2 += -16\ncall 1\nexit'],
  ['a copy of a copy', 40, 'r2 = r10\nr2 += -8\nr3 = r2\nr3 -= 32\ncall 1\nexit'],
  ['an access through a copy', 32, 'r2 = r10\nr2 += -16\nr0 = *(u64 *)(r2 - 16)\nexit'],
  ['variable arithmetic', 512, 'r2 = r10\nr2 += r3\nexit'],
  [
    'a different offset on each path',
    512,
    'r2 = r10\nif r1 == 0 goto +1\nr2 += -8\nr0 = *(u8 *)(r2 - 1)\nexit',
  ],
  [
    'the same offset on each path',
    16,
    'r2 = r10\nr2 += -16\nif r1 == 0 goto +1\nr3 = 1\nr0 = *(u8 *)(r2 + 0)\nexit',
  ],
  [
    'an address lowered in a loop',
    512,
    'r2 = r10\nagain:\nr2 += -8\nr6 += -1\nif r6 != 0 goto again\ncall 1\nexit',
  ],
  ['r10 itself passed to a callee', 512, 'r1 = r10\ncall 1\nexit'],
  ['r10 itself stored', 512, '*(u64 *)(r10 - 8) = r10\nexit'],
  ['r10 itself stored if a word is what r0 is', 512, 'r0 = cmpxchg_64(r6 + 0, r0, r10)\nexit'],
  ['r10 itself exchanged', 512, 'r7 = r10\nr7 = xchg_64(r6 + 0, r7)\nexit'],
  ['r10 itself added to memory', 512, 'lock *(u64 *)(r6 + 0) += r10\nexit'],
  ['an address stored', 16, 'r1 = r10\nr1 += -16\n*(u64 *)(r10 - 8) = r1\nexit'],
  ['a byte swap of an address', 512, 'r1 = r10\nr1 = le64 r1\nexit'],
  ['a register that was overwritten', 0, 'r2 = r10\nr2 = 5\nr2 += r3\nexit'],
  ['beyond what a program may use', 520, '*(u64 *)(r10 - 520) = 0\nexit'],
];

test.each(cases)('a frame with %s has %i bytes', (_, size, text) => {
  expect(frameSize(assembleText(text).insns as Insn[]).size).toBe(size);
});
