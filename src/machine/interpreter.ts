import { STOP_BLOCKED, STOP_BREAK, STOP_BUDGET, STOP_DONE, STOP_YIELD } from './calls.js';
import type { Engine, Observer, Stop } from './engine.js';
import { makeFault } from './fault.js';
import { interpret, interpretObserved } from './interpreter.generated.js';
import { LeafCall } from './leaf.js';
import type { Machine } from './machine.js';
import type { Thread } from './thread.js';
import { Trap } from './trap.js';

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
  readonly leafCall: LeafCall;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.leafCall = new LeafCall(machine);
  }

  run(thread: Thread, budget: number): Stop {
    return this.#guarded(thread, () => interpret(this.#machine, thread, this.leafCall, budget));
  }

  /** As `run`, telling an observer what happens. */
  observe(thread: Thread, budget: number, observer: Observer): Stop {
    return this.#observed(thread, budget, observer, false);
  }

  /** Executes exactly `count` instructions, unless the thread stops before. */
  step(thread: Thread, count: number, observer: Observer = {}): Stop {
    return this.#observed(thread, count, observer, true);
  }

  #observed(thread: Thread, budget: number, observer: Observer, exact: boolean): Stop {
    return this.#guarded(thread, () =>
      interpretObserved(this.#machine, thread, this.leafCall, budget, observer, exact),
    );
  }

  #guarded(thread: Thread, run: () => number): Stop {
    try {
      return { kind: STOPS[run()]! };
    } catch (e) {
      if (!(e instanceof Trap)) throw e;
      return { kind: 'fault', fault: makeFault(this.#machine, thread, e) };
    }
  }
}
