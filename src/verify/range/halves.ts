import { type Arc, CIRCLE32, CIRCLE64 } from './arc.js';
import { U32_MAX, u32, u64 } from './words.js';

const TWO_32 = 1n << 32n;

/** Where the lower halves of an arc's numbers are. */
export function lowerHalves(a: Arc): Arc {
  if (CIRCLE64.isNone(a)) return CIRCLE32.none;
  if (a.size >= U32_MAX) return CIRCLE32.all;
  return { base: u32(a.base), size: a.size };
}

/**
 * The numbers of an arc whose lower halves are in another arc: both ends move to the nearest such number
 * (kernel/bpf/cnum.c, cnum64_cnum32_intersect).
 *
 *     N*2^32               (N+1)*2^32            (N+2)*2^32
 *     |------[==b==]-------|------[==b==]--------|------[==b==]----
 *        |<------------------ a ---------------------->|
 *            |<------------- result -------->|
 */
export function withLowerHalves(a: Arc, b: Arc): Arc {
  if (CIRCLE64.isNone(a) || CIRCLE32.isNone(b)) return CIRCLE64.none;
  // Everything is counted from the beginning of `a`.
  const from = u32(b.base - a.base);
  const end = u32(a.size);
  if (b.size > U32_MAX - from) {
    // The halves wrap: the beginning of `a` is among them.
    const last = u32(from + b.size);
    return end > last && end < from ? { base: a.base, size: a.size - (end - last) } : a;
  }
  if (a.size < from) return CIRCLE64.none;
  const last = from + b.size;
  const size = a.size - from;
  const beyond = end < from ? end + (TWO_32 - last) : end >= last ? end - last : 0n;
  if (size < beyond) return CIRCLE64.none;
  return { base: u64(a.base + from), size: size - beyond };
}
