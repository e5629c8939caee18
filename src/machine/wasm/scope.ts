import type { SlotArray } from '../leaf.js';
import type { Label } from './code.js';
import type { InlinedFrame } from './exit-site.js';
import type { FunctionPlan } from './plan.js';
import type { Slot } from './slots.js';

/** True if a function needs to know where its frame is. */
export function usesFrame({ frameSize, graph }: FunctionPlan): boolean {
  return (
    frameSize > 0 ||
    graph.blocks.some((b) => b.ops.some((it) => it.dst === 10 || it.src === 10 || it.op.form === 'may_goto'))
  );
}

/**
 * A value that a lookup in an array has given: the address of a slot, or what is in it; 0 unless that has been ruled out.
 * It stands for what was found last by one call of a leaf in the code.
 */
export class Lookup {
  readonly array: SlotArray;
  /** The same where it is not 0. */
  readonly found: Lookup;

  constructor(array: SlotArray, isFound = false) {
    this.array = array;
    this.found = isFound ? this : new Lookup(array, true);
  }
}

/**
 * What a register is known to hold when code is written: an offset in memory, a per-CPU pointer or a place in the text by
 * its lower half; a distance from the current task's structure, from the end of a frame that is open, or from the slot of
 * an array.
 */
export interface Known {
  readonly base: 'memory' | 'percpu' | 'text' | 'current' | Frame | Scope | Lookup;
  readonly plus: number;
}

export const isSame = (a: Known | undefined, b: Known | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && a.base === b.base && a.plus === b.plus);

/** What is known of the registers r0 to r9. */
export type KnownRegisters = readonly (Known | undefined)[];

/** An inlined body, in place of a call. */
export interface Inlined {
  /** Who calls. */
  readonly caller: Scope;
  /** The frames from the compiled function's on, this one's last. */
  readonly frames: readonly InlinedFrame[];
  /** Locals that keep what the body changes and the caller still needs, by register. */
  readonly saved: ReadonlyMap<number, number>;
  /** Whether what was tested before the body, or one that it is in, is enough for all that it calls. */
  readonly covered: boolean;
  /** Where returning goes. */
  readonly back: Label;
  /** Instructions not yet taken off the budget when control gets there: as many as at the first return written. */
  pending?: number;
}

/**
 * Bodies that are inlined in each other, the innermost first, with what holds r6 to r9 as the caller of each needs them;
 * `register` tells the local of a register.
 */
export function* inlinedBodies(
  innermost: Inlined | undefined,
  register: (n: number) => number,
): Iterable<{
  readonly body: Inlined;
  readonly holders: readonly { readonly n: number; readonly local: number }[];
}> {
  if (innermost === undefined) return;
  let holders = [6, 7, 8, 9].map((n) => ({ n, local: register(n) }));
  for (let body: Inlined | undefined = innermost; body !== undefined; body = body.caller.inlined) {
    const { saved } = body;
    holders = holders.map(({ n, local }) => ({ n, local: saved.get(n) ?? local }));
    yield { body, holders };
  }
}

/** A function's frame, as far as it matters for what is known of registers. */
export interface Frame {
  readonly plan: FunctionPlan;
  /** True if locals say from the beginning where it is: the function uses it. */
  readonly placed: boolean;
  /** Bytes of the frame, from its first on, that are closed. */
  readonly closed: number;
  /** Set where the function is in place of a call. */
  readonly inlined?: Inlined;
}

/** The function whose instructions are being written, and its frame. */
export interface Scope extends Frame {
  /** Locals: offset of the byte after the frame (what r10 points at), and of the frame's first byte. */
  readonly top: number;
  readonly bottom: number;
  /** The locals that hold what is closed, by the place's distance from r10. */
  readonly slots: ReadonlyMap<number, Slot & { readonly local: number }>;
  /** Where the thread is left from, with the frames outside still to be opened. */
  readonly leave: Label;
  /** What is known at the beginning of each block. */
  known: readonly KnownRegisters[];
}
