import { numberBytes } from '../kernel/map/bytes.js';
import type { MapDefinition } from '../kernel/map/definition.js';
import type { Findings } from '../text/findings.js';
import { formatRange } from '../text/range.js';
import type { Span } from '../text/source.js';

/** Refuses a number that would lose bits in `size` bytes, or in the part of one that a bit field is. */
export function checkFits(value: bigint, size: number, what: string, at: Span, findings: Findings): void {
  const bits = BigInt(Math.min(8, size) * 8);
  if (value < 1n << bits && value >= -(1n << (bits - 1n))) return;
  const room = Number.isInteger(size) ? `${size} bytes` : `${bits} bits`;
  findings.error('B0406', `${value} does not fit into the ${room} of ${what}`, {
    span: at,
    expected: formatRange(-(1n << (bits - 1n)), (1n << bits) - 1n),
  });
}

export function checkKey(key: bigint, map: MapDefinition, at: Span, findings: Findings): void {
  checkFits(key, map.keySize, `a key of ${map.name}`, at, findings);
}

/** A number as bytes of a key or value, sign-extended where it is wider than 8 bytes. */
export function wideBytes(value: bigint, size: number): Uint8Array {
  const bytes = numberBytes(value, size);
  return value < 0n && size > 8 ? bytes.fill(0xff, 8) : bytes;
}
