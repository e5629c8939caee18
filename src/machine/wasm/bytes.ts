/** A growing run of bytes, with the number formats of the WebAssembly binary format (LEB128). */
export class Bytes {
  #data = new Uint8Array(64);
  length = 0;

  #room(more: number): void {
    if (this.length + more <= this.#data.length) return;
    const longer = new Uint8Array(Math.max(this.#data.length * 2, this.length + more));
    longer.set(this.#data.subarray(0, this.length));
    this.#data = longer;
  }

  byte(value: number): void {
    if (this.length === this.#data.length) this.#room(1);
    this.#data[this.length++] = value;
  }

  all(bytes: Uint8Array | readonly number[]): void {
    this.#room(bytes.length);
    this.#data.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** An instruction's number: one byte or two. */
  opcode(code: number): void {
    if (code > 0xff) this.byte(code >> 8);
    this.byte(code & 0xff);
  }

  /** Unsigned, at most 32 bits. */
  unsigned(value: number): void {
    let left = value;
    while (left >= 0x80) {
      this.byte((left & 0x7f) | 0x80);
      left >>>= 7;
    }
    this.byte(left);
  }

  /** Signed, 32 bits. */
  signed(value: number): void {
    let left = value | 0;
    while (left < -64 || left > 63) {
      this.byte((left & 0x7f) | 0x80);
      left >>= 7;
    }
    this.byte(left & 0x7f);
  }

  /** Signed, 64 bits. */
  signed64(value: bigint): void {
    let low = Number(BigInt.asIntN(32, value));
    let high = Number(BigInt.asIntN(32, value >> 32n));
    while (low >> 31 !== high || low < -64 || low > 63) {
      this.byte((low & 0x7f) | 0x80);
      low = (low >>> 7) | (high << 25);
      high >>= 7;
    }
    this.byte(low & 0x7f);
  }

  /** A name: its length in bytes, then UTF-8. */
  name(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.unsigned(bytes.length);
    this.all(bytes);
  }

  /** A view of what was written; it is overwritten by no later write but may be outgrown. */
  view(): Uint8Array<ArrayBuffer> {
    return this.#data.subarray(0, this.length);
  }
}
