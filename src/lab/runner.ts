import type { Thread } from '../machine/thread.js';
import type { InterruptLevel } from '../syntax/lab-ast.js';
import type { Outcome, Script, StepResult } from './script.js';
import type { InterruptCount } from './triggers.js';

/** What drives a run instruction by instruction: a scheduler, or a schedule that is carried out. */
export interface Runner {
  readonly results: readonly StepResult[];
  /** The thread that executes the next instruction; undefined before `prepare` and when all is over. */
  readonly next: Thread | undefined;
  /** Goes on until `next` is about to execute an instruction; the outcome if there is none. */
  prepare(): Outcome | undefined;
  /** Executes one instruction and prepares the next. */
  step(): Outcome | undefined;
  run(): Outcome;
  /** Remembers all that is not in the machine's memory; what is returned puts it back, as often as wanted. */
  remember(): () => void;
  /** What has become of the scenario's interrupts so far. */
  readonly interrupts: readonly InterruptCount[];
  /** Undefined where nothing can be made to happen in between. */
  readonly byHand: ByHand | undefined;
}

/** What a user can make happen in a run. */
export interface ByHand {
  readonly scripts: readonly Script[];
  isDone(script: Script): boolean;
  /** Lets an interrupt come as soon as its CPU accepts it. */
  raise(cpu: number, level: InterruptLevel, actions: bigint, count: number, text: string): void;
  /** Lets a task run before all others, as soon as its CPU can switch; false if it has nothing left to do. */
  prefer(task: string): boolean;
  /** Makes the next decision fall at once: something has come in between. */
  reconsider(): void;
}
