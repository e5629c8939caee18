import { CIRCLE32, CIRCLE64 } from './arc.js';
import { constant, Scalar } from './scalar.js';
import { bitsBetween, lowBytes, lowHalf, UNKNOWN_BITS } from './tnum.js';
import { bitLength, least, most, s32, u64 } from './words.js';

/** Bits that the greatest unsigned value takes. */
export const widthOf = (s: Scalar): number => bitLength(s.umax);

/** The lowest bytes, 1, 2 or 4, with zeros above (coerce_reg_to_size). */
export function truncated(s: Scalar, bytes: 1 | 2 | 4): Scalar {
  const mask = (1n << BigInt(8 * bytes)) - 1n;
  const { umin, umax } = s;
  const sameAbove = (umin & ~mask) === (umax & ~mask);
  const r64 = sameAbove ? CIRCLE64.between(umin & mask, umax & mask) : CIRCLE64.between(0n, mask);
  return new Scalar(lowBytes(s.bits, bytes), r64, bytes < 4 ? CIRCLE32.all : s.r32).inStep();
}

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
  const low = least(...ends);
  const high = most(...ends);
  return low >= 0n === high >= 0n ? [low, high] : undefined;
}

/** The lowest bytes with their sign copied into the rest of 64 bits (coerce_reg_to_size_sx). */
export function signExtended(s: Scalar, bytes: 1 | 2 | 4): Scalar {
  if (s.constant !== undefined) return constant(BigInt.asIntN(8 * bytes, s.constant));
  const bounds = extendedBounds(s.smin, s.smax, bytes);
  const [min, max] = bounds ?? signedBounds(bytes);
  const bits = bounds === undefined ? UNKNOWN_BITS : bitsBetween(u64(min), u64(max));
  return new Scalar(bits, CIRCLE64.between(min, max), CIRCLE32.between(min, max));
}

/** The same into the lower half alone, whose upper half is then 0 (coerce_subreg_to_size_sx). */
export function signExtended32(s: Scalar, bytes: 1 | 2): Scalar {
  if (s.constant !== undefined) {
    const word = BigInt.asIntN(8 * bytes, s.constant);
    return constant(BigInt.asUintN(32, word));
  }
  const bounds = extendedBounds(s32(s.smin32), s32(s.smax32), bytes);
  const [min, max] = bounds ?? signedBounds(bytes);
  const bits = lowHalf(bounds === undefined ? UNKNOWN_BITS : bitsBetween(u64(min), u64(max)));
  return new Scalar(bits, s.r64, CIRCLE32.between(min, max)).zeroExtended().inStep();
}

/** A 32-bit move: the lower half, with zeros above. */
export const moved32 = (s: Scalar): Scalar => s.zeroExtended().inStep();
