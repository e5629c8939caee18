import { type Budget, doubled } from '../budget.js';
import { RowSet } from './row-set.js';

/** What a turn depends on: see `Turns`. */
export const TURN_KEY = {
  /** The choice that begins it, and how many interrupts the thread is on top of. */
  choice: 0,
  /** Of the thread; of what is below it where an interrupt arrives. */
  component: 1,
  /** Of the task an interrupt is on top of. */
  structure: 2,
  shared: 3,
  /** See `Instances.phasesOf`. */
  phases: 4,
  /** Actors that could do something before the thread goes on: see `Actors`. */
  always: 5,
  ifPreempted: 6,
  ifIrqsOn: 7,
} as const;
const KEYS = 8;

/** What comes of a turn. */
export const TURN = {
  component: 0,
  structure: 1,
  shared: 2,
  /** What happens to instances: see `Instances.sequence`. */
  sequence: 3,
  moves: 4,
  deferred: 5,
  end: 6,
  run: 7,
} as const;
const RESULTS = 8;

/**
 * Whole turns, from one choice to the next, and what comes of them. Several runs of a thread make one turn, since most
 * of what it does conflicts with nothing that anybody else could do. What it comes to depends on the parts of a state
 * that its runs depend on, and on who else there is; nothing is asked of the many other parts.
 */
export class Turns {
  readonly key = new Int32Array(KEYS);
  results = new Int32Array(RESULTS * 256);
  readonly #budget: Budget;
  readonly #known: RowSet;

  constructor(budget: Budget) {
    this.#budget = budget;
    this.#known = new RowSet(KEYS, budget);
  }

  /** Where in `results` those of the turn with this key are; negative if it is not known. */
  find(): number {
    return this.#known.find(this.key) * RESULTS;
  }

  /** Makes room for the results of the turn with this key. */
  add(): number {
    const at = this.#known.count * RESULTS;
    if (at === this.results.length) this.results = doubled(this.results, this.#budget);
    this.#known.add(this.key);
    return at;
  }

  clear(): void {
    this.#known.clear();
  }
}
