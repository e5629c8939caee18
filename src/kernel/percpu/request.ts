import { MIN_ALLOC_SIZE, MIN_UNIT_SIZE, PAGE_SIZE } from './constants.js';

/** A request as the allocator works with it, in bits of the maps. */
export interface Request {
  readonly size: number;
  readonly align: number;
  readonly bits: number;
  readonly bitAlign: number;
}

const isPowerOf2 = (n: number): boolean => n > 0 && (n & (n - 1)) === 0;

/**
 * Rounds a size in bytes up to 4, and an alignment up to 4 at least, and checks both as pcpu_alloc does. The text of a
 * refusal is the kernel's, with the numbers after rounding.
 */
export function checkRequest(size: number, align: number): Request | { readonly warning: string } {
  const rounded = Math.ceil(size / MIN_ALLOC_SIZE) * MIN_ALLOC_SIZE;
  const aligned = Math.max(align, MIN_ALLOC_SIZE);
  if (rounded <= 0 || rounded > MIN_UNIT_SIZE || aligned > PAGE_SIZE || !isPowerOf2(aligned)) {
    return { warning: `illegal size (${rounded}) or align (${aligned}) for percpu allocation` };
  }
  return {
    size: rounded,
    align: aligned,
    bits: rounded / MIN_ALLOC_SIZE,
    bitAlign: aligned / MIN_ALLOC_SIZE,
  };
}
