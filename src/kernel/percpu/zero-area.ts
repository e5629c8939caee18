import { alignmentOf } from './hints.js';

/** The first element of a map in [at, end) that is `bit`, or `end`. */
export function firstOf(map: Uint8Array, bit: 0 | 1, at: number, end: number): number {
  if (at >= end || map[at] === bit) return Math.min(at, end);
  const found = map.subarray(at, end).indexOf(bit);
  return found < 0 ? end : at + found;
}

/** What a search found, and the largest run too small for the request that it passed on its way. */
export interface ZeroArea {
  readonly at: number | undefined;
  readonly skippedAt: number;
  readonly skippedBits: number;
}

/**
 * First fit in a map: the first run of `bits` clear elements in [from, end) whose start is a multiple of `align`
 * (pcpu_find_zero_area). What alignment alone skipped is not remembered.
 */
export function findZeroArea(
  map: Uint8Array,
  end: number,
  from: number,
  bits: number,
  align: number,
): ZeroArea {
  let start = from;
  let skippedAt = 0;
  let skippedBits = 0;
  for (;;) {
    const at = Math.ceil(firstOf(map, 0, start, end) / align) * align;
    if (at + bits > end) return { at: undefined, skippedAt, skippedBits };
    const one = firstOf(map, 1, at, at + bits);
    if (one === at + bits) return { at, skippedAt, skippedBits };
    const size = one - at;
    const better = size === skippedBits && skippedAt !== 0 && alignmentOf(at) > alignmentOf(skippedAt);
    if (size > skippedBits || better) {
      skippedAt = at;
      skippedBits = size;
    }
    start = one + 1;
  }
}
