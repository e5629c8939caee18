import { bitLength, s32, s64, swapBytes, U32_MAX, U64_MAX, u32, u64 } from './words.js';

/**
 * What is known of each of 64 bits (a tristate number, kernel/bpf/tnum.c): a bit is unknown where `mask` has a 1, else it is
 * the bit of `value`, which has a 0 wherever `mask` has a 1. Stands for all words that agree with it.
 */
export interface Tnum {
  readonly value: bigint;
  readonly mask: bigint;
}

const tnum = (value: bigint, mask: bigint): Tnum => ({ value, mask });

export const UNKNOWN_BITS: Tnum = tnum(0n, U64_MAX);
export const constantBits = (value: bigint): Tnum => tnum(u64(value), 0n);
export const isKnown = (a: Tnum): boolean => a.mask === 0n;
/** The greatest word it stands for; the least is its value. */
export const highest = (a: Tnum): bigint => a.value | a.mask;

/** The bits that all words from one to another have in common. */
export function bitsBetween(min: bigint, max: bigint): Tnum {
  const length = bitLength(min ^ max);
  if (length > 63) return UNKNOWN_BITS;
  const unknown = (1n << BigInt(length)) - 1n;
  return tnum(min & ~unknown, unknown);
}

export function addBits(a: Tnum, b: Tnum): Tnum {
  const values = u64(a.value + b.value);
  const carries = u64(values + a.mask + b.mask) ^ values;
  const mask = carries | a.mask | b.mask;
  return tnum(values & ~mask, mask);
}

export function subtractBits(a: Tnum, b: Tnum): Tnum {
  const values = u64(a.value - b.value);
  const borrows = u64(values + a.mask) ^ u64(values - b.mask);
  const mask = borrows | a.mask | b.mask;
  return tnum(values & ~mask, mask);
}

export const negateBits = (a: Tnum): Tnum => subtractBits(constantBits(0n), a);

export function andBits(a: Tnum, b: Tnum): Tnum {
  const value = a.value & b.value;
  return tnum(value, highest(a) & highest(b) & ~value);
}

export function orBits(a: Tnum, b: Tnum): Tnum {
  const value = a.value | b.value;
  return tnum(value, (a.mask | b.mask) & ~value);
}

export function xorBits(a: Tnum, b: Tnum): Tnum {
  const mask = a.mask | b.mask;
  return tnum((a.value ^ b.value) & ~mask, mask);
}

/** What both leave open: stands for the words of either. */
function eitherBits(a: Tnum, b: Tnum): Tnum {
  const mask = (a.value ^ b.value) | a.mask | b.mask;
  return tnum(a.value & b.value & ~mask, mask);
}

/** Long multiplication, a bit of `a` at a time; where that bit is unknown, with and without the shifted `b`. */
export function multiplyBits(a: Tnum, b: Tnum): Tnum {
  let sum = constantBits(0n);
  let term = b;
  for (let { value, mask } = a; (value | mask) !== 0n; value >>= 1n, mask >>= 1n) {
    if ((value & 1n) !== 0n) sum = addBits(sum, term);
    else if ((mask & 1n) !== 0n) sum = eitherBits(sum, addBits(sum, term));
    term = shiftLeftBits(term, 1n);
  }
  return sum;
}

export const shiftLeftBits = (a: Tnum, by: bigint): Tnum => tnum(u64(a.value << by), u64(a.mask << by));
export const shiftRightBits = (a: Tnum, by: bigint): Tnum => tnum(a.value >> by, a.mask >> by);

/** Copies the sign, or that it is unknown, into what it vacates; of 32 bits the upper half becomes 0. */
export function shiftRightSignedBits(a: Tnum, by: bigint, width: 32 | 64): Tnum {
  return width === 64
    ? tnum(u64(s64(a.value) >> by), u64(s64(a.mask) >> by))
    : tnum(u32(s32(a.value) >> by), u32(s32(a.mask) >> by));
}

/** The lowest bytes, with 0 above. */
export function lowBytes(a: Tnum, bytes: number): Tnum {
  const kept = bytes >= 8 ? U64_MAX : (1n << BigInt(8 * bytes)) - 1n;
  return tnum(a.value & kept, a.mask & kept);
}

export const lowHalf = (a: Tnum): Tnum => tnum(a.value & U32_MAX, a.mask & U32_MAX);
/** With the lower 32 bits of another. */
export const withLowHalf = (a: Tnum, low: Tnum): Tnum =>
  tnum((a.value & ~U32_MAX) | (low.value & U32_MAX), (a.mask & ~U32_MAX) | (low.mask & U32_MAX));

export const swapBits = (a: Tnum, bits: 16 | 32 | 64): Tnum =>
  tnum(swapBytes(a.value, bits), swapBytes(a.mask, bits));

/** The words of both; means nothing where they have none in common. */
export function intersectBits(a: Tnum, b: Tnum): Tnum {
  const mask = a.mask & b.mask;
  return tnum((a.value | b.value) & ~mask, mask);
}

/** Whether some word agrees with both. */
export const bitsOverlap = (a: Tnum, b: Tnum): boolean => ((a.value ^ b.value) & ~a.mask & ~b.mask) === 0n;

/** Whether every word of `b` is one of `a`. */
export const includesBits = (a: Tnum, b: Tnum): boolean =>
  (b.mask & ~a.mask) === 0n && a.value === (b.value & ~a.mask);

export const sameBits = (a: Tnum, b: Tnum): boolean => a.value === b.value && a.mask === b.mask;

/** Whether all words are multiples of a power of two. */
export const isAligned = (a: Tnum, size: number): boolean => (highest(a) & BigInt(size - 1)) === 0n;

/** The least word of it above `word`; its greatest if there is none. */
export function nextAbove(a: Tnum, word: bigint): bigint {
  const top = highest(a);
  if (word >= top) return top;
  if (word < a.value) return a.value;
  // Counts on in the unknown bits alone: the known ones are filled, so that a carry runs through them. Where the word has
  // a 1 that is not to be counted, what is below it must begin anew, so that it is filled as well.
  const rest = word - a.value;
  const below = (1n << BigInt(bitLength(rest & ~a.mask))) - 1n;
  const counted = u64((rest | below | u64(~a.mask)) + 1n);
  return a.value | (counted & a.mask);
}

/** As the kernel prints it: one word in decimal up to 16 bits. */
export function formatBits({ value, mask }: Tnum): string {
  if (mask === 0n) return value <= 0xffffn ? `${value}` : `0x${value.toString(16)}`;
  return `(0x${value.toString(16)}; 0x${mask.toString(16)})`;
}
