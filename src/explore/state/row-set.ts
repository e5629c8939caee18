import { type Budget, doubled } from '../budget.js';
import { hashOf, Slots } from './slots.js';

/** A set of rows of one width, side by side in one array, which are numbered from 0. */
export class RowSet {
  readonly width: number;
  count = 0;
  rows: Int32Array;
  readonly #budget: Budget;
  readonly #slots: Slots;

  constructor(width: number, budget: Budget) {
    this.width = width;
    this.#budget = budget;
    this.rows = new Int32Array(width * 256);
    this.#slots = new Slots(budget);
  }

  /** Bytes that the set takes. */
  get bytes(): number {
    return this.rows.byteLength + this.#slots.bytes;
  }

  /** The number of a row that is in the set; -1 if it is not. */
  find(row: Int32Array): number {
    return this.#find(row, hashOf(row, 0, this.width));
  }

  #find(row: Int32Array, hash: number): number {
    const { width, rows } = this;
    const slots = this.#slots;
    for (let id = slots.first(hash); id >= 0; id = slots.next()) {
      const from = id * width;
      let i = 0;
      while (i < width && rows[from + i] === row[i]) i += 1;
      if (i === width) return id;
    }
    return -1;
  }

  /** The row's number; `count` has grown by one if it is new. Throws `OutOfRoom`, and has then added nothing. */
  add(row: Int32Array): number {
    const slots = this.#slots;
    const { width, count } = this;
    const hash = hashOf(row, 0, width);
    const known = this.#find(row, hash);
    if (known >= 0) return known;
    if ((count + 1) * width > this.rows.length) this.rows = doubled(this.rows, this.#budget);
    if (slots.isFull(count)) {
      slots.grow();
      for (let id = 0; id < count; id += 1) slots.place(hashOf(this.rows, id * width, width), id);
    }
    slots.place(hash, count);
    const { rows } = this;
    for (let i = 0, to = count * width; i < width; i += 1, to += 1) rows[to] = row[i]!;
    this.count = count + 1;
    return count;
  }

  clear(): void {
    this.count = 0;
    this.#slots.clear();
  }
}
