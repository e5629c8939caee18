import {
  add,
  and,
  andNot,
  below,
  differenceHigh,
  hasBit,
  lengthOf,
  lengthOfHalves,
  lowOf,
  not,
  ONE,
  onesBelow,
  or,
  shiftRightSignedWord,
  shiftRightWord,
  signedLowOf,
  subtract,
  sumHigh,
  swapped,
  Word,
  xor,
  ZERO_WORD,
} from './word.js';

/**
 * What is known of each of 64 bits (a tristate number, kernel/bpf/tnum.c): a bit is unknown where `mask` has a 1, else it is
 * the bit of `value`, which has a 0 wherever `mask` has a 1. Stands for all words that agree with it. It has the halves of both words
 * itself: nearly every instruction makes one, and kept states hold them by the thousand. Values do not change.
 */
export class Tnum {
  readonly valueHigh: number;
  readonly valueLow: number;
  readonly maskHigh: number;
  readonly maskLow: number;

  constructor(valueHigh: number, valueLow: number, maskHigh: number, maskLow: number) {
    this.valueHigh = valueHigh;
    this.valueLow = valueLow;
    this.maskHigh = maskHigh;
    this.maskLow = maskLow;
  }

  get value(): Word {
    return new Word(this.valueHigh, this.valueLow);
  }
  get mask(): Word {
    return new Word(this.maskHigh, this.maskLow);
  }
}

/** Of two words. @internal */
export const tnum = (value: Word, mask: Word): Tnum => new Tnum(value.high, value.low, mask.high, mask.low);
/** Of halves, whatever the value has where the mask has a 1. */
const masked = (valueHigh: number, valueLow: number, maskHigh: number, maskLow: number): Tnum =>
  new Tnum(valueHigh & ~maskHigh, valueLow & ~maskLow, maskHigh, maskLow);

export const UNKNOWN_BITS = new Tnum(0, 0, -1, -1);
export const constantBits = ({ high, low }: Word): Tnum => new Tnum(high, low, 0, 0);
/** One word, and no other. */
export const isKnown = (a: Tnum): boolean => (a.maskHigh | a.maskLow) === 0;
/** The greatest word it stands for; the least is its value. */
export const highest = (a: Tnum): Word => new Word(a.valueHigh | a.maskHigh, a.valueLow | a.maskLow);

/** The bits that all words from one to another have in common. */
export function bitsBetween(min: Word, max: Word): Tnum {
  const length = lengthOf(xor(min, max));
  if (length > 63) return UNKNOWN_BITS;
  const { high, low } = onesBelow(length);
  return masked(min.high, min.low, high, low);
}

/** Whether a word agrees with what is known. */
export const agrees = (a: Tnum, { high, low }: Word): boolean =>
  (high & ~a.maskHigh) === a.valueHigh && (low & ~a.maskLow) === a.valueLow;

/** Whether no bit of a word, given in halves, is 1 above one that is 0. */
export const areLast = (high: number, low: number): boolean =>
  high === 0 ? (low & (low + 1)) === 0 : low === -1 && (high & (high + 1)) === 0;

/** Half a word with ones from a bit on upwards, 0 to 32. */
const onesFrom = (bit: number): number => (bit >= 32 ? 0 : -1 << bit);

/** With what the words from one to another have in common; the same where that is known already, which is the usual case. */
export function bitsWithin(a: Tnum, min: Word, max: Word): Tnum {
  const length = lengthOfHalves(min.high ^ max.high, min.low ^ max.low);
  const low = onesFrom(length);
  const high = length < 32 ? -1 : onesFrom(length - 32);
  const isNew = (a.maskHigh & high) | (a.maskLow & low);
  const differs = ((a.valueHigh ^ min.high) & high) | ((a.valueLow ^ min.low) & low);
  return (isNew | differs) === 0 ? a : intersectBits(a, bitsBetween(min, max));
}

/** The same of the lower half, from its numbers. */
export function lowBitsWithin(a: Tnum, min: Word, max: Word): Tnum {
  const known = onesFrom(lengthOfHalves(0, min.low ^ max.low));
  const isOld = ((a.maskLow | (a.valueLow ^ min.low)) & known) === 0;
  return isOld ? a : withLowHalf(a, intersectBits(lowHalf(a), bitsBetween(min, max)));
}

export function addBits(a: Tnum, b: Tnum): Tnum {
  const low = (a.valueLow + b.valueLow) | 0;
  const high = sumHigh(a.valueHigh, a.valueLow, b.valueHigh, b.valueLow);
  if ((a.maskHigh | a.maskLow | b.maskHigh | b.maskLow) === 0) return new Tnum(high, low, 0, 0);
  const firstLow = (low + a.maskLow) | 0;
  const firstHigh = sumHigh(high, low, a.maskHigh, a.maskLow);
  const carriesLow = ((firstLow + b.maskLow) | 0) ^ low;
  const carriesHigh = sumHigh(firstHigh, firstLow, b.maskHigh, b.maskLow) ^ high;
  return masked(high, low, carriesHigh | a.maskHigh | b.maskHigh, carriesLow | a.maskLow | b.maskLow);
}

export function subtractBits(a: Tnum, b: Tnum): Tnum {
  const low = (a.valueLow - b.valueLow) | 0;
  const high = differenceHigh(a.valueHigh, a.valueLow, b.valueHigh, b.valueLow);
  const borrowsLow = ((low + a.maskLow) | 0) ^ ((low - b.maskLow) | 0);
  const borrowsHigh =
    sumHigh(high, low, a.maskHigh, a.maskLow) ^ differenceHigh(high, low, b.maskHigh, b.maskLow);
  return masked(high, low, borrowsHigh | a.maskHigh | b.maskHigh, borrowsLow | a.maskLow | b.maskLow);
}

const ZERO_BITS = constantBits(ZERO_WORD);

export const negateBits = (a: Tnum): Tnum => subtractBits(ZERO_BITS, a);

export function andBits(a: Tnum, b: Tnum): Tnum {
  const high = a.valueHigh & b.valueHigh;
  const low = a.valueLow & b.valueLow;
  const maskHigh = (a.valueHigh | a.maskHigh) & (b.valueHigh | b.maskHigh) & ~high;
  const maskLow = (a.valueLow | a.maskLow) & (b.valueLow | b.maskLow) & ~low;
  return new Tnum(high, low, maskHigh, maskLow);
}

export function orBits(a: Tnum, b: Tnum): Tnum {
  const high = a.valueHigh | b.valueHigh;
  const low = a.valueLow | b.valueLow;
  return new Tnum(high, low, (a.maskHigh | b.maskHigh) & ~high, (a.maskLow | b.maskLow) & ~low);
}

export const xorBits = (a: Tnum, b: Tnum): Tnum =>
  masked(a.valueHigh ^ b.valueHigh, a.valueLow ^ b.valueLow, a.maskHigh | b.maskHigh, a.maskLow | b.maskLow);

/** What both leave open: stands for the words of either. */
function eitherBits(a: Tnum, b: Tnum): Tnum {
  const maskHigh = (a.valueHigh ^ b.valueHigh) | a.maskHigh | b.maskHigh;
  const maskLow = (a.valueLow ^ b.valueLow) | a.maskLow | b.maskLow;
  return masked(a.valueHigh & b.valueHigh, a.valueLow & b.valueLow, maskHigh, maskLow);
}

/**
 * Long multiplication, a bit of `a` at a time; where that bit is unknown, with and without the shifted `b`. A sum of which nothing is known
 * stays that.
 */
export function multiplyBits(a: Tnum, b: Tnum): Tnum {
  let sum = ZERO_BITS;
  const length = lengthOfHalves(a.valueHigh | a.maskHigh, a.valueLow | a.maskLow);
  for (let at = 0; at < length && (sum.maskHigh & sum.maskLow) !== -1; at++) {
    const isOne = hasBit(a.valueHigh, a.valueLow, at);
    if (!isOne && !hasBit(a.maskHigh, a.maskLow, at)) continue;
    const next = addBits(sum, shiftLeftBits(b, at));
    sum = isOne ? next : eitherBits(sum, next);
  }
  return sum;
}

export function shiftLeftBits(a: Tnum, by: number): Tnum {
  const { valueHigh, valueLow, maskHigh, maskLow } = a;
  if (by === 0) return a;
  if (by >= 32) return new Tnum(valueLow << (by - 32), 0, maskLow << (by - 32), 0);
  const rest = 32 - by;
  return new Tnum(
    (valueHigh << by) | (valueLow >>> rest),
    valueLow << by,
    (maskHigh << by) | (maskLow >>> rest),
    maskLow << by,
  );
}
export const shiftRightBits = (a: Tnum, by: number): Tnum =>
  tnum(shiftRightWord(a.value, by), shiftRightWord(a.mask, by));

/** Copies the sign, or that it is unknown, into what it vacates; of 32 bits the upper half becomes 0. */
export function shiftRightSignedBits(a: Tnum, by: number, width: 32 | 64): Tnum {
  if (width === 64) return tnum(shiftRightSignedWord(a.value, by), shiftRightSignedWord(a.mask, by));
  const shifted = (half: Word): Word => lowOf(shiftRightSignedWord(signedLowOf(half), by));
  return tnum(shifted(a.value), shifted(a.mask));
}

/** The lowest bytes, with 0 above. */
export function lowBytes(a: Tnum, bytes: number): Tnum {
  const { high, low } = onesBelow(8 * bytes);
  return new Tnum(a.valueHigh & high, a.valueLow & low, a.maskHigh & high, a.maskLow & low);
}

export const lowHalf = (a: Tnum): Tnum =>
  (a.valueHigh | a.maskHigh) === 0 ? a : new Tnum(0, a.valueLow, 0, a.maskLow);
/** With the lower 32 bits of another. */
export const withLowHalf = (a: Tnum, low: Tnum): Tnum =>
  new Tnum(a.valueHigh, low.valueLow, a.maskHigh, low.maskLow);

export const swapBits = (a: Tnum, bits: 16 | 32 | 64): Tnum =>
  tnum(swapped(a.value, bits), swapped(a.mask, bits));

/** The words of both; means nothing where they have none in common. */
export function intersectBits(a: Tnum, b: Tnum): Tnum {
  if (b === UNKNOWN_BITS) return a;
  const maskHigh = a.maskHigh & b.maskHigh;
  const maskLow = a.maskLow & b.maskLow;
  return masked(a.valueHigh | b.valueHigh, a.valueLow | b.valueLow, maskHigh, maskLow);
}

/** Whether some word agrees with both. */
export const bitsOverlap = (a: Tnum, b: Tnum): boolean =>
  (((a.valueHigh ^ b.valueHigh) & ~a.maskHigh & ~b.maskHigh) |
    ((a.valueLow ^ b.valueLow) & ~a.maskLow & ~b.maskLow)) ===
  0;

/** Whether every word of `b` is one of `a`. */
export const includesBits = (a: Tnum, b: Tnum): boolean =>
  a === b ||
  (((b.valueHigh & ~a.maskHigh) ^ a.valueHigh) |
    ((b.valueLow & ~a.maskLow) ^ a.valueLow) |
    (b.maskHigh & ~a.maskHigh) |
    (b.maskLow & ~a.maskLow)) ===
    0;

export const sameBits = (a: Tnum, b: Tnum): boolean =>
  a === b ||
  (a.valueLow === b.valueLow &&
    a.valueHigh === b.valueHigh &&
    a.maskLow === b.maskLow &&
    a.maskHigh === b.maskHigh);

/** Whether all words are multiples of a power of two. */
export const isAligned = (a: Tnum, size: number): boolean => ((a.valueLow | a.maskLow) & (size - 1)) === 0;

/** The least word of it above `word`; its greatest if there is none. */
export function nextAbove(a: Tnum, word: Word): Word {
  const top = highest(a);
  if (!below(word, top)) return top;
  const { value, mask } = a;
  if (below(word, value)) return value;
  // Counts on in the unknown bits alone: the known ones are filled, so that a carry runs through them. Where the word has
  // a 1 that is not to be counted, what is below it must begin anew, so that it is filled as well.
  const rest = subtract(word, value);
  const lower = onesBelow(lengthOf(andNot(rest, mask)));
  const counted = add(or(or(rest, lower), not(mask)), ONE);
  return or(value, and(counted, mask));
}

/** As the kernel prints it: one word in decimal up to 16 bits. */
export function formatBits({ value, mask }: Tnum): string {
  const [word, unknown] = [value.unsigned, mask.unsigned];
  if (unknown === 0n) return word <= 0xffffn ? `${word}` : `0x${word.toString(16)}`;
  return `(0x${word.toString(16)}; 0x${unknown.toString(16)})`;
}
