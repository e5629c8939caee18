import {
  add,
  and,
  andNot,
  below,
  hasBit,
  lengthOf,
  lengthOfHalves,
  lowOf,
  not,
  ONE,
  ONES,
  onesBelow,
  or,
  same,
  shiftLeftWord,
  shiftRightSignedWord,
  shiftRightWord,
  signedLowOf,
  subtract,
  swapped,
  Word,
  xor,
  ZERO_WORD,
} from './word.js';

/**
 * What is known of each of 64 bits (a tristate number, kernel/bpf/tnum.c): a bit is unknown where `mask` has a 1, else it is
 * the bit of `value`, which has a 0 wherever `mask` has a 1. Stands for all words that agree with it.
 */
export interface Tnum {
  readonly value: Word;
  readonly mask: Word;
}

const tnum = (value: Word, mask: Word): Tnum => ({ value, mask });

export const UNKNOWN_BITS: Tnum = tnum(ZERO_WORD, ONES);
export const constantBits = (value: Word): Tnum => tnum(value, ZERO_WORD);
export const isKnown = (a: Tnum): boolean => a.mask.isZero;
/** The greatest word it stands for; the least is its value. */
export const highest = (a: Tnum): Word => or(a.value, a.mask);

/** The bits that all words from one to another have in common. */
export function bitsBetween(min: Word, max: Word): Tnum {
  const length = lengthOf(xor(min, max));
  if (length > 63) return UNKNOWN_BITS;
  const unknown = onesBelow(length);
  return tnum(andNot(min, unknown), unknown);
}

/** Whether a word agrees with what is known. */
export const agrees = ({ value, mask }: Tnum, { high, low }: Word): boolean =>
  (high & ~mask.high) === value.high && (low & ~mask.low) === value.low;

/** Whether no bit is 1 above one that is 0. */
export const areLast = ({ high, low }: Word): boolean =>
  high === 0 ? (low & (low + 1)) === 0 : low === -1 && (high & (high + 1)) === 0;

/** Half a word with ones from a bit on upwards, 0 to 32. */
const onesFrom = (bit: number): number => (bit >= 32 ? 0 : -1 << bit);

/** With what the words from one to another have in common; the same where that is known already, which is the usual case. */
export function bitsWithin(a: Tnum, min: Word, max: Word): Tnum {
  const length = lengthOfHalves(min.high ^ max.high, min.low ^ max.low);
  const low = onesFrom(length);
  const high = length < 32 ? -1 : onesFrom(length - 32);
  const { value, mask } = a;
  const isNew = (mask.high & high) | (mask.low & low);
  const differs = ((value.high ^ min.high) & high) | ((value.low ^ min.low) & low);
  return (isNew | differs) === 0 ? a : intersectBits(a, bitsBetween(min, max));
}

/** The same of the lower half, from its numbers. */
export function lowBitsWithin(a: Tnum, min: Word, max: Word): Tnum {
  const known = onesFrom(lengthOfHalves(0, min.low ^ max.low));
  const { value, mask } = a;
  const isKnown = (mask.low & known) === 0 && ((value.low ^ min.low) & known) === 0;
  return isKnown ? a : withLowHalf(a, intersectBits(lowHalf(a), bitsBetween(min, max)));
}

export function addBits(a: Tnum, b: Tnum): Tnum {
  const values = add(a.value, b.value);
  if (isKnown(a) && isKnown(b)) return constantBits(values);
  const carries = xor(add(add(values, a.mask), b.mask), values);
  const mask = or(or(carries, a.mask), b.mask);
  return tnum(andNot(values, mask), mask);
}

export function subtractBits(a: Tnum, b: Tnum): Tnum {
  const values = subtract(a.value, b.value);
  const borrows = xor(add(values, a.mask), subtract(values, b.mask));
  const mask = or(or(borrows, a.mask), b.mask);
  return tnum(andNot(values, mask), mask);
}

export const negateBits = (a: Tnum): Tnum => subtractBits(constantBits(ZERO_WORD), a);

export function andBits(a: Tnum, b: Tnum): Tnum {
  const value = and(a.value, b.value);
  return tnum(value, andNot(and(highest(a), highest(b)), value));
}

export function orBits(a: Tnum, b: Tnum): Tnum {
  const value = or(a.value, b.value);
  return tnum(value, andNot(or(a.mask, b.mask), value));
}

export function xorBits(a: Tnum, b: Tnum): Tnum {
  const mask = or(a.mask, b.mask);
  return tnum(andNot(xor(a.value, b.value), mask), mask);
}

/** What both leave open: stands for the words of either. */
function eitherBits(a: Tnum, b: Tnum): Tnum {
  const mask = or(or(xor(a.value, b.value), a.mask), b.mask);
  return tnum(andNot(and(a.value, b.value), mask), mask);
}

/** Long multiplication, a bit of `a` at a time; where that bit is unknown, with and without the shifted `b`. */
export function multiplyBits(a: Tnum, b: Tnum): Tnum {
  let sum = constantBits(ZERO_WORD);
  for (let at = 0; at < 64; at++) {
    const isOne = hasBit(a.value, at);
    if (!isOne && !hasBit(a.mask, at)) continue;
    const next = addBits(sum, shiftLeftBits(b, at));
    sum = isOne ? next : eitherBits(sum, next);
  }
  return sum;
}

export const shiftLeftBits = (a: Tnum, by: number): Tnum =>
  tnum(shiftLeftWord(a.value, by), shiftLeftWord(a.mask, by));
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
  const kept = onesBelow(8 * bytes);
  return tnum(and(a.value, kept), and(a.mask, kept));
}

export const lowHalf = (a: Tnum): Tnum =>
  (a.value.high | a.mask.high) === 0 ? a : tnum(lowOf(a.value), lowOf(a.mask));
/** With the lower 32 bits of another. */
export const withLowHalf = (a: Tnum, low: Tnum): Tnum =>
  tnum(new Word(a.value.high, low.value.low), new Word(a.mask.high, low.mask.low));

export const swapBits = (a: Tnum, bits: 16 | 32 | 64): Tnum =>
  tnum(swapped(a.value, bits), swapped(a.mask, bits));

/** The words of both; means nothing where they have none in common. */
export function intersectBits(a: Tnum, b: Tnum): Tnum {
  if (b === UNKNOWN_BITS) return a;
  const mask = and(a.mask, b.mask);
  return tnum(andNot(or(a.value, b.value), mask), mask);
}

/** Whether some word agrees with both. */
export const bitsOverlap = (a: Tnum, b: Tnum): boolean =>
  andNot(andNot(xor(a.value, b.value), a.mask), b.mask).isZero;

/** Whether every word of `b` is one of `a`. */
export const includesBits = (a: Tnum, b: Tnum): boolean =>
  a === b || (agrees(a, b.value) && ((b.mask.high & ~a.mask.high) | (b.mask.low & ~a.mask.low)) === 0);

export const sameBits = (a: Tnum, b: Tnum): boolean =>
  a === b || (same(a.value, b.value) && same(a.mask, b.mask));

/** Whether all words are multiples of a power of two. */
export const isAligned = (a: Tnum, size: number): boolean => (highest(a).low & (size - 1)) === 0;

/** The least word of it above `word`; its greatest if there is none. */
export function nextAbove(a: Tnum, word: Word): Word {
  const top = highest(a);
  if (!below(word, top)) return top;
  if (below(word, a.value)) return a.value;
  // Counts on in the unknown bits alone: the known ones are filled, so that a carry runs through them. Where the word has
  // a 1 that is not to be counted, what is below it must begin anew, so that it is filled as well.
  const rest = subtract(word, a.value);
  const lower = onesBelow(lengthOf(andNot(rest, a.mask)));
  const counted = add(or(or(rest, lower), not(a.mask)), ONE);
  return or(a.value, and(counted, a.mask));
}

/** As the kernel prints it: one word in decimal up to 16 bits. */
export function formatBits({ value, mask }: Tnum): string {
  const [word, unknown] = [value.unsigned, mask.unsigned];
  if (unknown === 0n) return word <= 0xffffn ? `${word}` : `0x${word.toString(16)}`;
  return `(0x${word.toString(16)}; 0x${unknown.toString(16)})`;
}
