import type { Registers } from './alu64.js';

/** 32-bit arithmetic: works on low words, and zeroes the high word of the destination (RFC 9669 section 4.1). */

export function mov32(w: Registers, d: number, s: number): void {
  w[d] = w[s]!;
  w[d + 1] = 0;
}

export function add32(w: Registers, d: number, s: number): void {
  w[d] = w[d]! + w[s]!;
  w[d + 1] = 0;
}

export function sub32(w: Registers, d: number, s: number): void {
  w[d] = w[d]! - w[s]!;
  w[d + 1] = 0;
}

export function mul32(w: Registers, d: number, s: number): void {
  w[d] = Math.imul(w[d]!, w[s]!);
  w[d + 1] = 0;
}

/** Unsigned; by zero gives 0. */
export function div32(w: Registers, d: number, s: number): void {
  const by = w[s]! >>> 0;
  w[d] = by === 0 ? 0 : (w[d]! >>> 0) / by;
  w[d + 1] = 0;
}

/** Unsigned; by zero leaves the low word. */
export function mod32(w: Registers, d: number, s: number): void {
  const by = w[s]! >>> 0;
  w[d] = by === 0 ? w[d]! : (w[d]! >>> 0) % by;
  w[d + 1] = 0;
}

/** Truncates towards zero; by zero gives 0; the least value by -1 gives itself. */
export function sdiv32(w: Registers, d: number, s: number): void {
  const by = w[s]!;
  w[d] = by === 0 ? 0 : (w[d]! / by) | 0;
  w[d + 1] = 0;
}

/** Takes the sign of the dividend; by zero leaves the low word. */
export function smod32(w: Registers, d: number, s: number): void {
  const by = w[s]!;
  w[d] = by === 0 ? w[d]! : (w[d]! % by) | 0;
  w[d + 1] = 0;
}

export function or32(w: Registers, d: number, s: number): void {
  w[d] = w[d]! | w[s]!;
  w[d + 1] = 0;
}

export function and32(w: Registers, d: number, s: number): void {
  w[d] = w[d]! & w[s]!;
  w[d + 1] = 0;
}

export function xor32(w: Registers, d: number, s: number): void {
  w[d] = w[d]! ^ w[s]!;
  w[d + 1] = 0;
}

/** The count is taken modulo 32, here and below. */
export function lsh32(w: Registers, d: number, s: number): void {
  w[d] = w[d]! << (w[s]! & 31);
  w[d + 1] = 0;
}

export function rsh32(w: Registers, d: number, s: number): void {
  w[d] = w[d]! >>> (w[s]! & 31);
  w[d + 1] = 0;
}

export function arsh32(w: Registers, d: number, s: number): void {
  w[d] = w[d]! >> (w[s]! & 31);
  w[d + 1] = 0;
}

export function neg32(w: Registers, d: number): void {
  w[d] = -w[d]!;
  w[d + 1] = 0;
}

export function movsx8to32(w: Registers, d: number, s: number): void {
  w[d] = (w[s]! << 24) >> 24;
  w[d + 1] = 0;
}

export function movsx16to32(w: Registers, d: number, s: number): void {
  w[d] = (w[s]! << 16) >> 16;
  w[d + 1] = 0;
}
