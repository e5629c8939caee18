import { PAGE_SIZE } from '../model.js';

/** Bytes of one bit of the maps: the smallest allocation and the finest alignment (PCPU_MIN_ALLOC_SIZE). */
export const MIN_ALLOC_SIZE = 4;
/** Largest allocation, and smallest unit, in bytes (PCPU_MIN_UNIT_SIZE). */
export const MIN_UNIT_SIZE = 32 << 10;
/** Bits of one block of metadata, which covers one page (PCPU_BITMAP_BLOCK_BITS). */
export const BLOCK_BITS = PAGE_SIZE / MIN_ALLOC_SIZE;
/** Bytes of the first chunk kept for modules' variables (PERCPU_MODULE_RESERVE). */
export const MODULE_RESERVE = 8 << 10;
/** Bytes of the first chunk for allocation, at least (PERCPU_DYNAMIC_RESERVE on 64-bit machines). */
export const DYNAMIC_RESERVE = 28 << 10;
/** Below so many empty populated pages balance work is scheduled; it fills up to HIGH (PCPU_EMPTY_POP_PAGES_*). */
export const EMPTY_POP_PAGES_LOW = 2;
export const EMPTY_POP_PAGES_HIGH = 4;
/** A chunk that fails a request in a slot below this one is put aside (PCPU_SLOT_FAIL_THRESHOLD). */
export const SLOT_FAIL_THRESHOLD = 3;
/** Failures that are printed before the kernel falls silent (warn_limit in pcpu_alloc). */
export const WARN_LIMIT = 10;

export { PAGE_SIZE };
