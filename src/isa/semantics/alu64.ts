/**
 * 64-bit arithmetic on a register file of 32-bit halves: `w[i]` is the low word, `w[i + 1]` the high one.
 * Every function takes the index of the destination's low word and of the source's, and writes the destination.
 * Meanings: RFC 9669 section 4.1. (BigInt would read more simply; bench/interpreter.bench.ts has the figures.)
 */
export type Registers = Int32Array;

function toBig(w: Registers, i: number): bigint {
  return (BigInt(w[i + 1]!) << 32n) | BigInt(w[i]! >>> 0);
}

function fromBig(w: Registers, i: number, value: bigint): void {
  w[i] = Number(BigInt.asIntN(32, value));
  w[i + 1] = Number(BigInt.asIntN(32, value >> 32n));
}

const unsigned = (value: bigint): bigint => BigInt.asUintN(64, value);

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
  else fromBig(w, d, unsigned(toBig(w, d)) / unsigned(toBig(w, s)));
}

/** Unsigned; by zero leaves the destination. */
export function mod64(w: Registers, d: number, s: number): void {
  if (isZero(w, s)) return;
  if ((w[d + 1]! | w[s + 1]!) === 0) w[d] = (w[d]! >>> 0) % (w[s]! >>> 0);
  else fromBig(w, d, unsigned(toBig(w, d)) % unsigned(toBig(w, s)));
}

/** Truncates towards zero; by zero gives 0; the least value by -1 gives itself. */
export function sdiv64(w: Registers, d: number, s: number): void {
  if (isZero(w, s)) {
    w[d] = 0;
    w[d + 1] = 0;
  } else fromBig(w, d, toBig(w, d) / toBig(w, s));
}

/** Takes the sign of the dividend; by zero leaves the destination. */
export function smod64(w: Registers, d: number, s: number): void {
  if (!isZero(w, s)) fromBig(w, d, toBig(w, d) % toBig(w, s));
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
