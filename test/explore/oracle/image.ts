import type { Memory } from '../../../src/machine/memory.js';

/** Mixes a word and where it lies into a number, differently for each lane. */
function mix(word: number, value: number, lane: number): number {
  let h = Math.imul((word + lane) | 0, 0x9e3779b1);
  h ^= h >>> 15;
  h = Math.imul(h ^ value, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h + lane, 0xc2b2ae35);
  h ^= h >>> 16;
  h = Math.imul(h, 0x27d4eb2f);
  return h ^ (h >>> 15);
}

const LANES = [0x1b873593, 0x4cf5ad43, 0x2745937f] as const;

/** Bytes that are compared at once. */
const BLOCK = 32_768;

/**
 * The whole of a machine's memory, planes and all: what has changed since it was last looked at, the way back, and a
 * hash of every word of it (96 bits, kept up to date word by word).
 *
 * Only the words in which a change is possible are compared after a step; that they were all that changed is made sure
 * of now and then by comparing everything (`check`).
 */
export class Image {
  readonly #i32: Int32Array;
  /** Memory as it was looked at last. */
  readonly #seen: Int32Array;
  readonly #bytes: Buffer;
  readonly #seenBytes: Buffer;
  /** Pairs of a word and what it was before, oldest first. */
  #log = new Int32Array(4096);
  #length = 0;
  /** Stretches of bytes that anything can be in: what was reserved, and what the planes say of it. */
  readonly #stretches: readonly (readonly [number, number])[];
  #a = 0;
  #b = 0;
  #c = 0;

  constructor(memory: Memory) {
    this.#i32 = memory.i32;
    this.#seen = memory.i32.slice();
    this.#bytes = Buffer.from(memory.u8.buffer, memory.u8.byteOffset, memory.u8.byteLength);
    this.#seenBytes = Buffer.from(this.#seen.buffer);
    const end = Math.max(...memory.regions.map((r) => r.end));
    const { limit } = memory;
    this.#stretches = [0, limit, limit + limit / 8].map((from) => [
      from,
      from + (from === 0 ? end : end >> 3) + 8,
    ]);
  }

  /** The hash, a lane each. */
  get lanes(): readonly [number, number, number] {
    return [this.#a, this.#b, this.#c];
  }

  /** Where the way back from here begins. */
  get mark(): number {
    return this.#length;
  }

  /** Takes note of what has changed in words from `from` up to, not including, `to`. */
  capture(from: number, to: number): void {
    const now = this.#i32;
    const seen = this.#seen;
    for (let w = from; w < to; w += 1) if (now[w] !== seen[w]) this.#changed(w);
  }

  /** The same of bytes. */
  captureBytes(at: number, size: number): void {
    this.capture(at >> 2, (at + size + 3) >> 2);
  }

  /** The same of everything. */
  captureAll(): void {
    for (const [from, end] of this.#stretches)
      for (let at = from; at < end; at += BLOCK) {
        const to = Math.min(at + BLOCK, end);
        if (this.#bytes.compare(this.#seenBytes, at, to, at, to) !== 0) this.captureBytes(at, to - at);
      }
  }

  #changed(w: number): void {
    if (this.#length + 2 > this.#log.length) {
      const more = new Int32Array(this.#log.length * 2);
      more.set(this.#log);
      this.#log = more;
    }
    this.#log[this.#length] = w;
    this.#log[this.#length + 1] = this.#seen[w]!;
    this.#length += 2;
    this.#set(w, this.#i32[w]!);
  }

  #set(w: number, value: number): void {
    const before = this.#seen[w]!;
    this.#a ^= mix(w, before, LANES[0]) ^ mix(w, value, LANES[0]);
    this.#b ^= mix(w, before, LANES[1]) ^ mix(w, value, LANES[1]);
    this.#c ^= mix(w, before, LANES[2]) ^ mix(w, value, LANES[2]);
    this.#seen[w] = value;
  }

  /** Puts memory back to what it was at a mark. */
  undo(mark: number): void {
    while (this.#length > mark) {
      this.#length -= 2;
      const w = this.#log[this.#length]!;
      const value = this.#log[this.#length + 1]!;
      this.#set(w, value);
      this.#i32[w] = value;
    }
  }

  /** Throws if something has changed that was not taken note of. */
  check(): void {
    if (this.#bytes.equals(this.#seenBytes)) return;
    const w = this.#i32.findIndex((v, i) => v !== this.#seen[i]);
    throw new Error(`the oracle has not seen that word ${w} of memory changed`);
  }
}
