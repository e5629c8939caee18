import type { Registers } from './alu64.js';

/**
 * Byte order (RFC 9669 section 4.2): `le` and `be` convert between the host's order and the named one, `bswap` always
 * swaps; each keeps 16, 32 or 64 bits and zeroes the rest. The machine is little endian, so `le` only truncates.
 */

function reverse(x: number): number {
  return ((x & 0xff) << 24) | ((x & 0xff00) << 8) | ((x >>> 8) & 0xff00) | (x >>> 24);
}

export function keep16(w: Registers, d: number): void {
  w[d] = w[d]! & 0xffff;
  w[d + 1] = 0;
}

export function keep32(w: Registers, d: number): void {
  w[d] = w[d]!;
  w[d + 1] = 0;
}

export function keep64(_w: Registers, _d: number): void {}

export function swap16(w: Registers, d: number): void {
  w[d] = reverse(w[d]!) >>> 16;
  w[d + 1] = 0;
}

export function swap32(w: Registers, d: number): void {
  w[d] = reverse(w[d]!);
  w[d + 1] = 0;
}

export function swap64(w: Registers, d: number): void {
  const low = w[d]!;
  w[d] = reverse(w[d + 1]!);
  w[d + 1] = reverse(low);
}
