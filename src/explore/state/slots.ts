import type { Budget } from '../budget.js';

/** A hash of `length` words. */
export function hashOf(words: Int32Array, from: number, length: number): number {
  let h = length;
  for (let i = from; i < from + length; i += 1) {
    h = Math.imul(h ^ words[i]!, 0x9e3779b1);
    h ^= h >>> 15;
  }
  h = Math.imul(h, 0x85ebca77);
  return h ^ (h >>> 13);
}

/**
 * A hash table of numbers counted from 0, at most half full. An entry is a number and 1, and above these bits some of the
 * hash, so that few rows are looked at in vain: where states are many, each look is a wait for memory.
 */
export class Slots {
  readonly #budget: Budget;
  #table = new Int32Array(512);
  #at = 0;
  #tag = 0;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  get bytes(): number {
    return this.#table.byteLength;
  }

  /** The first number that has this hash, as far as the table can tell; -1 if there is none. */
  first(hash: number): number {
    this.#at = hash;
    this.#tag = hash & -(this.#table.length >> 1);
    return this.next();
  }

  /** The next one. */
  next(): number {
    const table = this.#table;
    const mask = table.length - 1;
    const numbers = mask >> 1;
    const tag = this.#tag;
    for (let at = this.#at & mask; ; at = (at + 1) & mask) {
      const entry = table[at]!;
      if (entry !== 0 && (entry & ~numbers) !== tag) continue;
      this.#at = at + 1;
      return (entry & numbers) - 1;
    }
  }

  /** Whether the table has to grow before it has a place for one more than `count` numbers. */
  isFull(count: number): boolean {
    return count + 1 >= this.#table.length >> 1;
  }

  /** Makes it twice as long, and empty. */
  grow(): void {
    const { byteLength, length } = this.#table;
    this.#budget.take(2 * byteLength);
    this.#table = new Int32Array(2 * length);
    this.#budget.give(byteLength);
  }

  place(hash: number, id: number): void {
    const table = this.#table;
    const mask = table.length - 1;
    let at = hash & mask;
    while (table[at] !== 0) at = (at + 1) & mask;
    table[at] = (id + 1) | (hash & ~(mask >> 1));
  }

  clear(): void {
    this.#table.fill(0);
  }
}
