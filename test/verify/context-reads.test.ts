import { expect, test } from 'vitest';
import type { Insn } from '../../src/isa/insn.js';
import { printInsn } from '../../src/isa/print/listing.js';
import { firstContextRead } from '../../src/verify/context-reads.js';
import { assembleText } from '../support/assemble.js';

function first(text: string): string | undefined {
  const { insns, diagnostics } = assembleText(text);
  expect(diagnostics).toEqual([]);
  const read = firstContextRead(insns as readonly Insn[]);
  return read && printInsn(read, { style: 'llvm', alu32: true, bytes: false });
}

test.each([
  ['r0 = *(u64 *)(r1 + 8)\nexit', 'r0 = *(u64 *)(r1 + 0x8)'],
  ['r6 = r1\nr6 += 16\nif r0 == 0 goto +1\nr0 = *(u32 *)(r6 + 0)\nexit', 'w0 = *(u32 *)(r6 + 0x0)'],
  // Where it goes to memory, or to a function of the program, it may be read from there.
  ['*(u64 *)(r10 - 8) = r1\nr0 = 0\nexit', '*(u64 *)(r10 - 0x8) = r1'],
  ['call f\nexit\nf:\nr0 = *(u64 *)(r1 + 0)\nexit', 'call +0x1'],
  ['r2 = 0\nr3 = r10\nr3 += -8\ncall bpf_get_func_arg\nr0 = 0\nexit', 'call 0xb7'],
])('%j reads its context first by `%s`', (text, read) => {
  expect(first(text)).toBe(read);
});

test.each([
  'r0 = 0\nexit',
  'r1 = 5\nr0 = *(u64 *)(r10 - 8)\nexit',
  // After a call nothing of the context is left in r1; the helper is handed it, and does not look into it.
  'call bpf_get_attach_cookie\nr0 = *(u64 *)(r0 + 0)\nexit',
  // On no path.
  'goto +1\nr0 = *(u64 *)(r1 + 0)\nr0 = 0\nexit',
])('%j reads nothing of it', (text) => {
  expect(first(text)).toBeUndefined();
});
