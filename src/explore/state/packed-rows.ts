import type { Budget } from '../budget.js';
import { RowSet } from './row-set.js';

/** Bits that a column gets at first, and more of at a time. */
const STEP = 4;

/** Rows of numbers in fewer words: each column has bits of its own, all in one word. */
class Packing {
  /** A packed row. */
  readonly row: Int32Array;
  /** Of each column, the bits of a number, the word it is in, and its lowest bit there. */
  readonly #masks: Int32Array;
  readonly #words: Int32Array;
  readonly #shifts: Int32Array;

  constructor(masks: Int32Array) {
    this.#masks = masks;
    this.#words = new Int32Array(masks.length);
    this.#shifts = new Int32Array(masks.length);
    let word = 0;
    let bit = 0;
    masks.forEach((mask, i) => {
      const bits = 32 - Math.clz32(mask);
      if (bit + bits > 32) {
        word += 1;
        bit = 0;
      }
      this.#words[i] = word;
      this.#shifts[i] = bit;
      bit += bits;
    });
    this.row = new Int32Array(word + 1);
  }

  /** One in which the numbers of a row fit, too. */
  with(row: Int32Array): Packing {
    return new Packing(
      this.#masks.map((mask, i) => {
        const bits = STEP * Math.ceil((32 - Math.clz32(row[i]!)) / STEP);
        return bits === 0 ? mask : mask | (-1 >>> (32 - bits));
      }),
    );
  }

  /** Packs into `row`; false if a number does not fit. */
  pack(numbers: Int32Array): boolean {
    const { row } = this;
    const masks = this.#masks;
    const words = this.#words;
    const shifts = this.#shifts;
    let over = 0;
    let word = 0;
    let value = 0;
    for (let i = 0; i < words.length; i += 1) {
      const n = numbers[i]!;
      over |= n & ~masks[i]!;
      if (words[i] !== word) {
        row[word] = value;
        word += 1;
        value = 0;
      }
      value |= n << shifts[i]!;
    }
    row[word] = value;
    return over === 0;
  }

  unpack(packed: Int32Array, from: number, out: Int32Array): void {
    const masks = this.#masks;
    const words = this.#words;
    const shifts = this.#shifts;
    for (let i = 0; i < words.length; i += 1) out[i] = (packed[from + words[i]!]! >>> shifts[i]!) & masks[i]!;
  }
}

/**
 * A set of rows whose columns take as many bits as the largest number in them needs: the states that have been seen. All
 * are packed anew when a column gets wider, which is seldom.
 */
export class PackedRows {
  readonly width: number;
  readonly #budget: Budget;
  #packing: Packing;
  #part: Budget;
  #set: RowSet;

  constructor(width: number, budget: Budget) {
    this.width = width;
    this.#budget = budget;
    this.#part = budget.part();
    this.#packing = new Packing(new Int32Array(width).fill((1 << STEP) - 1));
    this.#set = new RowSet(this.#packing.row.length, this.#part);
  }

  get count(): number {
    return this.#set.count;
  }

  /** Writes a row to `out`. */
  load(id: number, out: Int32Array): void {
    const { rows, width } = this.#set;
    this.#packing.unpack(rows, id * width, out);
  }

  /** The number of a row that is in the set; -1 if it is not. */
  find(row: Int32Array): number {
    return this.#packing.pack(row) ? this.#set.find(this.#packing.row) : -1;
  }

  /** The row's number; `count` has grown by one if it is new. Throws `OutOfRoom`, and has then added nothing. */
  add(row: Int32Array): number {
    if (!this.#packing.pack(row)) this.#widen(row);
    return this.#set.add(this.#packing.row);
  }

  #widen(row: Int32Array): void {
    const packing = this.#packing.with(row);
    const part = this.#budget.part();
    const set = new RowSet(packing.row.length, part);
    const numbers = new Int32Array(this.width);
    try {
      for (let id = 0; id < this.count; id += 1) {
        this.load(id, numbers);
        packing.pack(numbers);
        set.add(packing.row);
      }
    } catch (e) {
      part.close();
      throw e;
    }
    this.#part.close();
    this.#part = part;
    this.#packing = packing;
    this.#set = set;
    packing.pack(row);
  }
}
