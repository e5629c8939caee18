/**
 * 64-bit division on halves of 32 bits, without WebAssembly: takes more than twice as long as a call of a function that has
 * the processor's instruction (`npm run bench -- interpreter`).
 */

/** Quotient and remainder of the last division, in halves. */
const result = new Int32Array(4);
const Q = 0;
const R = 2;
const TWO32 = 0x1_0000_0000;

/** Divides by less than 2^32: by halves and quarters, each of which a double divides exactly. `b` is at least 1. */
function divideShort(high: number, low: number, b: number): void {
  const first = Math.floor(high / b);
  const upper = (high - first * b) * 0x10000 + (low >>> 16);
  const second = Math.floor(upper / b);
  const lower = (upper - second * b) * 0x10000 + (low & 0xffff);
  const third = Math.floor(lower / b);
  result[Q] = (second << 16) | third;
  result[Q + 1] = first;
  result[R] = lower - third * b;
  result[R + 1] = 0;
}

/** Divides by at least 2^62: by taking it off, three times at most. */
function divideLong(ah: number, al: number, bh: number, bl: number): void {
  let q = 0;
  let high = ah;
  let low = al;
  for (; high > bh || (high === bh && low >= bl); q += 1) {
    high -= bh + (low < bl ? 1 : 0);
    low = (low - bl) >>> 0;
  }
  result[Q] = q;
  result[Q + 1] = 0;
  result[R] = low;
  result[R + 1] = high;
}

/** Divides unsigned numbers of 64 bits, given in halves that are unsigned; the divisor is not 0. */
export function divideHalves(ah: number, al: number, bh: number, bl: number): void {
  if (bh === 0) {
    divideShort(ah, al, bl);
    return;
  }
  if (bh >= 0x4000_0000) {
    divideLong(ah, al, bh, bl);
    return;
  }
  // Doubles find the quotient, of 32 bits, but for one more or less, which the remainder tells.
  let q = Math.min(0xffff_ffff, Math.floor((ah * TWO32 + al) / (bh * TWO32 + bl)));
  const low = Math.imul(q, bl);
  const q0 = q & 0xffff;
  const q1 = q >>> 16;
  const b0 = bl & 0xffff;
  const b1 = bl >>> 16;
  const middle = q1 * b0 + ((q0 * b0) >>> 16);
  const other = q0 * b1 + (middle & 0xffff);
  const carry = q1 * b1 + (middle >>> 16) + (other >>> 16);
  let rl = (al - low) | 0;
  let rh = (ah - Math.imul(q, bh) - carry - (al < low >>> 0 ? 1 : 0)) | 0;
  if (rh < 0) {
    q -= 1;
    rl = (rl + bl) | 0;
    rh = (rh + bh + (rl >>> 0 < bl ? 1 : 0)) | 0;
  } else if (rh > bh || (rh === bh && rl >>> 0 >= bl)) {
    q += 1;
    rh = (rh - bh - (rl >>> 0 < bl ? 1 : 0)) | 0;
    rl = (rl - bl) | 0;
  }
  result[Q] = q;
  result[Q + 1] = 0;
  result[R] = rl;
  result[R + 1] = rh;
}
