import type { Fault } from './fault.js';
import type { Thread } from './thread.js';

/** Why an engine came back. */
export type Stop =
  /** The thread's first function returned; r0 is its result. */
  | { readonly kind: 'done' }
  /** The budget was used up; the thread can go on. */
  | { readonly kind: 'budget' }
  /** A leaf waits for something; the thread is at the call. */
  | { readonly kind: 'blocked' }
  /** A leaf did something that the scheduler has to look at; the thread is after the call. */
  | { readonly kind: 'yield' }
  /** The observer asked to stop before the thread's next instruction. */
  | { readonly kind: 'break' }
  | { readonly kind: 'fault'; readonly fault: Fault };

/**
 * Hears what the machine does, instruction by instruction. Slots are those of the instruction concerned. Observers may
 * read memory but not change it.
 */
export interface Observer {
  /** Asked before each instruction; true stops the thread there. */
  stopBefore?(thread: Thread, slot: number): boolean;
  /** Before an instruction is carried out. */
  instruction?(thread: Thread, slot: number): void;
  /** After a frame for function `fn` was opened; arguments are in r1 to r5. */
  call?(thread: Thread, slot: number, fn: number): void;
  /** After the frame of the function at `slot` was replaced by one of function `fn`; ctx is in r1. */
  tail?(thread: Thread, slot: number, fn: number): void;
  /** Before the frame of the function at `slot` is closed; r0 is the result. */
  return?(thread: Thread, slot: number): void;
  /** Around a leaf. */
  leaf?(thread: Thread, slot: number, leaf: number): void;
  /** After memory was written by an instruction. */
  write?(thread: Thread, slot: number, at: number, size: number): void;
}

/** Executes threads. Both engines give the same results, memory, faults and instruction counts. */
export interface Engine {
  readonly name: string;
  /**
   * Runs until the thread is done, blocked, faulting or has yielded, or `budget` instructions have been executed. The
   * budget is checked when a jump goes back, a function is entered and a function returns, so a run may go a little
   * beyond.
   */
  run(thread: Thread, budget: number): Stop;
}
