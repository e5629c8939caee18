import type { Operation } from '../../isa/operation.js';
import { type Arc, CIRCLE32, CIRCLE64, type Circle } from './arc.js';
import { multiply, signedDivide, signedRemainder, unsignedDivide, unsignedRemainder } from './multiply.js';
import { truncated } from './resize.js';
import { constantWord, narrowedByBits, Scalar, UNKNOWN } from './scalar.js';
import { shiftLeft, shiftRight, shiftRightSigned } from './shift.js';
import {
  addBits,
  andBits,
  highest,
  isKnown,
  lowHalf,
  negateBits,
  orBits,
  subtractBits,
  swapBits,
  type Tnum,
  xorBits,
} from './tnum.js';
import {
  add as addWords,
  and as andWords,
  below,
  greater,
  lesser,
  lowOf,
  multiply as multiplyWords,
  or as orWords,
  shiftLeftWord,
  shiftRightSignedWord,
  shiftRightWord,
  signedLowOf,
  subtract as subtractWords,
  type Word,
  wordOfU32,
  xor as xorWords,
} from './word.js';

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

/** Bounds of a bitwise operation: from the bits that come out, and from the operands' unsigned ranges. */
type BitwiseBounds = (circle: Circle, bits: Tnum, a: Arc, b: Arc) => Arc;

/** An operation on each bit: its ranges follow from the bits; where both operands are known it is one number. */
function bitwise(
  combine: (a: Tnum, b: Tnum) => Tnum,
  bounds: BitwiseBounds,
  finish: (s: Scalar) => Scalar = (s) => s,
): Transfer {
  return (dst, src) => {
    const bits = combine(dst.bits, src.bits);
    const low = lowHalf(bits);
    const isKnown32 = src.bits.maskLow === 0 && isKnown(low);
    const r32 = isKnown32 ? CIRCLE32.only(low.value) : bounds(CIRCLE32, low, dst.r32, src.r32);
    if (src.isConstant && isKnown(bits)) return constantWord(bits.value);
    return finish(new Scalar(bits, bounds(CIRCLE64, bits, dst.r64, src.r64), r32));
  };
}

const and = bitwise(
  andBits,
  (circle, bits, a, b) => circle.between(bits.value, lesser(circle.umax(a), circle.umax(b))),
  narrowedByBits,
);
const or = bitwise(
  orBits,
  (circle, bits, a, b) => circle.between(greater(circle.umin(a), circle.umin(b)), highest(bits)),
  narrowedByBits,
);
const xor = bitwise(xorBits, (circle, bits) => circle.between(bits.value, highest(bits)));

/** How an operation with two operands is followed. */
interface Rule {
  readonly transfer: Transfer;
  /** What two numbers give, where that is said in a word; else that goes the long way, too. */
  readonly fold?: (a: Word, b: Word, width: 32 | 64) => Word;
  /** The result is followed only where the second operand is one number, of a shift one that is below the width. */
  readonly needs?: 'constant' | 'amount';
}

const RULES: Readonly<Record<string, Rule>> = {
  '+=': { transfer: add, fold: addWords },
  '-=': { transfer: subtract, fold: subtractWords },
  '*=': { transfer: multiply, fold: multiplyWords },
  '|=': { transfer: or, fold: orWords },
  '&=': { transfer: and, fold: andWords },
  '^=': { transfer: xor, fold: xorWords },
  '/=': { transfer: unsignedDivide, needs: 'constant' },
  's/=': { transfer: signedDivide, needs: 'constant' },
  '%=': { transfer: unsignedRemainder, needs: 'constant' },
  's%=': { transfer: signedRemainder, needs: 'constant' },
  '<<=': { transfer: shiftLeft, needs: 'amount', fold: (a, { low }) => shiftLeftWord(a, low) },
  '>>=': {
    transfer: shiftRight,
    needs: 'amount',
    fold: (a, { low }, width) => shiftRightWord(width === 32 ? lowOf(a) : a, low),
  },
  's>>=': {
    transfer: shiftRightSigned,
    needs: 'amount',
    fold: (a, { low }, width) => shiftRightSignedWord(width === 32 ? signedLowOf(a) : a, low),
  },
};

/** Whether the second operand is as a rule needs it. */
function isFollowed({ bits, r64 }: Scalar, width: 32 | 64, needs: 'constant' | 'amount'): boolean {
  const isOne = width === 64 ? isKnown(bits) : bits.maskLow === 0;
  return isOne && (needs === 'constant' || below(CIRCLE64.umax(r64), wordOfU32(width)));
}

/** The result of an arithmetic operation with two operands; both halves of a 32-bit one. */
export function arithmetic(op: Operation, dst: Scalar, src: Scalar): Scalar {
  const rule = RULES[op.text];
  if (rule === undefined) throw new Error(`no transfer function for ${op.name}`);
  const { width } = op;
  const { transfer, fold, needs } = rule;
  if (needs !== undefined && !isFollowed(src, width, needs)) return UNKNOWN;
  if (fold !== undefined && dst.isConstant && src.isConstant) {
    const word = fold(dst.bits.value, src.bits.value, width);
    return constantWord(width === 32 ? lowOf(word) : word);
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
