import { type Budget, doubled } from '../budget.js';

/** Mixes a word into a hash; both halves are 32 bits. */
function mix(h: number, word: number): number {
  let x = Math.imul(h ^ word, 0x9e3779b1);
  x ^= x >>> 15;
  x = Math.imul(x, 0x85ebca77);
  return x ^ (x >>> 13);
}

/** What a typed array takes besides its words, and its places in the two lists and the table. */
const ROW_BYTES = 120;
/** How much is asked for at a time. */
const CHUNK = 1 << 16;

/** Words of memory that rows share: as many as there are so far, within bounds. */
const LEAST_ROOM = 256;
const MOST_ROOM = 1 << 16;

/** Gives equal rows of words the same number, counted from 0. Rows are compared in full, so no two are confused. */
export class Interner {
  readonly rows: Int32Array[] = [];
  /** In all rows. */
  words = 0;
  readonly #budget: Budget;
  /** What may be taken before more is asked for. */
  #granted = CHUNK;
  readonly #hashes: number[] = [];
  #table = new Int32Array(256).fill(-1);
  /** Where the next rows go: to give each memory of its own takes several times as long. */
  #room = new Int32Array(0);

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** Bytes that the rows take, about. */
  get bytes(): number {
    return this.words * 4 + this.rows.length * ROW_BYTES;
  }

  /** `length` words of `words`, copied if they are new. */
  intern(words: Int32Array, length: number = words.length): number {
    // As `mix`, whose second half is only needed once: a thread has hundreds of words.
    let h = length;
    for (let i = 0; i < length; i += 1) {
      h = Math.imul(h ^ words[i]!, 0x9e3779b1);
      h ^= h >>> 15;
    }
    h = mix(h, 0);
    for (let at = h & (this.#table.length - 1); ; at = (at + 1) & (this.#table.length - 1)) {
      const id = this.#table[at]!;
      if (id < 0) break;
      if (this.#hashes[id] === h && same(this.rows[id]!, words, length)) return id;
    }
    return this.#add(this.#copy(words, length), h);
  }

  #copy(words: Int32Array, length: number): Int32Array {
    if (length > this.#room.length)
      this.#room = new Int32Array(Math.max(length, Math.min(this.words, MOST_ROOM), LEAST_ROOM));
    const row = this.#room.subarray(0, length);
    row.set(words.subarray(0, length));
    this.#room = this.#room.subarray(length);
    return row;
  }

  #add(row: Int32Array, h: number): number {
    if (this.bytes + row.byteLength > this.#granted) {
      const more = CHUNK + row.byteLength;
      this.#budget.take(more);
      this.#granted += more;
    }
    const id = this.rows.length;
    this.rows.push(row);
    this.words += row.length;
    this.#hashes.push(h);
    if (this.rows.length * 2 > this.#table.length) {
      this.#table = new Int32Array(this.#table.length * 2).fill(-1);
      for (let i = 0; i <= id; i += 1) this.#place(i);
    } else this.#place(id);
    return id;
  }

  #place(id: number): void {
    const mask = this.#table.length - 1;
    let at = this.#hashes[id]! & mask;
    while (this.#table[at]! >= 0) at = (at + 1) & mask;
    this.#table[at] = id;
  }
}

function same(row: Int32Array, words: Int32Array, length: number): boolean {
  if (row.length !== length) return false;
  for (let i = 0; i < length; i += 1) if (row[i] !== words[i]) return false;
  return true;
}

/** A set of rows of one width, side by side in one array: the states that have been seen. */
export class RowSet {
  readonly width: number;
  count = 0;
  rows: Int32Array;
  readonly #budget: Budget;
  #table: Int32Array;
  #mask: number;

  constructor(width: number, budget: Budget, room = 1024) {
    this.width = width;
    this.#budget = budget;
    this.rows = new Int32Array(width * room);
    this.#table = new Int32Array(room * 4).fill(-1);
    this.#mask = room * 4 - 1;
  }

  /** Bytes that the set takes. */
  get bytes(): number {
    return this.rows.byteLength + this.#table.byteLength;
  }

  #hash(words: Int32Array, at: number): number {
    let h = 0;
    for (let i = 0; i < this.width; i += 1) h = mix(h, words[at + i]!);
    return h & this.#mask;
  }

  /** The number of a row that is in the set; -1 if it is not. */
  find(words: Int32Array): number {
    const { width } = this;
    search: for (let at = this.#hash(words, 0); ; at = (at + 1) & this.#mask) {
      const id = this.#table[at]!;
      if (id < 0) return -1;
      for (let i = 0; i < width; i += 1) if (this.rows[id * width + i] !== words[i]) continue search;
      return id;
    }
  }

  /** The row's number; `count` has grown by one if it is new. Throws `OutOfRoom`, and has then added nothing. */
  add(words: Int32Array): number {
    const { width } = this;
    if ((this.count + 1) * width > this.rows.length) this.rows = doubled(this.rows, this.#budget);
    if ((this.count + 1) * 2 > this.#mask) this.#grow();
    search: for (let at = this.#hash(words, 0); ; at = (at + 1) & this.#mask) {
      const id = this.#table[at]!;
      if (id < 0) {
        this.#table[at] = this.count;
        break;
      }
      const from = id * width;
      for (let i = 0; i < width; i += 1) if (this.rows[from + i] !== words[i]) continue search;
      return id;
    }
    const id = this.count;
    for (let i = 0; i < width; i += 1) this.rows[id * width + i] = words[i]!;
    this.count += 1;
    return id;
  }

  #grow(): void {
    this.#table = doubled(this.#table, this.#budget).fill(-1);
    this.#mask = this.#table.length - 1;
    for (let id = 0; id < this.count; id += 1) {
      let at = this.#hash(this.rows, id * this.width);
      while (this.#table[at]! >= 0) at = (at + 1) & this.#mask;
      this.#table[at] = id;
    }
  }
}

/** Entries of a memo at first, a power of two: a search makes several, and most stay small. */
const FIRST_ENTRIES = 256;

/** Numbers by four words; -1 where there is none. */
export class Memo {
  readonly #budget: Budget;
  #rows = new Int32Array(FIRST_ENTRIES * 5).fill(-1);
  #count = 0;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  clear(): void {
    this.#rows.fill(-1);
    this.#count = 0;
  }

  #slot(a: number, b: number, c: number, d: number): number {
    const m = this.#rows;
    const entries = m.length / 5;
    let at = mix(mix(mix(mix(0, a), b), c), d) & (entries - 1);
    for (;;) {
      const i = at * 5;
      if (m[i + 4] === -1 || (m[i] === a && m[i + 1] === b && m[i + 2] === c && m[i + 3] === d)) return i;
      at = (at + 1) & (entries - 1);
    }
  }

  get(a: number, b: number, c: number, d: number): number {
    return this.#rows[this.#slot(a, b, c, d) + 4]!;
  }

  set(a: number, b: number, c: number, d: number, value: number): void {
    const i = this.#slot(a, b, c, d);
    const m = this.#rows;
    m[i] = a;
    m[i + 1] = b;
    m[i + 2] = c;
    m[i + 3] = d;
    m[i + 4] = value;
    this.#count += 1;
    if (this.#count * 10 < m.length) return;
    this.#rows = doubled(m, this.#budget).fill(-1);
    for (let j = 0; j < m.length; j += 5) {
      if (m[j + 4] === -1) continue;
      const to = this.#slot(m[j]!, m[j + 1]!, m[j + 2]!, m[j + 3]!);
      for (let k = 0; k < 5; k += 1) this.#rows[to + k] = m[j + k]!;
    }
  }
}
