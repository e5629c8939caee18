import { type Thread, WORD } from '../../machine/thread.js';

/** Finds out whether a thread that nobody else can stop waits for what nobody will do: whether it goes round a loop. */
export class Round {
  /** The slot that is about to be carried out. */
  slot = 0;
  /** Whether memory may have changed since the last look without having been noted. */
  isUnknown = true;
  #slot = 0;
  readonly #registers = new Int32Array(WORD.immediate);
  /** Words that have been written since the last look, with what they held then. */
  readonly #before = new Map<number, number>();

  /** Memory is about to be written. */
  note(i32: Int32Array, at: number, size: number): void {
    for (let w = at >> 2; w <= (at + size - 1) >> 2; w += 1)
      if (!this.#before.has(w)) this.#before.set(w, i32[w]!);
  }

  /** Whether the thread is where it was at the last look, and registers that are live, a bit each, and memory hold the same. */
  isWhole({ memory, word }: Thread, live: number): boolean {
    const registers = this.#registers;
    let isSame = !this.isUnknown && this.#slot === this.slot;
    for (const [w, value] of this.#before) isSame &&= memory.i32[w] === value;
    for (let i = 0; i < registers.length; i += 1) {
      const now = memory.i32[word + i]!;
      isSame &&= registers[i] === now || (live & (1 << (i >> 1))) === 0;
      registers[i] = now;
    }
    this.isUnknown = false;
    this.#before.clear();
    this.#slot = this.slot;
    return isSame;
  }
}
