import { CIRCLE32, CIRCLE64 } from './arc.js';
import { constant, Scalar, UNKNOWN } from './scalar.js';
import { bitsBetween, lowBytes, lowHalf, UNKNOWN_BITS } from './tnum.js';
import { and, andNot, lengthOf, onesBelow, same, type Word, wordOf, ZERO_WORD } from './word.js';

/** Bits that the greatest unsigned value takes. */
export const widthOf = (s: Scalar): number => lengthOf(s.isConstant ? s.bits.value : CIRCLE64.umax(s.r64));

/** The lowest bytes, 1, 2 or 4, with zeros above (coerce_reg_to_size). */
export const truncated = (s: Scalar, bytes: 1 | 2 | 4): Scalar =>
  s === UNKNOWN ? UNKNOWN_BYTES[bytes] : cutOff(s, bytes);

function cutOff(s: Scalar, bytes: 1 | 2 | 4): Scalar {
  const mask = onesBelow(8 * bytes);
  const umin = CIRCLE64.umin(s.r64);
  const umax = CIRCLE64.umax(s.r64);
  const sameAbove = same(andNot(umin, mask), andNot(umax, mask));
  const r64 = sameAbove
    ? CIRCLE64.between(and(umin, mask), and(umax, mask))
    : CIRCLE64.between(ZERO_WORD, mask);
  return new Scalar(lowBytes(s.bits, bytes), r64, bytes < 4 ? CIRCLE32.all : s.r32).inStep();
}

/** What a load of so many bytes gives if nothing is known of them, which is the usual case. */
const UNKNOWN_BYTES: Readonly<Record<1 | 2 | 4, Scalar>> = {
  1: cutOff(UNKNOWN, 1),
  2: cutOff(UNKNOWN, 2),
  4: cutOff(UNKNOWN, 4),
};

/** The range that a sign-extended part of some bytes has if nothing of it is known. */
const signedBounds = (bytes: number): readonly [bigint, bigint] => {
  const half = 1n << BigInt(8 * bytes - 1);
  return [-half, half - 1n];
};

/** Bounds after the sign of the lowest bytes is copied upwards, if what is above them is the same for all words and the sign too. */
function extendedBounds(min: bigint, max: bigint, bytes: number): readonly [bigint, bigint] | undefined {
  const bits = BigInt(8 * bytes);
  if (min >> bits !== max >> bits) return undefined;
  const ends = [BigInt.asIntN(8 * bytes, min), BigInt.asIntN(8 * bytes, max)] as const;
  const [low, high] = ends[0] < ends[1] ? ends : [ends[1], ends[0]];
  return low >= 0n === high >= 0n ? [low, high] : undefined;
}

/** Bounds after the extension; whether they are those of the words, and not only of so many bytes. */
function extended(min: bigint, max: bigint, bytes: number): { min: Word; max: Word; isKnown: boolean } {
  const bounds = extendedBounds(min, max, bytes);
  const [low, high] = bounds ?? signedBounds(bytes);
  return { min: wordOf(low), max: wordOf(high), isKnown: bounds !== undefined };
}

/** The lowest bytes with their sign copied into the rest of 64 bits (coerce_reg_to_size_sx). */
export function signExtended(s: Scalar, bytes: 1 | 2 | 4): Scalar {
  if (s.constant !== undefined) return constant(BigInt.asIntN(8 * bytes, s.constant));
  const { min, max, isKnown } = extended(s.smin, s.smax, bytes);
  const bits = isKnown ? bitsBetween(min, max) : UNKNOWN_BITS;
  return new Scalar(bits, CIRCLE64.between(min, max), CIRCLE32.between(min, max));
}

/** The same into the lower half alone, whose upper half is then 0 (coerce_subreg_to_size_sx). */
export function signExtended32(s: Scalar, bytes: 1 | 2): Scalar {
  if (s.constant !== undefined) {
    const word = BigInt.asIntN(8 * bytes, s.constant);
    return constant(BigInt.asUintN(32, word));
  }
  const { min, max, isKnown } = extended(s.smin32, s.smax32, bytes);
  const bits = lowHalf(isKnown ? bitsBetween(min, max) : UNKNOWN_BITS);
  return new Scalar(bits, s.r64, CIRCLE32.between(min, max)).zeroExtended().inStep();
}

/** A 32-bit move: the lower half, with zeros above. */
export const moved32 = (s: Scalar): Scalar => s.zeroExtended().inStep();
