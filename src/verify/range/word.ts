/**
 * A word of 64 bits as two halves of 32, each a signed integer: what V8 keeps without allocating and adds in one instruction, where a BigInt
 * takes ten times as long. Arithmetic is modulo 2^64; whether a word is signed is said by the comparison. Values do not change.
 *
 *     63        32 31         0
 *     |   high   |    low     |
 */
export class Word {
  readonly high: number;
  readonly low: number;

  constructor(high: number, low: number) {
    this.high = high;
    this.low = low;
  }

  get isZero(): boolean {
    return (this.high | this.low) === 0;
  }
  get unsigned(): bigint {
    HALVES[0] = this.low;
    HALVES[1] = this.high;
    return UNSIGNED[0]!;
  }
  get signed(): bigint {
    HALVES[0] = this.low;
    HALVES[1] = this.high;
    return SIGNED[0]!;
  }
}

/** The same bytes as halves and as one number. */
const HALVES = new Int32Array(2);
const UNSIGNED = new BigUint64Array(HALVES.buffer);
const SIGNED = new BigInt64Array(HALVES.buffer);

/** A number modulo 2^64. */
export function wordOf(value: bigint): Word {
  SIGNED[0] = value;
  return new Word(HALVES[1]!, HALVES[0]!);
}
/** A number between -2^32 and 2^32. */
export const wordOfNumber = (value: number): Word => new Word(value < 0 ? -1 : 0, value | 0);
/** An unsigned one. */
export const wordOfU32 = (value: number): Word => new Word(0, value | 0);

export const ZERO_WORD = new Word(0, 0);
export const ONE = new Word(0, 1);
export const ONES = new Word(-1, -1);

/** The upper half of a sum and of a difference; the lower one is that of the lower halves. */
export const sumHigh = (high: number, low: number, byHigh: number, byLow: number): number =>
  (high + byHigh + (((low + byLow) | 0) >>> 0 < low >>> 0 ? 1 : 0)) | 0;
export const differenceHigh = (high: number, low: number, byHigh: number, byLow: number): number =>
  (high - byHigh - (low >>> 0 < byLow >>> 0 ? 1 : 0)) | 0;

export const add = (a: Word, b: Word): Word =>
  new Word(sumHigh(a.high, a.low, b.high, b.low), (a.low + b.low) | 0);
export const subtract = (a: Word, b: Word): Word =>
  new Word(differenceHigh(a.high, a.low, b.high, b.low), (a.low - b.low) | 0);
/** By halves of 16 bits, whose products a double holds exactly. */
export function multiply(a: Word, b: Word): Word {
  const a0 = a.low & 0xffff;
  const a1 = a.low >>> 16;
  const b0 = b.low & 0xffff;
  const b1 = b.low >>> 16;
  const last = a0 * b0;
  const middle = a0 * b1 + a1 * b0 + (last >>> 16);
  const first = a1 * b1 + Math.floor(middle / 0x1_0000);
  const high = (first + Math.imul(a.high, b.low)) | 0;
  return new Word((high + Math.imul(a.low, b.high)) | 0, (middle << 16) | (last & 0xffff));
}
export const negate = (a: Word): Word => subtract(ZERO_WORD, a);
export const and = (a: Word, b: Word): Word => new Word(a.high & b.high, a.low & b.low);
/** What `a` has and `b` has not. */
export const andNot = (a: Word, b: Word): Word => new Word(a.high & ~b.high, a.low & ~b.low);
export const or = (a: Word, b: Word): Word => new Word(a.high | b.high, a.low | b.low);
export const xor = (a: Word, b: Word): Word => new Word(a.high ^ b.high, a.low ^ b.low);
export const not = (a: Word): Word => new Word(~a.high, ~a.low);

/** Shifts by 0 to 63. */
export function shiftLeftWord(a: Word, by: number): Word {
  if (by === 0) return a;
  if (by >= 32) return new Word(a.low << (by - 32), 0);
  return new Word((a.high << by) | (a.low >>> (32 - by)), a.low << by);
}
export function shiftRightWord(a: Word, by: number): Word {
  if (by === 0) return a;
  if (by >= 32) return new Word(0, (a.high >>> (by - 32)) | 0);
  return new Word((a.high >>> by) | 0, (a.low >>> by) | (a.high << (32 - by)));
}
/** The same with copies of the sign. */
export function shiftRightSignedWord(a: Word, by: number): Word {
  if (by === 0) return a;
  if (by >= 32) return new Word(a.high >> 31, a.high >> (by - 32));
  return new Word(a.high >> by, (a.low >>> by) | (a.high << (32 - by)));
}

export const same = (a: Word, b: Word): boolean => a === b || (a.low === b.low && a.high === b.high);
/** Whether the first is below the second, as unsigned numbers. */
export const below = (a: Word, b: Word): boolean =>
  a.high === b.high ? a.low >>> 0 < b.low >>> 0 : a.high >>> 0 < b.high >>> 0;
/** The same of signed ones. */
export const signedBelow = (a: Word, b: Word): boolean =>
  a.high === b.high ? a.low >>> 0 < b.low >>> 0 : a.high < b.high;
export const lesser = (a: Word, b: Word): Word => (below(b, a) ? b : a);
export const greater = (a: Word, b: Word): Word => (below(a, b) ? b : a);

/** The lower half alone. */
export const lowOf = (a: Word): Word => (a.high === 0 ? a : new Word(0, a.low));
/** The sign of the lower half copied into the upper one. */
export const signedLowOf = (a: Word): Word => new Word(a.low >> 31, a.low);

/** Whether a word, given in halves, has a 1 at a place. */
export const hasBit = (high: number, low: number, at: number): boolean =>
  ((at < 32 ? low >>> at : high >>> (at - 32)) & 1) !== 0;

/** Bits that an unsigned word needs: the place of its highest 1, counted from 1; 0 for 0. */
export const lengthOf = ({ high, low }: Word): number => lengthOfHalves(high, low);
export const lengthOfHalves = (high: number, low: number): number =>
  high === 0 ? 32 - Math.clz32(low) : 64 - Math.clz32(high);

/** So many ones, 0 to 64, from the lowest bit upwards. */
export function onesBelow(length: number): Word {
  if (length >= 64) return ONES;
  return length >= 32 ? new Word(((1 << (length - 32)) - 1) | 0, -1) : new Word(0, ((1 << length) - 1) | 0);
}

const swapped32 = (half: number): number =>
  (half << 24) | ((half & 0xff00) << 8) | ((half >>> 8) & 0xff00) | (half >>> 24);

/** The lowest bytes in the opposite order; the rest is 0. */
export function swapped({ high, low }: Word, bits: 16 | 32 | 64): Word {
  if (bits === 64) return new Word(swapped32(low), swapped32(high));
  return new Word(0, bits === 32 ? swapped32(low) : swapped32(low) >>> 16);
}
