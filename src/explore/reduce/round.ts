import { type Thread, WORD } from '../../machine/thread.js';

/** Most words that a round may write to be found out. */
const MOST_WORDS = 16;

/** Finds out whether a thread that nobody else can stop waits for what nobody will do: whether it goes round a loop. */
export class Round {
  /** The slot that is about to be carried out. */
  slot = 0;
  /** Whether memory may have changed since the last look without having been noted. */
  isUnknown = true;
  #slot = -1;
  readonly #registers = new Int32Array(WORD.immediate);
  /** Words that have been written since the last look, and what they held then. */
  readonly #words = new Int32Array(MOST_WORDS);
  readonly #values = new Int32Array(MOST_WORDS);
  #count = 0;

  /** Memory is about to be written. */
  note(i32: Int32Array, at: number, size: number): void {
    for (let w = at >> 2; w <= (at + size - 1) >> 2; w += 1) {
      if (this.isUnknown || this.#words.subarray(0, this.#count).includes(w)) continue;
      if (this.#count === MOST_WORDS) {
        this.isUnknown = true;
        return;
      }
      this.#words[this.#count] = w;
      this.#values[this.#count] = i32[w]!;
      this.#count += 1;
    }
  }

  /** Whether the thread is where it was at the last look, and registers that are live, a bit each, and memory hold the same. */
  isWhole(thread: Thread, live: number): boolean {
    const { i32 } = thread.memory;
    const { word } = thread;
    const registers = this.#registers;
    let isSame = !this.isUnknown && this.#slot === this.slot;
    for (let i = 0; i < this.#count; i += 1) isSame &&= i32[this.#words[i]!] === this.#values[i];
    for (let i = 0; i < registers.length; i += 1) {
      const now = i32[word + i]!;
      if ((live & (1 << (i >> 1))) !== 0) isSame &&= registers[i] === now;
      registers[i] = now;
    }
    this.isUnknown = false;
    this.#count = 0;
    this.#slot = this.slot;
    return isSame;
  }
}
