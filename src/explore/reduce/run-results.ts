import type { Fault } from '../../machine/fault.js';

/** Where a run has to stop: after how many instructions, and the actors that the next one conflicts with. */
export interface Rewind {
  readonly at: number;
  readonly conflicts: number;
}

/** Moves of one thread without a choice after which there is one all the same: none goes on alone for ever. */
export const LONGEST_TURN = 20_000;

/** What is being run. */
export interface Job {
  readonly actor: number;
  readonly cpu: number;
  readonly task: number;
  readonly isInterrupt: boolean;
  /** Whether nobody else can do anything until this thread is through. */
  readonly isAlone: boolean;
}

/** How a run of one thread ended. */
export const END = {
  /** Its next operation is one that others may see. */
  stopped: 0,
  /** A task's step is over. */
  step: 1,
  /** An interrupt's function has returned. */
  returned: 2,
  /** It waits for something. */
  blocked: 3,
  fault: 4,
} as const;

/**
 * What a run has to tell the search, packed: kind | (number of a program or condition) << 3. `goesOn`: a thread that is
 * alone has come to where its run would have ended otherwise.
 */
export const EVENT = { enter: 0, refused: 1, admitted: 2, put: 3, left: 4, violated: 5, goesOn: 6 } as const;

/**
 * `pending` of a thread that stopped before enter or put returns, or inside one of them before an instruction that lets
 * other tasks run: an effect that has been put off until the thread goes on (see `Instances`) has to happen there.
 */
export const PENDING = 1;

/** The results of all runs, as columns; a run's number is an index into all of them. */
export interface Runs {
  readonly end: number[];
  /** The thread's component afterwards. */
  readonly component: number[];
  /** The number of the current task's structure afterwards. */
  readonly structure: number[];
  readonly shared: number[];
  /** A list of events, by number. */
  readonly events: number[];
  readonly insns: number[];
  /** Instructions after the last call of enter or put; -1 if there was none. */
  readonly deferred: number[];
  /** Actors that its next operation conflicts with. */
  readonly conflicts: number[];
  readonly pending: number[];
  readonly faults: Map<number, Fault>;
  /** Those that were too long to be carried out at once, although their thread was alone. */
  readonly long: Set<number>;
  /** Those whose thread, alone, has come once round a loop that waits for what nobody will do. */
  readonly rounds: Set<number>;
}

export function noRuns(): Runs {
  return {
    end: [],
    component: [],
    structure: [],
    shared: [],
    events: [],
    insns: [],
    deferred: [],
    conflicts: [],
    pending: [],
    faults: new Map(),
    long: new Set(),
    rounds: new Set(),
  };
}

/** Thrown when an assumption proves wrong that the search has relied on so far. */
export class Restart extends Error {}
