import type { Access } from '../trap.js';

/**
 * A frame of an inlined body: the host has to fill in its record. A site has those between the compiled function's frame
 * and the instruction's, outermost first.
 */
export interface InlinedFrame {
  readonly fn: number;
  /** Slot after the call. */
  readonly next: number;
  readonly frameSize: number;
}

/** A place where compiled code exits to the host, and what the host has to know about it. */
export type ExitSite =
  /** The budget is used up; the thread is at `slot`. */
  | { readonly kind: 'budget'; readonly slot: number; readonly inlined: readonly InlinedFrame[] }
  /** The instruction in `slot` is for the interpreter. */
  | {
      readonly kind: 'interpret';
      readonly slot: number;
      readonly uncounted: number;
      /** Set where memory was found poisoned that may have been part of a closed frame. */
      readonly retries?: true;
      /** Set where an access goes elsewhere than was expected. */
      readonly misses?: true;
      readonly inlined: readonly InlinedFrame[];
    }
  /** A leaf called in `slot` wants something of the host. */
  | { readonly kind: 'leaf'; readonly slot: number; readonly inlined: readonly InlinedFrame[] }
  /** Memory that must not be touched. */
  | {
      readonly kind: 'access' | 'misaligned';
      readonly slot: number;
      readonly uncounted: number;
      readonly size: number;
      readonly access: Access;
      readonly inlined: readonly InlinedFrame[];
    }
  /** No room for a frame of `size` bytes. */
  | {
      readonly kind: 'overflow';
      readonly slot: number;
      readonly uncounted: number;
      readonly size: number;
      readonly inlined: readonly InlinedFrame[];
    };

/** The value of the remaining budget that means: the callee has left to the host instead of returning. */
export const LEFT = -0x8000_0000;

/** The value that means: there was no room for the callee's frame. The budget that was left is in place of r0. */
export const OVERFLOW = LEFT + 1;
