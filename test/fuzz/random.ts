/** A small generator of numbers (splitmix32): the same seed gives the same numbers everywhere. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A 32-bit number, signed. */
  word(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let x = this.#state ^ (this.#state >>> 16);
    x = Math.imul(x, 0x21f0aaad);
    x ^= x >>> 15;
    x = Math.imul(x, 0x735a2d97);
    return x ^ (x >>> 15);
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + ((this.word() >>> 0) % (high - low + 1));
  }

  chance(percent: number): boolean {
    return this.between(0, 99) < percent;
  }

  of<T>(things: readonly T[]): T {
    const thing = things[this.between(0, things.length - 1)];
    if (thing === undefined) throw new Error('nothing to choose from');
    return thing;
  }

  /** Numbers near the edges as well as any. */
  value(): number {
    return this.chance(60)
      ? this.of([0, 1, -1, 2, 3, 7, 8, 31, 32, 63, 64, 255, 0x7fff, 0x7fffffff, -0x80000000])
      : this.word();
  }
}
