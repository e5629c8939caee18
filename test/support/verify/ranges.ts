import fc from 'fast-check';
import type { Operation } from '../../../src/isa/operation.js';
import { OPERATIONS } from '../../../src/isa/table.js';
import { arithmetic, byteSwap, negation } from '../../../src/verify/range/alu.js';
import { CIRCLE32, CIRCLE64 } from '../../../src/verify/range/arc.js';
import { branch, isComparison } from '../../../src/verify/range/compare.js';
import { moved32, signExtended, signExtended32 } from '../../../src/verify/range/resize.js';
import { Scalar } from '../../../src/verify/range/scalar.js';
import { tnum } from '../../../src/verify/range/tnum.js';
import { wordOf } from '../../../src/verify/range/word.js';

/** What is known of a word, and a word of which it holds. */
export interface Known {
  readonly scalar: Scalar;
  readonly word: bigint;
}

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const EDGES = [0n, 1n, 7n, 0xffn, 1n << 31n, (1n << 31n) - 1n, 1n << 32n, 1n << 63n, (1n << 63n) - 1n];

/** Words at the edges of signed and unsigned ranges, and any others. */
const words = fc.oneof(
  fc.tuple(fc.constantFrom(...EDGES), fc.bigInt({ min: -3n, max: 3n })).map(([a, b]) => u64(a + b)),
  fc.tuple(fc.constantFrom(...EDGES), fc.bigInt({ min: -3n, max: 3n })).map(([a, b]) => u64(-a + b)),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
);
/** How far a range goes on either side: mostly a little or not at all. */
const reach = (bits: bigint): fc.Arbitrary<bigint> =>
  fc.oneof(
    fc.constant(0n),
    fc.bigInt({ min: 0n, max: 300n }),
    fc.bigInt({ min: 0n, max: (1n << bits) - 1n }),
  );

/** A word, and single bits and ranges that it is in. */
export const scalarWith: fc.Arbitrary<Known> = fc
  .record({
    word: words,
    mask: fc.oneof(fc.constant(0n), fc.constant((1n << 64n) - 1n), words),
    below64: reach(63n),
    above64: reach(63n),
    below32: reach(31n),
    above32: reach(31n),
  })
  .map(({ word, mask, below64, above64, below32, above32 }) => {
    const low = BigInt.asUintN(32, word);
    const scalar = new Scalar(
      tnum(wordOf(word & ~mask), wordOf(mask)),
      CIRCLE64.betweenNumbers(word - below64, word + above64),
      CIRCLE32.betweenNumbers(low - below32, low + above32),
    );
    return { word, scalar: scalar.inStep() };
  });

const IN_REGISTERS = new Set(['mov_reg', 'alu_reg', 'neg', 'extend', 'swap']);
export const ARITHMETIC: readonly Operation[] = OPERATIONS.filter((op) => IN_REGISTERS.has(op.form));
export const COMPARISONS: readonly Operation[] = OPERATIONS.filter((op) => op.form === 'jump_reg');

const BYTES = { s8: 1, s16: 2, s32: 4 } as const;

function resultOf(op: Operation, a: Scalar, b: Scalar): Scalar {
  switch (op.form) {
    case 'mov_reg':
      return op.width === 64 ? b : moved32(b);
    case 'extend': {
      const bytes = BYTES[op.text as keyof typeof BYTES];
      return op.width === 64 || bytes === 4 ? signExtended(b, bytes) : signExtended32(b, bytes);
    }
    case 'neg':
      return negation(op.width, a);
    case 'swap': {
      const bits = op.text.endsWith('16') ? 16 : op.text.endsWith('32') ? 32 : 64;
      return byteSwap(a, bits, !op.text.startsWith('le'));
    }
    default:
      return arithmetic(op, a, b);
  }
}

/** Registers of the machine with both words, low halves first. */
function registers(a: bigint, b: bigint): Int32Array {
  const half = (value: bigint, at: bigint): number => Number(BigInt.asIntN(32, value >> at));
  return Int32Array.of(half(a, 0n), half(a, 32n), half(b, 0n), half(b, 32n));
}

const show = ({ scalar, word }: Known): string =>
  `${word} of bits ${scalar.bits.value}/${scalar.bits.mask}, [${scalar.smin}, ${scalar.smax}], [${scalar.umin}, ${scalar.umax}]`;

/** The machine's result is one of those that the verifier expects. */
export function checkOperation(op: Operation, a: Known, b: Known): void {
  if (!a.scalar.has(a.word) || !b.scalar.has(b.word)) throw new Error(`lost: ${show(a)}; ${show(b)}`);
  const w = registers(a.word, b.word);
  op.compute?.(w, 0, 2);
  const word = (BigInt(w[1]! >>> 0) << 32n) | BigInt(w[0]! >>> 0);
  const scalar = resultOf(op, a.scalar, b.scalar);
  if (!scalar.has(word))
    throw new Error(`${op.name} of ${show(a)} and ${show(b)}: ${show({ scalar, word })}`);
}

/** The machine goes where the verifier expects it, and both words are in what is known there. */
export function checkJump(op: Operation, a: Known, b: Known): void {
  if (!isComparison(op.text)) throw new Error(`no comparison ${op.name}`);
  const goes = op.condition?.(registers(a.word, b.word), 0, 2);
  const { taken, ifTrue, ifFalse } = branch(op.text, a.scalar, b.scalar, op.width === 32, false);
  const [left, right] = goes ? ifTrue : ifFalse;
  const isKnown = left.has(a.word) && right.has(b.word);
  if (taken === !goes || !isKnown) {
    throw new Error(`${op.name} of ${show(a)} and ${show(b)}: ${goes}, expected ${taken}`);
  }
}
