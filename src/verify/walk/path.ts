import type { Register } from '../state/register.js';

/** So many branches are remembered: those who read of a refusal are not told of more, and a loop has a million. */
const REMEMBERED = 6;

/** A branch on the way to where a walk is. */
interface Taken {
  readonly slot: number;
  readonly isTaken: boolean;
  /** The registers that its operands name, as they are known after it. */
  readonly dst: Register;
  readonly src: Register;
}

/** The way to where a walk is: how many branches it has passed, and the last of them. */
export class Path {
  #count: number;
  /** The branch of number n is at n modulo the length. */
  readonly #ring: Taken[];

  constructor(count = 0, ring: readonly Taken[] = []) {
    this.#count = count;
    this.#ring = ring.slice();
  }

  copy(): Path {
    return new Path(this.#count, this.#ring);
  }

  add(taken: Taken): void {
    this.#ring[this.#count % REMEMBERED] = taken;
    this.#count++;
  }

  get count(): number {
    return this.#count;
  }

  /** The last branches, in their order. */
  get last(): readonly Taken[] {
    const oldest = this.#count % REMEMBERED;
    return this.#count <= REMEMBERED
      ? this.#ring
      : [...this.#ring.slice(oldest), ...this.#ring.slice(0, oldest)];
  }
}
