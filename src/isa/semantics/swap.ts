import type { Registers } from './alu64.js';

/**
 * Byte order (RFC 9669 section 4.2): `le` and `be` convert between the host's order and the named one, `bswap` always
 * swaps; each keeps 16, 32 or 64 bits and zeroes the rest. The machine is little endian, so `le` only truncates.
 */

function reverse(x: number): number {
  return ((x & 0xff) << 24) | ((x & 0xff00) << 8) | ((x >>> 8) & 0xff00) | (x >>> 24);
}

function put(w: Registers, d: number, low: number): void {
  w[d] = low;
  w[d + 1] = 0;
}

export function keep16(w: Registers, d: number): void {
  put(w, d, w[d]! & 0xffff);
}

export function keep32(w: Registers, d: number): void {
  put(w, d, w[d]!);
}

export function keep64(_w: Registers, _d: number): void {}

export function swap16(w: Registers, d: number): void {
  put(w, d, reverse(w[d]!) >>> 16);
}

export function swap32(w: Registers, d: number): void {
  put(w, d, reverse(w[d]!));
}

export function swap64(w: Registers, d: number): void {
  const low = w[d]!;
  w[d] = reverse(w[d + 1]!);
  w[d + 1] = reverse(low);
}
