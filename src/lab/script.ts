import type { Task } from '../kernel/task.js';
import type { Fault, FrameLine } from '../machine/fault.js';
import type { Span } from '../text/source.js';
import type { LockWait } from './lock-waits.js';
import type { PlannedStep } from './planned.js';

export type Outcome =
  | { readonly kind: 'finished' }
  | { readonly kind: 'fault'; readonly fault: Fault }
  /**
   * `budget`, `time`, `memory`: it took as many instructions, seconds or bytes as it may; `blocked`: everything waits;
   * `paused`: the end of a schedule, with something left to do.
   */
  | {
      readonly kind: 'budget' | 'time' | 'memory' | 'blocked' | 'paused';
      readonly executed: number;
      readonly where: readonly FrameLine[];
      /** What is begun and not done: for each task its step. */
      readonly unfinished: readonly Unfinished[];
      /** Who goes round until a lock is free. */
      readonly waits: readonly LockWait[];
    };

/** The outcome of a run that does not come to its end. */
export type Stopped = Exclude<Outcome, { readonly kind: 'finished' | 'fault' }>;

/** A step that is not over, of a task that therefore is not. */
export interface Unfinished {
  readonly task: string;
  readonly text: string;
  readonly span: Span;
}

export interface StepResult {
  readonly text: string;
  readonly cpu: number;
  readonly task: string;
  /** r0 of each repetition, as a signed number. */
  readonly results: bigint[];
}

/** A task and how far it is with what it does. */
export interface Script {
  readonly task: Task;
  readonly steps: readonly PlannedStep[];
  /** Index of the step that runs or comes next, and how often it has been done. */
  step: number;
  done: number;
  /** Simulated time at which it goes on; 0 if it does not sleep. */
  wakeAt: number;
}
