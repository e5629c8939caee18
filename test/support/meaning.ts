import fc from 'fast-check';
import type { Operation } from '../../src/isa/operation.js';

/** Meanings written down a second time, in bigint and from RFC 9669, to hold the table's against. */
const u64 = (n: bigint): bigint => BigInt.asUintN(64, n);
const u32 = (n: bigint): bigint => BigInt.asUintN(32, n);

type Binary = (a: bigint, b: bigint, bits: 32 | 64) => bigint;
const signedOf = (n: bigint, bits: number): bigint => BigInt.asIntN(bits, n);

const ALU: Readonly<Record<string, Binary>> = {
  '=': (_, b) => b,
  '+=': (a, b) => a + b,
  '-=': (a, b) => a - b,
  '*=': (a, b) => a * b,
  '/=': (a, b) => (b === 0n ? 0n : a / b),
  's/=': (a, b, n) => (b === 0n ? 0n : signedOf(a, n) / signedOf(b, n)),
  '%=': (a, b) => (b === 0n ? a : a % b),
  's%=': (a, b, n) => (b === 0n ? a : signedOf(a, n) % signedOf(b, n)),
  '|=': (a, b) => a | b,
  '&=': (a, b) => a & b,
  '^=': (a, b) => a ^ b,
  '<<=': (a, b, n) => a << (b & BigInt(n - 1)),
  '>>=': (a, b, n) => a >> (b & BigInt(n - 1)),
  's>>=': (a, b, n) => signedOf(a, n) >> (b & BigInt(n - 1)),
};

const COMPARE: Readonly<Record<string, (a: bigint, b: bigint, bits: number) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  's>': (a, b, n) => signedOf(a, n) > signedOf(b, n),
  's>=': (a, b, n) => signedOf(a, n) >= signedOf(b, n),
  's<': (a, b, n) => signedOf(a, n) < signedOf(b, n),
  's<=': (a, b, n) => signedOf(a, n) <= signedOf(b, n),
  '&': (a, b) => (a & b) !== 0n,
};

function bytesReversed(value: bigint, bits: number): bigint {
  let out = 0n;
  for (let i = 0; i < bits; i += 8) out = (out << 8n) | ((value >> BigInt(i)) & 0xffn);
  return out;
}

function unary(op: Operation, a: bigint): bigint {
  if (op.form === 'neg') return op.width === 64 ? u64(-a) : u32(-a);
  const bits = Number(/\d+$/.exec(op.text)?.[0]);
  return op.text.startsWith('le') ? BigInt.asUintN(bits, a) : bytesReversed(a, bits);
}

export function expectedCompute(op: Operation, a: bigint, b: bigint): bigint {
  if (op.form === 'neg' || op.form === 'swap') return unary(op, a);
  if (op.form === 'cast') return b;
  if (op.form === 'extend') {
    const wide = signedOf(b, Number(op.text.slice(1)));
    return op.width === 64 ? u64(wide) : u32(wide);
  }
  const meaning = ALU[op.text]!;
  return op.width === 64 ? u64(meaning(a, b, 64)) : u32(meaning(u32(a), u32(b), 32));
}

/** Values near the edges as well as any. */
const edge = fc.constantFrom(
  0n,
  1n,
  2n,
  31n,
  32n,
  63n,
  64n,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  0x100000000n,
  1n << 63n,
  (1n << 63n) - 1n,
  (1n << 64n) - 1n,
);
export const wideValues = fc.oneof(edge, fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }));

/** Whether a comparison holds. */
export function expectedCompare(op: Operation, a: bigint, b: bigint): boolean {
  const [x, y] = op.width === 64 ? [a, b] : [u32(a), u32(b)];
  return COMPARE[op.text]!(x, y, op.width);
}
