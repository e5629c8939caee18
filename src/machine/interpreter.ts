import { STOP_BLOCKED, STOP_BREAK, STOP_BUDGET, STOP_DONE, STOP_TRACKED, STOP_YIELD } from './calls.js';
import type { Engine, Observer, Stop } from './engine.js';
import { interpret, interpretObserved } from './interpreter.generated.js';
import { LeafCall, type TimedCall } from './leaf.js';
import type { Machine } from './machine.js';
import { makeFault } from './make-fault.js';
import type { Thread } from './thread.js';
import { Trap } from './trap.js';
import type { WriteTracker } from './write-tracker.js';
import { readsZero } from './zero-read.js';

const STOPS: Readonly<Record<number, Exclude<Stop['kind'], 'fault'>>> = {
  [STOP_DONE]: 'done',
  [STOP_BUDGET]: 'budget',
  [STOP_BLOCKED]: 'blocked',
  [STOP_BREAK]: 'break',
  [STOP_YIELD]: 'yield',
};

/** The reference engine: one operation after the other, as the table defines them. */
export class Interpreter implements Engine {
  readonly name = 'interp';
  readonly #machine: Machine;
  readonly leafCall: TimedCall;
  /** The observer that was given last, and one that tells both it and the tracker. */
  #given: Observer | undefined;
  #both: Observer | undefined;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.leafCall = new LeafCall(machine);
  }

  run(thread: Thread, budget: number): Stop {
    return this.#guarded(thread, budget, (left) => this.#run(thread, left));
  }

  /** Runs code fast where it is not tracked, and observed where it is. Budgets are checked in the usual places. */
  #run(thread: Thread, budget: number): number {
    const machine = this.#machine;
    const goal = machine.executed + budget;
    for (;;) {
      const stop = interpret(machine, thread, this.leafCall, goal - machine.executed);
      if (stop !== STOP_TRACKED) return stop;
      const { observer } = machine.tracker!;
      const left = goal - machine.executed;
      const end = interpretObserved(machine, thread, this.leafCall, left, observer, false);
      if (end !== STOP_BREAK) return end;
    }
  }

  /** As `run`, telling an observer what happens. */
  observe(thread: Thread, budget: number, observer: Observer): Stop {
    return this.#observed(thread, budget, observer, false);
  }

  /** Executes exactly `count` instructions, unless the thread stops before. */
  step(thread: Thread, count: number, observer: Observer = {}): Stop {
    return this.#observed(thread, count, observer, true);
  }

  #observed(thread: Thread, budget: number, given: Observer, exact: boolean): Stop {
    const { tracker } = this.#machine;
    const observer = tracker === undefined ? given : this.#tracking(tracker, given);
    return this.#guarded(thread, budget, (left) =>
      interpretObserved(this.#machine, thread, this.leafCall, left, observer, exact),
    );
  }

  /** An observer that tells the tracker as well as the one that was given. */
  #tracking(tracker: WriteTracker, given: Observer): Observer {
    if (this.#given !== given) {
      this.#given = given;
      this.#both = {
        ...given,
        instruction: (thread, slot) => {
          tracker.instruction(thread, slot);
          given.instruction?.(thread, slot);
        },
        tail: (thread, slot, fn) => {
          tracker.tail(thread);
          given.tail?.(thread, slot, fn);
        },
      };
    }
    return this.#both!;
  }

  /** Runs until something stops it; goes on after loads that read 0 in place of a fault. */
  #guarded(thread: Thread, budget: number, run: (left: number) => number): Stop {
    const machine = this.#machine;
    const goal = machine.executed + budget;
    for (;;) {
      try {
        return { kind: STOPS[run(goal - machine.executed)]! };
      } catch (e) {
        if (!(e instanceof Trap)) throw e;
        if (!readsZero(machine, thread, e)) return { kind: 'fault', fault: makeFault(machine, thread, e) };
      }
    }
  }
}
