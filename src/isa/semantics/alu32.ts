import type { Registers } from './alu64.js';

/** 32-bit arithmetic: works on low words, and zeroes the high word of the destination (RFC 9669 section 4.1). */

function put(w: Registers, d: number, value: number): void {
  w[d] = value;
  w[d + 1] = 0;
}

export function mov32(w: Registers, d: number, s: number): void {
  put(w, d, w[s]!);
}

export function add32(w: Registers, d: number, s: number): void {
  put(w, d, w[d]! + w[s]!);
}

export function sub32(w: Registers, d: number, s: number): void {
  put(w, d, w[d]! - w[s]!);
}

export function mul32(w: Registers, d: number, s: number): void {
  put(w, d, Math.imul(w[d]!, w[s]!));
}

/** Unsigned; by zero gives 0. */
export function div32(w: Registers, d: number, s: number): void {
  const by = w[s]! >>> 0;
  put(w, d, by === 0 ? 0 : (w[d]! >>> 0) / by);
}

/** Unsigned; by zero leaves the low word. */
export function mod32(w: Registers, d: number, s: number): void {
  const by = w[s]! >>> 0;
  put(w, d, by === 0 ? w[d]! : (w[d]! >>> 0) % by);
}

/** Truncates towards zero; by zero gives 0; the least value by -1 gives itself. */
export function sdiv32(w: Registers, d: number, s: number): void {
  const by = w[s]!;
  put(w, d, by === 0 ? 0 : (w[d]! / by) | 0);
}

/** Takes the sign of the dividend; by zero leaves the low word. */
export function smod32(w: Registers, d: number, s: number): void {
  const by = w[s]!;
  put(w, d, by === 0 ? w[d]! : w[d]! % by | 0);
}

export function or32(w: Registers, d: number, s: number): void {
  put(w, d, w[d]! | w[s]!);
}

export function and32(w: Registers, d: number, s: number): void {
  put(w, d, w[d]! & w[s]!);
}

export function xor32(w: Registers, d: number, s: number): void {
  put(w, d, w[d]! ^ w[s]!);
}

/** The count is taken modulo 32, here and below. */
export function lsh32(w: Registers, d: number, s: number): void {
  put(w, d, w[d]! << (w[s]! & 31));
}

export function rsh32(w: Registers, d: number, s: number): void {
  put(w, d, w[d]! >>> (w[s]! & 31));
}

export function arsh32(w: Registers, d: number, s: number): void {
  put(w, d, w[d]! >> (w[s]! & 31));
}

export function neg32(w: Registers, d: number): void {
  put(w, d, -w[d]!);
}

export function movsx8to32(w: Registers, d: number, s: number): void {
  put(w, d, (w[s]! << 24) >> 24);
}

export function movsx16to32(w: Registers, d: number, s: number): void {
  put(w, d, (w[s]! << 16) >> 16);
}
