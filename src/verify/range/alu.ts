import type { Operation } from '../../isa/operation.js';
import { CIRCLE32, CIRCLE64 } from './arc.js';
import { multiply, signedDivide, signedRemainder, unsignedDivide, unsignedRemainder } from './multiply.js';
import { truncated } from './resize.js';
import { constant, narrowedByBits, Scalar, UNKNOWN } from './scalar.js';
import { shiftLeft, shiftRight, shiftRightSigned } from './shift.js';
import {
  addBits,
  andBits,
  highest,
  lowHalf,
  negateBits,
  orBits,
  subtractBits,
  swapBits,
  type Tnum,
  xorBits,
} from './tnum.js';
import { least, most } from './words.js';

/**
 * What an operation makes of what is known of its operands (adjust_scalar_min_max_vals). The three parts of the result need not be in step
 * yet, and of an operation on 32 bits only the lower half counts.
 */
type Transfer = (dst: Scalar, src: Scalar, width: 32 | 64) => Scalar;

const add: Transfer = (dst, src) =>
  new Scalar(addBits(dst.bits, src.bits), CIRCLE64.add(dst.r64, src.r64), CIRCLE32.add(dst.r32, src.r32));

const subtract: Transfer = (dst, src) =>
  new Scalar(
    subtractBits(dst.bits, src.bits),
    CIRCLE64.add(dst.r64, CIRCLE64.negate(src.r64)),
    CIRCLE32.add(dst.r32, CIRCLE32.negate(src.r32)),
  );

/** Bounds of a bitwise operation: from the bits that come out, and from the operands' bounds. */
type BitwiseBounds = (
  bits: Tnum,
  a: readonly [bigint, bigint],
  b: readonly [bigint, bigint],
) => [bigint, bigint];

/** An operation on each bit: its ranges follow from the bits; where both operands are known it is one number. */
function bitwise(
  combine: (a: Tnum, b: Tnum) => Tnum,
  bounds: BitwiseBounds,
  finish: (s: Scalar) => Scalar = (s) => s,
): Transfer {
  return (dst, src) => {
    const bits = combine(dst.bits, src.bits);
    const low = lowHalf(bits);
    const isKnown32 = src.constant32 !== undefined && low.mask === 0n;
    const r32 = isKnown32
      ? CIRCLE32.only(low.value)
      : CIRCLE32.between(...bounds(low, [dst.umin32, dst.umax32], [src.umin32, src.umax32]));
    if (src.constant !== undefined && bits.mask === 0n) return constant(bits.value);
    const r64 = CIRCLE64.between(...bounds(bits, [dst.umin, dst.umax], [src.umin, src.umax]));
    return finish(new Scalar(bits, r64, r32));
  };
}

const and = bitwise(andBits, (bits, [, a], [, b]) => [bits.value, least(a, b)], narrowedByBits);
const or = bitwise(orBits, (bits, [a], [b]) => [most(a, b), highest(bits)], narrowedByBits);
const xor = bitwise(xorBits, (bits) => [bits.value, highest(bits)]);

const TRANSFERS: Readonly<Record<string, Transfer>> = {
  '+=': add,
  '-=': subtract,
  '*=': multiply,
  '/=': unsignedDivide,
  's/=': signedDivide,
  '%=': unsignedRemainder,
  's%=': signedRemainder,
  '|=': or,
  '&=': and,
  '^=': xor,
  '<<=': shiftLeft,
  '>>=': shiftRight,
  's>>=': shiftRightSigned,
};

/** Operations whose result is followed only where the second operand is one number. */
const NEEDS_CONSTANT = new Set(['/=', 's/=', '%=', 's%=', '<<=', '>>=', 's>>=']);
const SHIFTS = new Set(['<<=', '>>=', 's>>=']);

/** What two numbers give, where that is said in a word; the rest of the operations goes the long way. */
const FOLDS: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  '+=': (a, b) => a + b,
  '-=': (a, b) => a - b,
  '*=': (a, b) => a * b,
  '&=': (a, b) => a & b,
  '|=': (a, b) => a | b,
  '^=': (a, b) => a ^ b,
};

/** The result of an arithmetic operation with two operands; both halves of a 32-bit one. */
export function arithmetic(op: Operation, dst: Scalar, src: Scalar): Scalar {
  const transfer = TRANSFERS[op.text];
  if (transfer === undefined) throw new Error(`no transfer function for ${op.name}`);
  const { width } = op;
  const fold = FOLDS[op.text];
  if (fold !== undefined && dst.isConstant && src.isConstant) {
    return constant(BigInt.asUintN(width, fold(dst.bits.value, src.bits.value)));
  }
  if (NEEDS_CONSTANT.has(op.text)) {
    const known = width === 64 ? src.constant : src.constant32;
    if (known === undefined || (SHIFTS.has(op.text) && src.umax >= BigInt(width))) return UNKNOWN;
  }
  const result = transfer(dst, src, width);
  return (width === 32 ? result.zeroExtended() : result).inStep();
}

/** Negation. */
export function negation(width: 32 | 64, s: Scalar): Scalar {
  const result = new Scalar(negateBits(s.bits), CIRCLE64.negate(s.r64), CIRCLE32.negate(s.r32));
  return (width === 32 ? result.zeroExtended() : result).inStep();
}

/** Bytes in the opposite order, or, on a machine with this order already, only those that are kept. */
export function byteSwap(s: Scalar, bits: 16 | 32 | 64, swaps: boolean): Scalar {
  const swapped = swaps ? new Scalar(swapBits(s.bits, bits), CIRCLE64.all, CIRCLE32.all) : s;
  return bits === 64 ? swapped.inStep() : truncated(swapped, bits === 16 ? 2 : 4).inStep();
}
