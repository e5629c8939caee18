/** Thrown where a search would take more memory than it may. */
export class OutOfRoom extends Error {}

/** Whether what was thrown says that there is no memory for more: the budget's, or the host's. */
export const isOutOfRoom = (e: unknown): boolean =>
  e instanceof OutOfRoom ||
  (e instanceof RangeError && /allocation|array length|array size/i.test(e.message));

/**
 * Bytes of the tables that a search fills. Whoever lets one grow asks before, so that the limit is never passed; what a
 * search begins with, which is little, is not counted.
 */
export class Budget {
  readonly most: number;
  readonly #whole: Budget | undefined;
  #used = 0;

  /** `whole` is the budget that this one is a part of. */
  constructor(most: number, whole?: Budget) {
    this.most = most;
    this.#whole = whole;
  }

  /** A part of it, which can be given back as a whole. */
  part(): Budget {
    return new Budget(this.most, this);
  }

  get used(): number {
    return this.#used;
  }

  /** Throws `OutOfRoom` if that is more than is left. */
  take(bytes: number): void {
    if (this.#used + bytes > this.most) throw new OutOfRoom();
    this.#whole?.take(bytes);
    this.#used += bytes;
  }

  give(bytes: number): void {
    this.#whole?.give(bytes);
    this.#used -= bytes;
  }

  /** Gives back all that it has taken: whoever has it is garbage. */
  close(): void {
    this.give(this.#used);
  }
}

/** Twice as long an array with the same in it; the old one is garbage from then on. */
export function doubled(array: Int32Array, budget: Budget): Int32Array<ArrayBuffer> {
  budget.take(2 * array.byteLength);
  const more = new Int32Array(array.length * 2);
  more.set(array);
  budget.give(array.byteLength);
  return more;
}
