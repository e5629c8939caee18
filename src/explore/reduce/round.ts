import { type Thread, WORD } from '../../machine/thread.js';

/** Finds out whether a thread that nobody else can stop waits for what nobody will do: whether it goes round a loop. */
export class Round {
  /** The slot that is about to be carried out. */
  slot = 0;
  /** Whether memory may have been written since the last look. */
  hasWritten = true;
  #slot = -1;
  readonly #registers = new Int32Array(WORD.immediate);

  /** Whether the thread is where it was at the last look, and neither registers nor memory have changed. */
  isWhole(thread: Thread): boolean {
    const { i32 } = thread.memory;
    const { word } = thread;
    const registers = this.#registers;
    let isSame = !this.hasWritten && this.#slot === this.slot;
    for (let i = 0; i < registers.length; i += 1) {
      const now = i32[word + i]!;
      isSame &&= registers[i] === now;
      registers[i] = now;
    }
    this.hasWritten = false;
    this.#slot = this.slot;
    return isSame;
  }
}
