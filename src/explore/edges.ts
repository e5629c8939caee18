import { type Budget, doubled } from './budget.js';

/** Which states follow which, in the order in which they were explored. */
export class Edges {
  #starts = new Int32Array(1024);
  #targets = new Int32Array(1024);
  readonly #budget: Budget;
  #states = 0;
  #count = 0;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** Edges that follow are those of the next state. */
  begin(): void {
    if (this.#states === this.#starts.length) this.#starts = doubled(this.#starts, this.#budget);
    this.#starts[this.#states] = this.#count;
    this.#states += 1;
  }

  add(target: number): void {
    if (this.#count === this.#targets.length) this.#targets = doubled(this.#targets, this.#budget);
    this.#targets[this.#count] = target;
    this.#count += 1;
  }

  /** Marks with 1 all states from which one that is marked can be reached. */
  spread(marks: Uint8Array): void {
    for (let changed = true; changed; ) {
      changed = false;
      // Most edges lead to states that were found later.
      for (let i = this.#states - 1; i >= 0; i -= 1) {
        if (marks[i] !== 0) continue;
        const end = i + 1 < this.#states ? this.#starts[i + 1]! : this.#count;
        for (let e = this.#starts[i]!; e < end; e += 1) {
          if (marks[this.#targets[e]!] === 0) continue;
          marks[i] = 1;
          changed = true;
          break;
        }
      }
    }
  }
}
