import type { Bytes } from './bytes.js';

/**
 * How often over all strings together may have the length of the table. Strings may share their ends, so a small table
 * can hold many long strings.
 */
const MOST_SHARED = 8;
/** Longest name: the kernel's and libbpf's are far shorter, and a longer one comes from a damaged table. */
const LONGEST = 4096;

const decoder = new TextDecoder();

/** A table of strings, each ended by a zero byte, known by their offsets. */
export class Strings {
  readonly #bytes: Bytes;
  readonly #known = new Map<number, string>();
  #budget: number;

  constructor(bytes: Bytes) {
    this.#bytes = bytes;
    this.#budget = bytes.length * MOST_SHARED + LONGEST;
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** The string at an offset. `what` is whose name it is, for the diagnostic of one that is out of range. */
  at(offset: number, what: string): string {
    const known = this.#known.get(offset);
    if (known !== undefined) return known;
    const { array } = this.#bytes;
    if (offset >= array.length) throw this.#bytes.fail(offset, `${what} has its name past the end`);
    const end = array.subarray(offset, offset + LONGEST + 1).indexOf(0);
    if (end < 0) {
      const why = array.length - offset > LONGEST ? `is longer than ${LONGEST} bytes` : 'has no end';
      throw this.#bytes.fail(offset, `the name of ${what} ${why}`);
    }
    this.#budget -= end;
    if (this.#budget < 0)
      throw this.#bytes.fail(offset, `its strings overlap more than ${MOST_SHARED} times`);
    const text = decoder.decode(array.subarray(offset, offset + end));
    this.#known.set(offset, text);
    return text;
  }

  /** The bytes of the string at an offset, at most `most` of them; none if it is out of range. */
  bytesAt(offset: number, most: number): Uint8Array {
    const rest = this.#bytes.array.subarray(offset, offset + most);
    const end = rest.indexOf(0);
    return end < 0 ? rest : rest.subarray(0, end);
  }
}
