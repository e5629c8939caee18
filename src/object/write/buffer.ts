/** Bytes that grow at their end: little-endian numbers, and others' bytes. */
export class Buffer {
  #array = new Uint8Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get bytes(): Uint8Array {
    return this.#array.subarray(0, this.#length);
  }

  #grow(by: number): number {
    const at = this.#length;
    this.#length += by;
    if (this.#length > this.#array.length) {
      const larger = new Uint8Array(Math.max(this.#length, 2 * this.#array.length));
      larger.set(this.#array);
      this.#array = larger;
    }
    return at;
  }

  /** Writes 32-bit words. */
  words(...values: readonly number[]): void {
    for (const value of values) {
      const at = this.#grow(4);
      new DataView(this.#array.buffer).setUint32(at, value, true);
    }
  }

  put(bytes: Uint8Array): void {
    const at = this.#grow(bytes.length);
    this.#array.set(bytes, at);
  }

  /** Zeros up to the next multiple of `to`. */
  align(to: number): void {
    this.#grow((to - (this.#length % to)) % to);
  }
}

/** A table of strings, each once and ended by a zero byte; the empty one is at 0. */
export class StringTable {
  readonly #bytes = new Buffer();
  readonly #known = new Map<string, number>([['', 0]]);

  constructor() {
    this.#bytes.put(new Uint8Array(1));
  }

  get bytes(): Uint8Array {
    return this.#bytes.bytes;
  }

  /** Offset of a string, which may have no zero byte in it. */
  at(text: string): number {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const offset = this.#bytes.length;
    this.#bytes.put(new TextEncoder().encode(`${text}\0`));
    this.#known.set(text, offset);
    return offset;
  }
}
