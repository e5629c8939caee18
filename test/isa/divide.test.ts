// cspell:ignore unstub
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';

type Semantics = typeof import('../../src/isa/semantics/alu64.js');

const number = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.tuple(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.nat(63)).map(([n, by]) => n >> BigInt(by)),
  fc.constantFrom(0n, 1n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n),
);

const MEANT: Readonly<Record<'div64' | 'mod64' | 'sdiv64' | 'smod64', (a: bigint, b: bigint) => bigint>> = {
  div64: (a, b) => (b === 0n ? 0n : a / b),
  mod64: (a, b) => (b === 0n ? a : a % b),
  sdiv64: (a, b) => (b === 0n ? 0n : BigInt.asIntN(64, a) / BigInt.asIntN(64, b)),
  smod64: (a, b) => (b === 0n ? a : BigInt.asIntN(64, a) % BigInt.asIntN(64, b)),
};

function agree(semantics: Semantics): void {
  const registers = new BigUint64Array(2);
  const w = new Int32Array(registers.buffer);
  for (const name of ['div64', 'mod64', 'sdiv64', 'smod64'] as const)
    fc.assert(
      fc.property(number, number, (a, b) => {
        registers.set([a, b]);
        semantics[name](w, 0, 2);
        expect(registers[0]).toBe(BigInt.asUintN(64, MEANT[name](a, b)));
        expect(registers[1]).toBe(b);
      }),
      { numRuns: 500 },
    );
}

describe('division of 64 bits', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  test('is what BigInt says', async () => {
    agree(await import('../../src/isa/semantics/alu64.js'));
  });

  test('is the same where nothing may be compiled', async () => {
    vi.resetModules();
    const forbidden = vi.fn(function refuse() {
      throw new WebAssembly.CompileError('refused to compile');
    });
    vi.stubGlobal('WebAssembly', {
      ...WebAssembly,
      CompileError: WebAssembly.CompileError,
      Module: forbidden,
    });
    agree(await import('../../src/isa/semantics/alu64.js'));
    expect(forbidden).toHaveBeenCalledTimes(1);
  });
});
