import { decoded } from '../text/shown.js';
import type { Bytes } from './bytes.js';

/**
 * How many times the length of the table all strings together may have. Strings may share their ends, so a small table
 * can hold many long strings.
 */
const MOST_SHARED = 8;
/** Longest name: the kernel's and libbpf's are far shorter, and a longer one comes from a damaged table. */
const LONGEST = 4096;

/** UTF-8 as text. Nearly all names are short and ASCII; a decoder takes ten times as long for those as this does. */
export function decodeText(bytes: Uint8Array): string {
  if (bytes.length > 256) return decoded(bytes);
  let text = '';
  for (let i = 0; i < bytes.length; i += 1) {
    const b = bytes[i]!;
    if (b >= 0x80) return decoded(bytes);
    text += String.fromCharCode(b);
  }
  return text;
}

/** Where the string at `from` ends, searched up to `limit`; -1 if it does not. */
function endOf(array: Uint8Array, from: number, limit: number): number {
  for (let at = from; at < limit; at += 1) if (array[at] === 0) return at;
  return -1;
}

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
    const end = endOf(array, offset, Math.min(array.length, offset + LONGEST + 1));
    if (end < 0) {
      const why = array.length - offset > LONGEST ? `is longer than ${LONGEST} bytes` : 'has no end';
      throw this.#bytes.fail(offset, `the name of ${what} ${why}`);
    }
    this.#budget -= end - offset;
    if (this.#budget < 0)
      throw this.#bytes.fail(offset, `its strings overlap more than ${MOST_SHARED} times`);
    const text = decodeText(array.subarray(offset, end));
    this.#known.set(offset, text);
    return text;
  }

  /** The bytes of the string at an offset, at most `most` of them; none if it is out of range. */
  bytesAt(offset: number, most: number): Uint8Array {
    const { array } = this.#bytes;
    const limit = Math.min(array.length, offset + most);
    const end = endOf(array, offset, limit);
    return array.subarray(offset, end < 0 ? limit : end);
  }
}
