import { NONE, type Register } from './register.js';

/**
 * What eight bytes of stack hold, a letter for each, the byte at the lowest address last, as the kernel's log prints them:
 *
 *     r   part of a register that was stored     m   something
 *     0   zero                                   ?   nothing yet
 *     p   nothing any more: nobody reads it      d   a dynptr, i an iterator, f flags of interrupts
 */
export type ByteKind = 'r' | 'm' | '0' | '?' | 'p' | 'd' | 'i' | 'f';

/** Eight bytes of stack. Values do not change. */
export interface Slot {
  /** Eight letters: the first is of the byte nearest to the frame pointer. */
  readonly bytes: string;
  /** The register that was stored; what a dynptr or an iterator is. */
  readonly spilled: Register;
}

/** The letters of eight bytes that nobody has written, and of a register that was stored whole. */
export const NOTHING_WRITTEN = '????????';
export const WHOLE = 'rrrrrrrr';

export const EMPTY_SLOT: Slot = { bytes: NOTHING_WRITTEN, spilled: NONE };

export const byteKind = (slot: Slot, index: number): ByteKind => slot.bytes.charAt(index) as ByteKind;

/** A register was stored here: the byte at the lowest address is part of it. */
export const isSpill = (slot: Slot): boolean => slot.bytes.charAt(7) === 'r';
export const isScalarSpill = (slot: Slot): boolean => isSpill(slot) && slot.spilled.kind === 'scalar';

const SPECIAL = new Set(['r', 'd', 'i', 'f']);
/** Something other than bytes is here. */
export const isSpecial = (slot: Slot): boolean => SPECIAL.has(slot.bytes.charAt(7));

/** With `count` letters from `from` on replaced by one. */
export function withBytes(bytes: string, from: number, count: number, kind: ByteKind): string {
  return bytes.slice(0, from) + kind.repeat(count) + bytes.slice(from + count);
}

/** One thing that was here is written over in part: what is left of it are bytes. */
export const scrubbed = (bytes: string): string => bytes.replaceAll(/[^?p]/g, 'm');
