/**
 * 64-bit arithmetic on a register file of 32-bit halves: `w[i]` is the low word, `w[i + 1]` the high one.
 * Every function takes the index of the destination's low word and of the source's, and writes the destination.
 * Meanings: RFC 9669 section 4.1. (BigInt would read more simply; bench/interpreter.bench.ts has the figures.)
 */
export type Registers = Int32Array;

/** Quotient and remainder of the last division, in halves: a result of four numbers without an object. */
let result = new Int32Array(4);
const Q = 0;
const R = 2;

/** Divides numbers of 64 bits, given in halves; the divisor is not 0. The least number by -1 is itself. */
type Divide = (ah: number, al: number, bh: number, bl: number) => void;

/**
 * A WebAssembly module: its functions `u` and `s` divide without and with signs, and write quotient and remainder to its
 * memory `m`. On halves that takes about twice as long (bench/rejected/halves.ts).
 */
const DIVIDER = [
  '0061736d01000000', // magic, version
  '01080160047f7f7f7f00', // the type of (func (param $ah $al $bh $bl i32))
  '03030200000503010001', // two functions, one page of memory
  '070d03016d02000175000001730001', // exports: memory m, functions u and s
  '0a7b02', // code
  '3501037e2000ad4220862001ad8421042002ad4220862003ad842105', // locals $a, $b, $q, of 64 bits; $a and $b from their halves
  '410020042005802206370300', // memory[0] = $q = $a / $b
  '41082004200620057e7d3703000b', // memory[8] = $a - $q * $b
  '4301037e2000ad4220862001ad8421042002ad4220862003ad842105', // the same with signs
  '41002005427f51047e420020047d05200420057f0b2206370300', // memory[0] = $q = $b == -1 ? 0 - $a : $a / $b
  '41082004200620057e7d3703000b', // memory[8] = $a - $q * $b
].join('');

/** Where nothing may be compiled, as in some pages. */
const divideBigints =
  (as: (bits: number, n: bigint) => bigint): Divide =>
  (ah, al, bh, bl) => {
    const join = (high: number, low: number): bigint => as(64, (BigInt(high) << 32n) | BigInt(low >>> 0));
    const [a, b] = [join(ah, al), join(bh, bl)];
    new BigInt64Array(result.buffer, 0, 2).set([a / b, a % b]);
  };

let divideUnsigned: Divide = (...halves) => {
  prepare();
  divideUnsigned(...halves);
};
let divideSigned: Divide = (...halves) => {
  prepare();
  divideSigned(...halves);
};

/** Is called with the first division: most programs have none. */
function prepare(): void {
  const bytes = Uint8Array.from(DIVIDER.match(/../g)!, (byte) => Number.parseInt(byte, 16));
  try {
    const made = new WebAssembly.Instance(new WebAssembly.Module(bytes), {}).exports;
    result = new Int32Array((made['m'] as WebAssembly.Memory).buffer, 0, 4);
    divideUnsigned = made['u'] as Divide;
    divideSigned = made['s'] as Divide;
  } catch {
    divideUnsigned = divideBigints(BigInt.asUintN);
    divideSigned = divideBigints(BigInt.asIntN);
  }
}

/** Gives a register the quotient or the remainder of the last division. */
function take(w: Registers, d: number, part: number): void {
  w[d] = result[part]!;
  w[d + 1] = result[part + 1]!;
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
    divideUnsigned(w[d + 1]!, w[d]!, w[s + 1]!, w[s]!);
    take(w, d, Q);
  }
}

/** Unsigned; by zero leaves the destination. */
export function mod64(w: Registers, d: number, s: number): void {
  if (isZero(w, s)) return;
  if ((w[d + 1]! | w[s + 1]!) === 0) w[d] = (w[d]! >>> 0) % (w[s]! >>> 0);
  else {
    divideUnsigned(w[d + 1]!, w[d]!, w[s + 1]!, w[s]!);
    take(w, d, R);
  }
}

/** Truncates towards zero; by zero gives 0; the least value by -1 gives itself. */
export function sdiv64(w: Registers, d: number, s: number): void {
  if (isZero(w, s)) {
    w[d] = 0;
    w[d + 1] = 0;
  } else {
    divideSigned(w[d + 1]!, w[d]!, w[s + 1]!, w[s]!);
    take(w, d, Q);
  }
}

/** Takes the sign of the dividend; by zero leaves the destination. */
export function smod64(w: Registers, d: number, s: number): void {
  if (isZero(w, s)) return;
  divideSigned(w[d + 1]!, w[d]!, w[s + 1]!, w[s]!);
  take(w, d, R);
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
