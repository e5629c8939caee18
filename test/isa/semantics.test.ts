import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OPERATIONS } from '../../src/isa/table.js';
import { expectedCompare, expectedCompute, wideValues } from '../support/meaning.js';

function registers(a: bigint, b: bigint): Int32Array {
  const w = new Int32Array(4);
  const wide = new BigUint64Array(w.buffer);
  wide[0] = a;
  wide[1] = b;
  return w;
}

const COMPUTED = new Set(['mov_imm', 'mov_reg', 'alu_imm', 'alu_reg', 'neg', 'extend', 'swap', 'cast']);
const computing = OPERATIONS.filter((op) => COMPUTED.has(op.form));

test.each(computing.map((op) => [op.name, op] as const))('%s computes what RFC 9669 says', (_, op) => {
  fc.assert(
    fc.property(wideValues, wideValues, (a, b) => {
      const w = registers(a, b);
      op.compute?.(w, 0, 2);
      const [got] = new BigUint64Array(w.buffer);
      expect(got).toBe(expectedCompute(op, a, b));
    }),
    { numRuns: 200 },
  );
});

test.each(computing.filter((op) => op.form.endsWith('_reg')).map((op) => [op.name, op] as const))(
  '%s of a register with itself',
  (_, op) => {
    fc.assert(
      fc.property(wideValues, (a) => {
        const w = registers(a, 0n);
        op.compute?.(w, 0, 0);
        expect(new BigUint64Array(w.buffer)[0]).toBe(expectedCompute(op, a, a));
      }),
    );
  },
);

test.each(OPERATIONS.filter((op) => op.condition !== undefined).map((op) => [op.name, op] as const))(
  '%s compares as RFC 9669 says',
  (_, op) => {
    fc.assert(
      fc.property(wideValues, wideValues, fc.boolean(), (a, other, same) => {
        const b = same ? a : other;
        expect(op.condition?.(registers(a, b), 0, 2)).toBe(expectedCompare(op, a, b));
      }),
      { numRuns: 200 },
    );
  },
);

test.each(
  computing
    .filter((op) => op.form === 'alu_reg' && /[/%]=$/.test(op.text))
    .map((op) => [op.name, op] as const),
)('%s near multiples of the divisor', (_, op) => {
  const shifted = fc.tuple(wideValues, fc.bigInt(0n, 63n)).map(([n, by]) => n >> by);
  fc.assert(
    fc.property(shifted, shifted, fc.bigInt(-1n, 1n), (quotient, b, more) => {
      const a = BigInt.asUintN(64, quotient * b + more);
      const w = registers(a, b);
      op.compute?.(w, 0, 2);
      expect(new BigUint64Array(w.buffer)[0]).toBe(expectedCompute(op, a, b));
    }),
    { numRuns: 1000 },
  );
});
