import type { Code } from '../text/codes.js';
import { hex, malformed } from './malformed.js';

/**
 * A part of the file that is read at offsets taken from the file: numbers in the file's byte order, every access checked. What
 * reaches past the end throws a diagnostic that says where in the file it was.
 */
export class Bytes {
  readonly array: Uint8Array;
  /** Made when it is first needed: most sections are only looked at. */
  #made: DataView | undefined;
  readonly #code: Code;
  readonly #where: string;
  /** Offset in the file. */
  readonly base: number;
  readonly isBig: boolean;

  constructor(array: Uint8Array, code: Code, where: string, base: number, isBig = false) {
    this.array = array;
    this.isBig = isBig;
    this.#code = code;
    this.#where = where;
    this.base = base;
  }

  get #view(): DataView {
    this.#made ??= new DataView(this.array.buffer, this.array.byteOffset, this.array.byteLength);
    return this.#made;
  }

  get length(): number {
    return this.array.length;
  }

  /** `section 3 .BTF, file offset 0x123`: how diagnostics name a place. */
  place(at: number): string {
    return `${this.#where}, file offset ${hex(this.base + at)}`;
  }

  #need(at: number, size: number, what: string): void {
    if (at >= 0 && at + size <= this.length) return;
    throw malformed(
      this.#code,
      `${this.#where}: ${what} at ${hex(at)} needs ${size} bytes, but there are ${this.length}`,
    );
  }

  u8(at: number, what: string): number {
    this.#need(at, 1, what);
    return this.#view.getUint8(at);
  }

  u16(at: number, what: string): number {
    this.#need(at, 2, what);
    return this.#view.getUint16(at, !this.isBig);
  }

  u32(at: number, what: string): number {
    this.#need(at, 4, what);
    return this.#view.getUint32(at, !this.isBig);
  }

  /** Exact below 2^53. Larger values are rounded, and still too large for every check against a size. */
  u64(at: number, what: string): number {
    this.#need(at, 8, what);
    const [low, high] = this.isBig ? [at + 4, at] : [at, at + 4];
    return this.#view.getUint32(high, !this.isBig) * 2 ** 32 + this.#view.getUint32(low, !this.isBig);
  }

  big64(at: number, what: string): bigint {
    this.#need(at, 8, what);
    return this.#view.getBigUint64(at, !this.isBig);
  }

  part(at: number, size: number, what: string): Uint8Array {
    this.#need(at, size, what);
    return this.array.subarray(at, at + size);
  }

  /** The same checks and the same account of places for a part of it. */
  within(at: number, size: number, what: string): Bytes {
    const where = `${this.#where}, ${what}`;
    return new Bytes(this.part(at, size, what), this.#code, where, this.base + at, this.isBig);
  }

  fail(at: number, message: string): Error {
    return malformed(this.#code, `${this.place(at)}: ${message}`);
  }
}
