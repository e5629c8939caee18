import { Arc, arcFrom, CIRCLE32, CIRCLE64 } from './arc.js';
import { add, below, subtract, wordOfU32 } from './word.js';

const U32_MAX = 0xffff_ffff;
const TWO_32 = 2 ** 32;

/** Where the lower halves of an arc's numbers are. */
export function lowerHalves(a: Arc): Arc {
  if (CIRCLE64.isNone(a)) return CIRCLE32.none;
  if (a.sizeHigh !== 0 || a.sizeLow === -1) return CIRCLE32.all;
  return a.baseHigh === 0 ? a : new Arc(0, a.baseLow, 0, a.sizeLow);
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
  // Everything is counted from the beginning of `a`, in unsigned numbers of 32 bits.
  const from = (b.baseLow - a.baseLow) >>> 0;
  const end = a.sizeLow >>> 0;
  const length = b.sizeLow >>> 0;
  if (length > U32_MAX - from) {
    // The halves wrap: the beginning of `a` is among them.
    const last = (from + length) >>> 0;
    const isCut = end > last && end < from;
    return isCut ? arcFrom(a.base, subtract(a.size, wordOfU32(end - last))) : a;
  }
  if (a.sizeHigh === 0 && end < from) return CIRCLE64.none;
  const last = from + length;
  const beyond = wordOfU32(end < from ? end + (TWO_32 - last) : end >= last ? end - last : 0);
  if (from === 0 && beyond.isZero) return a;
  const size = subtract(a.size, wordOfU32(from));
  if (below(size, beyond)) return CIRCLE64.none;
  return arcFrom(add(a.base, wordOfU32(from)), subtract(size, beyond));
}
