import { type Arc, CIRCLE32, CIRCLE64, type Circle } from './arc.js';
import { narrowedByBits, narrowedByBits32, Scalar } from './scalar.js';
import { lowHalf, shiftLeftBits, shiftRightBits, shiftRightSignedBits } from './tnum.js';
import {
  below,
  ONE,
  shiftLeftWord,
  shiftRightSignedWord,
  shiftRightWord,
  signedLowOf,
  type Word,
} from './word.js';

/** By how much: one number, less than the width. */
const amountOf = (src: Scalar, width: 32 | 64): number =>
  (width === 32 ? CIRCLE32.umin(src.r32) : CIRCLE64.umin(src.r64)).low;

/** An arc whose bounds, of one sort, are changed. */
const moved = (circle: Circle, min: Word, max: Word, shift: (word: Word) => Word): Arc =>
  circle.between(shift(min), shift(max));

/** The lower half shifted by a number below 64: known only as long as no bit of it is lost. */
function leftArc32(dst: Scalar, by: number): Arc {
  const max = CIRCLE32.umax(dst.r32);
  if (by > 31 || below(shiftLeftWord(ONE, 31 - by), max)) return CIRCLE32.all;
  return moved(CIRCLE32, CIRCLE32.umin(dst.r32), max, (word) => shiftLeftWord(word, by));
}

/** Shifts by one number, less than the width. */
export function shiftLeft(dst: Scalar, src: Scalar, width: 32 | 64): Scalar {
  const by = amountOf(src, width);
  if (width === 32) {
    const bits = lowHalf(shiftLeftBits(lowHalf(dst.bits), by));
    return narrowedByBits32(new Scalar(bits, CIRCLE64.all, leftArc32(dst, by)));
  }
  const left = (word: Word): Word => shiftLeftWord(word, by);
  // The lower half becomes the upper one as it is, so that its signed range is that of the result: so are 32 bits extended to 64.
  const signed =
    by === 32 ? moved(CIRCLE64, CIRCLE32.smin(dst.r32), CIRCLE32.smax(dst.r32), left) : CIRCLE64.all;
  const max = CIRCLE64.umax(dst.r64);
  const isLost = below(shiftLeftWord(ONE, 63 - by), max);
  const unsigned = isLost ? CIRCLE64.all : moved(CIRCLE64, CIRCLE64.umin(dst.r64), max, left);
  const r64 = CIRCLE64.intersect(unsigned, signed);
  return narrowedByBits(new Scalar(shiftLeftBits(dst.bits, by), r64, leftArc32(dst, by)));
}

export function shiftRight(dst: Scalar, src: Scalar, width: 32 | 64): Scalar {
  const by = amountOf(src, width);
  const right = (word: Word): Word => shiftRightWord(word, by);
  if (width === 32) {
    const r32 = moved(CIRCLE32, CIRCLE32.umin(dst.r32), CIRCLE32.umax(dst.r32), right);
    return narrowedByBits32(new Scalar(shiftRightBits(lowHalf(dst.bits), by), CIRCLE64.all, r32));
  }
  const r64 = moved(CIRCLE64, CIRCLE64.umin(dst.r64), CIRCLE64.umax(dst.r64), right);
  return narrowedByBits(new Scalar(shiftRightBits(dst.bits, by), r64, CIRCLE32.all));
}

export function shiftRightSigned(dst: Scalar, src: Scalar, width: 32 | 64): Scalar {
  const by = amountOf(src, width);
  if (width === 32) {
    const right = (word: Word): Word => shiftRightSignedWord(signedLowOf(word), by);
    const r32 = moved(CIRCLE32, CIRCLE32.smin(dst.r32), CIRCLE32.smax(dst.r32), right);
    const bits = shiftRightSignedBits(lowHalf(dst.bits), by, 32);
    return narrowedByBits32(new Scalar(bits, CIRCLE64.all, r32));
  }
  const right = (word: Word): Word => shiftRightSignedWord(word, by);
  const r64 = moved(CIRCLE64, CIRCLE64.smin(dst.r64), CIRCLE64.smax(dst.r64), right);
  return narrowedByBits(new Scalar(shiftRightSignedBits(dst.bits, by, 64), r64, CIRCLE32.all));
}
