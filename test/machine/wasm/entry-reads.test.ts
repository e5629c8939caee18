import { expect, test } from 'vitest';
import { assemble } from '../../../src/isa/assemble.js';
import { loadProgram } from '../../../src/machine/load.js';
import { Machine } from '../../../src/machine/machine.js';
import { Memory } from '../../../src/machine/memory.js';
import { indirectReads } from '../../../src/machine/wasm/entry-reads.js';
import { parseAssembly } from '../../../src/syntax/parse-program.js';

const ARGUMENTS = 0b11_1110;

/** What an indirect call may read of the functions in some texts, each placed for itself. */
function readsOf(...texts: readonly string[]): { machine: Machine; reads: string } {
  const machine = new Machine(new Memory(1 << 16), { atomics: false, plain: false });
  for (const [i, text] of texts.entries()) {
    const { insns, labels } = assemble(parseAssembly({ name: 'test', text }).value ?? []);
    const resolver = {
      call: () => ({ kind: 'function', index: 0 }) as const,
      address: () => ({ kind: 'address', address: 0n }) as const,
    };
    loadProgram(machine, { name: `f${i}`, kind: 'kernel', insns, labels, resolver });
  }
  return { machine, reads: indirectReads(machine).toString(2) };
}

const more = (...registers: readonly number[]): string =>
  registers.reduce((set, n) => set | (1 << n), ARGUMENTS).toString(2);

test('arguments, also where nothing reads any', () => {
  expect(readsOf('r0 = 0\nexit').reads).toBe(more());
  expect(readsOf('r0 = r1\nr0 += r5\nexit').reads).toBe(more());
});

test('what a function returns without having written it', () => {
  expect(readsOf('exit').reads).toBe(more(0));
});

test('what is read on one of the ways through a function, and in what it calls', () => {
  expect(readsOf('r0 = 0\nif r1 == 0 goto out\nr0 = r6\nout:\nexit').reads).toBe(more(6));
  expect(readsOf('r0 = 0\nexit', 'call g\nexit\ng:\nr0 = r8\nexit').reads).toBe(more(8));
  expect(readsOf('r9 = 1\nr0 = r9\nexit', 'r0 = r7\nexit').reads).toBe(more(7));
});

test('what is read from where a patched jump goes', () => {
  const { machine, reads } = readsOf('goto next\nnext:\nr6 = 0\nr0 = r6\nexit', 'r0 = 0\nexit');
  expect(reads).toBe(more());
  machine.text.patchOffset(0, 1);
  expect(indirectReads(machine).toString(2)).toBe(more(6));
  // The other code has not changed.
  machine.text.patchOffset(0, 0);
  expect(indirectReads(machine).toString(2)).toBe(more());
});

test('what is read from where calls are redirected to', () => {
  const { machine } = readsOf('r6 = 0\nr0 = r6\nexit');
  machine.text.enterAt(0, 1, 0);
  expect(indirectReads(machine).toString(2)).toBe(more(6));
});
