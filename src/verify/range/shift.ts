import { type Arc, CIRCLE32, CIRCLE64 } from './arc.js';
import { narrowedByBits, narrowedByBits32, Scalar } from './scalar.js';
import { lowHalf, shiftLeftBits, shiftRightBits, shiftRightSignedBits } from './tnum.js';
import { u32, u64 } from './words.js';

/** The lower half shifted by a number below 64: known only as long as no bit of it is lost. */
function leftArc32(dst: Scalar, by: bigint): Arc {
  if (by > 31n || dst.umax32 > 1n << (31n - by)) return CIRCLE32.all;
  return CIRCLE32.between(u32(dst.umin32 << by), u32(dst.umax32 << by));
}

/** Shifts by one number, less than the width. */
export function shiftLeft(dst: Scalar, src: Scalar, width: 32 | 64): Scalar {
  if (width === 32) {
    const by = src.umin32;
    const bits = lowHalf(shiftLeftBits(lowHalf(dst.bits), by));
    return narrowedByBits32(new Scalar(bits, CIRCLE64.all, leftArc32(dst, by)));
  }
  const by = src.umin;
  // The lower half becomes the upper one as it is, so that its signed range is that of the result: so are 32 bits extended to 64.
  const signed = by === 32n ? CIRCLE64.between(dst.smin32 << 32n, dst.smax32 << 32n) : CIRCLE64.all;
  const isLost = dst.umax > 1n << (63n - by);
  const unsigned = isLost ? CIRCLE64.all : CIRCLE64.between(u64(dst.umin << by), u64(dst.umax << by));
  const r64 = CIRCLE64.intersect(unsigned, signed);
  return narrowedByBits(new Scalar(shiftLeftBits(dst.bits, by), r64, leftArc32(dst, by)));
}

export function shiftRight(dst: Scalar, src: Scalar, width: 32 | 64): Scalar {
  if (width === 32) {
    const by = src.umin32;
    const r32 = CIRCLE32.between(dst.umin32 >> by, dst.umax32 >> by);
    return narrowedByBits32(new Scalar(shiftRightBits(lowHalf(dst.bits), by), CIRCLE64.all, r32));
  }
  const by = src.umin;
  const r64 = CIRCLE64.between(dst.umin >> by, dst.umax >> by);
  return narrowedByBits(new Scalar(shiftRightBits(dst.bits, by), r64, CIRCLE32.all));
}

export function shiftRightSigned(dst: Scalar, src: Scalar, width: 32 | 64): Scalar {
  if (width === 32) {
    const by = src.umin32;
    const r32 = CIRCLE32.between(dst.smin32 >> by, dst.smax32 >> by);
    const bits = shiftRightSignedBits(lowHalf(dst.bits), by, 32);
    return narrowedByBits32(new Scalar(bits, CIRCLE64.all, r32));
  }
  const by = src.umin;
  const r64 = CIRCLE64.between(dst.smin >> by, dst.smax >> by);
  return narrowedByBits(new Scalar(shiftRightSignedBits(dst.bits, by, 64), r64, CIRCLE32.all));
}
