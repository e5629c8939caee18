import type { Frame } from './frame.js';
import type { Register } from './register.js';
import { isSpill, type Slot } from './slot.js';

/** What was acquired and must be given back (`struct bpf_reference_state`). */
export interface Reference {
  readonly kind: 'pointer' | 'lock' | 'res_lock' | 'res_lock_irq' | 'irq';
  readonly id: number;
  /** Id of what it is part of; 0: of nothing. */
  readonly parent: number;
  /** Slot of the instruction that acquired it. */
  readonly slot: number;
  /** Of a lock: the map or the type that it is in. */
  readonly owner?: unknown;
}

/** What was looked for from somewhere backwards, and found: registers and slots of one frame, as bits. */
export interface Traced {
  readonly frame: number;
  readonly registers: number;
  /** Slots: the 32 next to the frame pointer, and those below them. */
  readonly near: number;
  readonly far: number;
}

/** Eight bytes of the stack of a frame. */
export interface StackPlace {
  readonly frame: number;
  readonly slot: number;
}

/**
 * A jump, or something else that walking back must know of an instruction. States that share a past share these: there are about as many as
 * instructions walked, so that what few of them have is apart.
 */
export interface HistoryEntry {
  readonly slot: number;
  readonly previous: number;
  /** The one noted before it in the same state, and how many there are up to this one. */
  readonly before: HistoryEntry | undefined;
  readonly count: number;
  /** What was looked for from here; undefined: nothing was. It is replaced, not changed. */
  traced: Traced | undefined;
  /** It reads or writes a slot of the stack as a register. */
  stack: StackPlace | undefined;
  /** An operand of a comparison points to the stack. */
  dstIsStack: boolean;
  srcIsStack: boolean;
  /** Registers and stack slots that learnt of a comparison together. */
  linked: readonly Linked[];
}

export interface Linked {
  readonly frame: number;
  readonly isRegister: boolean;
  /** Number of the register, or of eight bytes of stack. */
  readonly index: number;
}

const NO_REFERENCES: readonly Reference[] = [];

/** All that is known at an instruction (`struct bpf_verifier_state`). */
export class State {
  readonly #frames: Frame[];
  /** The innermost of its functions. */
  frame: Frame;
  /** Copies share it: it is replaced, not changed. */
  references: readonly Reference[] = NO_REFERENCES;
  activeLocks = 0;
  activeLock: { readonly id: number; readonly owner: unknown } | undefined;
  rcuLocks = 0;
  preemptLocks = 0;
  /** Id of the innermost saved flags of interrupts; 0: none. */
  irq = 0;
  isSleepable = false;
  /** What the processor may walk ahead of a condition that does not hold. */
  speculative = false;
  /** The kept state that it came from. */
  parent: State | undefined;
  /** Paths from here that are not walked to their end. */
  branches = 0;
  slot = 0;
  firstSlot = 0;
  lastSlot = -1;
  depth = 0;
  mayGotoDepth = 0;
  callbackDepth = 0;
  /** The last note of the way from the kept state before it. */
  history: HistoryEntry | undefined;
  /** Kept: how often it has been met by an equal one, and by others. */
  hits = 0;
  misses = 0;

  /** In a function; `frames`: those that have called each other, from the outermost to it. */
  constructor(frame: Frame, frames: Frame[] = [frame]) {
    this.#frames = frames;
    this.frame = frame;
  }

  /** From the outermost. */
  get frames(): readonly Frame[] {
    return this.#frames;
  }

  /** Goes into a function. */
  enter(callee: Frame): void {
    this.#frames.push(callee);
    this.frame = callee;
  }

  /** Goes back to the caller. */
  leave(): void {
    const caller = this.#frames[this.#frames.length - 2];
    if (caller === undefined) throw new Error('no function to go back to');
    this.#frames.pop();
    this.frame = caller;
  }

  /** A copy that shares the past. */
  copy(): State {
    const frames = this.#frames.map((frame) => frame.copy());
    const state = new State(frames[frames.length - 1]!, frames);
    state.references = this.references;
    state.activeLocks = this.activeLocks;
    state.activeLock = this.activeLock;
    state.rcuLocks = this.rcuLocks;
    state.preemptLocks = this.preemptLocks;
    state.irq = this.irq;
    state.isSleepable = this.isSleepable;
    state.speculative = this.speculative;
    state.parent = this.parent;
    state.branches = this.branches;
    state.slot = this.slot;
    state.firstSlot = this.firstSlot;
    state.lastSlot = this.lastSlot;
    state.depth = this.depth;
    state.mayGotoDepth = this.mayGotoDepth;
    state.callbackDepth = this.callbackDepth;
    state.history = this.history;
    return state;
  }

  addReference(reference: Reference): void {
    this.references = [...this.references, reference];
  }

  findReference(id: number): Reference | undefined {
    return id === 0 ? undefined : this.references.find((r) => r.kind === 'pointer' && r.id === id);
  }

  isReferenced(register: Register): boolean {
    return register.isPointer && this.findReference(register.id) !== undefined;
  }

  /** Replaces each register, and each that is stored, by what `change` makes of it. */
  mapRegisters(change: (register: Register) => Register): void {
    for (const frame of this.frames) {
      for (let i = 0; i < 10; i++) frame.registers[i] = change(frame.register(i));
      for (let i = 0; i < frame.stack.length; i++) {
        const slot = frame.stack[i]!;
        if (!isSpill(slot)) continue;
        const spilled = change(slot.spilled);
        if (spilled !== slot.spilled) frame.stack[i] = { ...slot, spilled } satisfies Slot;
      }
    }
  }
}
