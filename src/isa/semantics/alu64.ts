/**
 * 64-bit arithmetic on a register file of 32-bit halves: `w[i]` is the low word, `w[i + 1]` the high one.
 * Every function takes the index of the destination's low word and of the source's, and writes the destination.
 * Meanings: RFC 9669 section 4.1. (BigInt would read more simply; bench/interpreter.bench.ts has the figures.)
 */
export type Registers = Int32Array;

/** Quotient and remainder of the last division, in halves: a result of four numbers without an object. */
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
function divide(ah: number, al: number, bh: number, bl: number): void {
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

/** Divides the register at `d` by that at `s` as unsigned numbers. */
function divideRegisters(w: Registers, d: number, s: number): void {
  divide(w[d + 1]! >>> 0, w[d]! >>> 0, w[s + 1]! >>> 0, w[s]! >>> 0);
}

/** The same without their signs. */
function divideMagnitudes(w: Registers, d: number, s: number): void {
  const dl = w[d]!;
  const dh = w[d + 1]!;
  const sl = w[s]!;
  const sh = w[s + 1]!;
  const a = dh < 0 ? -dl | 0 : dl;
  const b = sh < 0 ? -sl | 0 : sl;
  const ah = dh < 0 ? ~dh + (dl === 0 ? 1 : 0) : dh;
  const bh = sh < 0 ? ~sh + (sl === 0 ? 1 : 0) : sh;
  divide(ah >>> 0, a >>> 0, bh >>> 0, b >>> 0);
}

/** Gives a register the quotient or the remainder, negated if it is to be. */
function take(w: Registers, d: number, part: number, negated: boolean): void {
  const low = result[part]!;
  const high = result[part + 1]!;
  w[d] = negated ? -low : low;
  w[d + 1] = negated ? ~high + (low === 0 ? 1 : 0) : high;
}

function isZero(w: Registers, i: number): boolean {
  return (w[i]! | w[i + 1]!) === 0;
}

export function mov64(w: Registers, d: number, s: number): void {
  w[d] = w[s]!;
  w[d + 1] = w[s + 1]!;
}

export function add64(w: Registers, d: number, s: number): void {
  const a = w[d]!;
  const low = (a + w[s]!) | 0;
  w[d + 1] = w[d + 1]! + w[s + 1]! + (low >>> 0 < a >>> 0 ? 1 : 0);
  w[d] = low;
}

export function sub64(w: Registers, d: number, s: number): void {
  const a = w[d]!;
  const b = w[s]!;
  w[d + 1] = w[d + 1]! - w[s + 1]! - (a >>> 0 < b >>> 0 ? 1 : 0);
  w[d] = a - b;
}

export function mul64(w: Registers, d: number, s: number): void {
  const a = w[d]!;
  const b = w[s]!;
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const other = a0 * b1 + (middle & 0xffff);
  const carry = (a1 * b1 + (middle >>> 16) + (other >>> 16)) | 0;
  w[d + 1] = Math.imul(w[d + 1]!, b) + Math.imul(a, w[s + 1]!) + carry;
  w[d] = Math.imul(a, b);
}

/** Unsigned; by zero gives 0. */
export function div64(w: Registers, d: number, s: number): void {
  if (isZero(w, s)) {
    w[d] = 0;
    w[d + 1] = 0;
  } else if ((w[d + 1]! | w[s + 1]!) === 0) w[d] = (w[d]! >>> 0) / (w[s]! >>> 0);
  else {
    divideRegisters(w, d, s);
    take(w, d, Q, false);
  }
}

/** Unsigned; by zero leaves the destination. */
export function mod64(w: Registers, d: number, s: number): void {
  if (isZero(w, s)) return;
  if ((w[d + 1]! | w[s + 1]!) === 0) w[d] = (w[d]! >>> 0) % (w[s]! >>> 0);
  else {
    divideRegisters(w, d, s);
    take(w, d, R, false);
  }
}

/** Truncates towards zero; by zero gives 0; the least value by -1 gives itself. */
export function sdiv64(w: Registers, d: number, s: number): void {
  if (isZero(w, s)) {
    w[d] = 0;
    w[d + 1] = 0;
  } else {
    const negated = (w[d + 1]! ^ w[s + 1]!) < 0;
    divideMagnitudes(w, d, s);
    take(w, d, Q, negated);
  }
}

/** Takes the sign of the dividend; by zero leaves the destination. */
export function smod64(w: Registers, d: number, s: number): void {
  if (isZero(w, s)) return;
  const negated = w[d + 1]! < 0;
  divideMagnitudes(w, d, s);
  take(w, d, R, negated);
}

export function or64(w: Registers, d: number, s: number): void {
  w[d]! |= w[s]!;
  w[d + 1]! |= w[s + 1]!;
}

export function and64(w: Registers, d: number, s: number): void {
  w[d]! &= w[s]!;
  w[d + 1]! &= w[s + 1]!;
}

export function xor64(w: Registers, d: number, s: number): void {
  w[d]! ^= w[s]!;
  w[d + 1]! ^= w[s + 1]!;
}

/** The count is taken modulo 64, here and below. */
export function lsh64(w: Registers, d: number, s: number): void {
  const n = w[s]! & 63;
  if (n === 0) return;
  const low = w[d]!;
  w[d + 1] = n < 32 ? (w[d + 1]! << n) | (low >>> (32 - n)) : low << (n - 32);
  w[d] = n < 32 ? low << n : 0;
}

export function rsh64(w: Registers, d: number, s: number): void {
  const n = w[s]! & 63;
  if (n === 0) return;
  const high = w[d + 1]!;
  w[d] = n < 32 ? (w[d]! >>> n) | (high << (32 - n)) : high >>> (n - 32);
  w[d + 1] = n < 32 ? high >>> n : 0;
}

export function arsh64(w: Registers, d: number, s: number): void {
  const n = w[s]! & 63;
  if (n === 0) return;
  const high = w[d + 1]!;
  w[d] = n < 32 ? (w[d]! >>> n) | (high << (32 - n)) : high >> (n - 32);
  w[d + 1] = n < 32 ? high >> n : high >> 31;
}

export function neg64(w: Registers, d: number): void {
  const low = w[d]!;
  w[d + 1] = ~w[d + 1]! + (low === 0 ? 1 : 0);
  w[d] = -low;
}

export function movsx8to64(w: Registers, d: number, s: number): void {
  const low = (w[s]! << 24) >> 24;
  w[d] = low;
  w[d + 1] = low >> 31;
}

export function movsx16to64(w: Registers, d: number, s: number): void {
  const low = (w[s]! << 16) >> 16;
  w[d] = low;
  w[d + 1] = low >> 31;
}

export function movsx32to64(w: Registers, d: number, s: number): void {
  const low = w[s]!;
  w[d] = low;
  w[d + 1] = low >> 31;
}

/** `addr_space_cast` between address spaces 0 and 1 of an arena; the addresses of this machine are the same in both. */
export function castAddressSpace(w: Registers, d: number, s: number): void {
  w[d] = w[s]!;
  w[d + 1] = w[s + 1]!;
}
