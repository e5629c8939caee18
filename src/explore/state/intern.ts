import { type Budget, doubled } from '../budget.js';
import { hashOf, Slots } from './slots.js';

/** Gives equal rows of words the same number, counted from 0. Rows are compared in full, so no two are confused. */
export class Interner {
  count = 0;
  /** All rows, one after the other: that of a number from `starts` of it to the next one's. */
  words = new Int32Array(256);
  starts = new Int32Array(64);
  readonly #budget: Budget;
  readonly #slots: Slots;

  constructor(budget: Budget) {
    this.#budget = budget;
    this.#slots = new Slots(budget);
  }

  lengthOf(id: number): number {
    return this.starts[id + 1]! - this.starts[id]!;
  }

  /** A row by its number, valid until the next one is added. */
  row(id: number): Int32Array {
    return this.words.subarray(this.starts[id], this.starts[id + 1]);
  }

  /** `length` words of `row`, copied if they are new. Throws `OutOfRoom`, and has then added nothing. */
  intern(row: Int32Array, length: number = row.length): number {
    const slots = this.#slots;
    const h = hashOf(row, 0, length);
    for (let id = slots.first(h); id >= 0; id = slots.next()) if (this.#is(id, row, length)) return id;
    const from = this.starts[this.count]!;
    while (from + length > this.words.length) this.words = doubled(this.words, this.#budget);
    if (this.count + 2 > this.starts.length) this.starts = doubled(this.starts, this.#budget);
    if (slots.isFull(this.count)) {
      slots.grow();
      for (let id = 0; id < this.count; id += 1)
        slots.place(hashOf(this.words, this.starts[id]!, this.lengthOf(id)), id);
    }
    const id = this.count;
    slots.place(h, id);
    this.words.set(row.subarray(0, length), from);
    this.count += 1;
    this.starts[this.count] = from + length;
    return id;
  }

  #is(id: number, row: Int32Array, length: number): boolean {
    const from = this.starts[id]!;
    if (this.starts[id + 1]! - from !== length) return false;
    const { words } = this;
    for (let i = 0; i < length; i += 1) if (words[from + i] !== row[i]) return false;
    return true;
  }
}
