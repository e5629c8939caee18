import type { Machine } from '../machine.js';
import { I32, I64, type ValueType } from './code.js';
import type { ExitSite } from './exit-site.js';
import type { PlacedOp, Seen } from './graph.js';
import type { Body } from './inline.js';
import type { RegisterSet } from './live.js';
import type { Signature } from './module.js';
import type { FunctionPlan, UnitPlan } from './plan.js';
import type { Finder } from './pointers.js';
import type { Settled } from './settled.js';
import type { ClosedPart } from './slots.js';
import type { Windows } from './windows.js';

/** How compiled code is made. */
export interface CompileOptions {
  /** Test the shadow of every access; without it only for measuring what the test costs. */
  readonly shadow: boolean;
  /** Check the budget; without it only for measuring what that costs. */
  readonly fuel: boolean;
  /** Clear frames, and poison them again when they are closed; without it only for measuring what that costs. */
  readonly frames: boolean;
  /** Keep in locals what only a function's own loads and stores name in its frame. */
  readonly slots: boolean;
  /** Use the processor's atomic instructions in memory of a single thread of the host, too: for measuring what they cost. */
  readonly atomics: boolean;
  /** Test only whether an access is where it is expected to be, where all that is there may always be touched. */
  readonly windows: boolean;
  /** Put small functions in place of their calls. */
  readonly inline: boolean;
  /** How control flow is expressed; `structured` falls back to `dispatch` where loops have more than one entry. */
  readonly flow: 'structured' | 'dispatch';
}

export const DEFAULT_COMPILE: CompileOptions = {
  shadow: true,
  fuel: true,
  frames: true,
  atomics: false,
  slots: true,
  windows: true,
  inline: true,
  flow: 'structured',
};

/** What the writers of a unit's functions share. */
export interface UnitContext {
  readonly machine: Machine;
  readonly options: CompileOptions;
  readonly plan: UnitPlan;
  readonly seen: Seen;
  readonly sites: ExitSite[];
  /** Words that the code relies on as they are, and whether something in the unit could change them. */
  readonly settled: Settled[];
  readonly finder: Finder;
  readonly writesAnywhere: () => boolean;
  /** Where accesses are expected to go; undefined where nothing is. */
  readonly windows: Windows | undefined;
  /** What is imported for a leaf. */
  leafAt(leaf: number): ImportedLeaf;
  /** Globals: offset of the thread's block, and of the lowest byte of its stack. */
  readonly thread: number;
  readonly stackLow: number;
  /** Function index of a called function, by the slot it is entered at. */
  functionAt(slot: number): number;
  /** The body of a called function, if it can be inlined in `caller`, or in another body. */
  inlinable(caller: FunctionPlan | undefined, slot: number): Body | undefined;
  /** What stays closed of a function's frame. */
  closedOf(plan: FunctionPlan): ClosedPart | undefined;
  /** Whether part of some frame may be closed: what is found poisoned may be that, and is tried again once it is open. */
  readonly retries: boolean;
  /** Whether what an instruction does may change what can be touched. */
  isLoud(it: PlacedOp): boolean;
  /** The plan of a called function. */
  calleeAt(slot: number): FunctionPlan;
}

/** A leaf that a module imports, by the index of what runs it. */
export interface ImportedLeaf {
  readonly fn: number;
  /** Of a leaf that is called directly: the globals that hold what it is given, and the function that tells whether a `Trap` was caught. */
  readonly direct?: {
    readonly call: number;
    readonly parts: number;
    readonly isTrap: number;
    readonly returns: boolean;
  };
}

/** The registers of a set, in order. */
export function registersOf(set: RegisterSet): number[] {
  const out: number[] = [];
  for (let n = 0; n < 10; n += 1) if ((set & (1 << n)) !== 0) out.push(n);
  return out;
}

/**
 * Types of compiled functions. The host calls the root with the offset of the thread's block and the budget; it returns
 * what is left. Others get the offset of their frame's end, the budget and the registers they read, and return r0 and
 * what is left. What is left is `LEFT` if the thread has to be left as it is.
 */
export function signatureOf(plan: FunctionPlan): Signature {
  if (plan.root) return { params: [I32, I32], results: [I32] };
  const registers = registersOf(plan.live[0]!).map((): ValueType => I64);
  return { params: [I32, I32, ...registers], results: [I64, I32] };
}
