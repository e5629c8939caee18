/** Numbers from 0 to 1, the same for the same seed. */
export function randomOf(seed: number): () => number {
  let state = (Math.imul(seed, 2_654_435_761) ^ 0x9e37_79b9) >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
}

/** A host whose time passes only when it is said to, or when its clock is read. */
export class FakeHost {
  /** Milliseconds that a reading of the clock takes. */
  static readonly READING = 0.00005;
  /** How often the clock was seen to show something else than before. */
  seen = 0;
  #time: number;
  #last = Number.NaN;
  readonly #shown: (time: number) => number;

  /** `shown` is what the clock shows at a time. */
  constructor(shown: (time: number) => number, start = 0) {
    this.#shown = shown;
    this.#time = start;
  }

  pass(ms: number): void {
    this.#time += ms;
  }

  readonly now = (): number => {
    this.#time += FakeHost.READING;
    const shown = this.#shown(this.#time);
    if (shown !== this.#last) this.seen += 1;
    this.#last = shown;
    return shown;
  };
}
