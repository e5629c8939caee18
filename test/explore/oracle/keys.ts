/** Numbers rows of four words in the order in which they come. */
export class Keys {
  count = 0;
  #rows = new Int32Array(4 * 1024);
  #table = new Int32Array(4096).fill(-1);

  /** The number of a row; `count` has grown by one if it is new. */
  add(a: number, b: number, c: number, d: number): number {
    const rows = this.#rows;
    let at = this.#slot(a, b);
    for (; this.#table[at]! >= 0; at = (at + 1) & (this.#table.length - 1)) {
      const row = this.#table[at]! * 4;
      if (rows[row] === a && rows[row + 1] === b && rows[row + 2] === c && rows[row + 3] === d)
        return this.#table[at]!;
    }
    const id = this.count;
    this.#table[at] = id;
    this.count += 1;
    if (this.count * 4 > rows.length) {
      this.#rows = new Int32Array(rows.length * 2);
      this.#rows.set(rows);
    }
    this.#rows.set([a, b, c, d], id * 4);
    if (this.count * 2 > this.#table.length) this.#grow();
    return id;
  }

  /** The rows are hashes already. */
  #slot(a: number, b: number): number {
    return (a ^ Math.imul(b, 0x9e3779b1)) & (this.#table.length - 1);
  }

  #grow(): void {
    this.#table = new Int32Array(this.#table.length * 2).fill(-1);
    for (let id = 0; id < this.count; id += 1) {
      let at = this.#slot(this.#rows[id * 4]!, this.#rows[id * 4 + 1]!);
      while (this.#table[at]! >= 0) at = (at + 1) & (this.#table.length - 1);
      this.#table[at] = id;
    }
  }
}
