import {
  add,
  below,
  differenceHigh,
  lesser,
  lowOf,
  negate,
  ONE,
  ONES,
  signedBelow,
  signedLowOf,
  subtract,
  sumHigh,
  Word,
  wordOf,
  ZERO_WORD,
} from './word.js';

/**
 * A range of numbers of n bits as an arc of the circle on which 2^n - 1 is next to 0: `size` + 1 numbers from `base` upwards
 * (kernel/bpf/cnum_defs.h). It has one set of bounds whether its numbers are taken as signed or unsigned:
 *
 *            0 | 2^n-1
 *              |
 *        .-----+-----.          unsigned bounds are those of the arc unless it crosses 0 | 2^n-1,
 *       /             \         signed ones unless it crosses 2^(n-1)-1 | -2^(n-1)
 *      |               |
 *       \             /
 *        '-----+-----'
 *              |
 *   2^(n-1) | 2^(n-1)-1
 *
 * The arc of all numbers begins at 0; no numbers at all are a value of their own. As with `Tnum`, the halves of both words are in it.
 */
export class Arc {
  readonly baseHigh: number;
  readonly baseLow: number;
  readonly sizeHigh: number;
  readonly sizeLow: number;

  constructor(baseHigh: number, baseLow: number, sizeHigh: number, sizeLow: number) {
    this.baseHigh = baseHigh;
    this.baseLow = baseLow;
    this.sizeHigh = sizeHigh;
    this.sizeLow = sizeLow;
  }

  get base(): Word {
    return new Word(this.baseHigh, this.baseLow);
  }
  get size(): Word {
    return new Word(this.sizeHigh, this.sizeLow);
  }
  /** One number, and no other. */
  get isOne(): boolean {
    return (this.sizeHigh | this.sizeLow) === 0;
  }
}

const U32_MAX = 0xffff_ffff;

/** So many numbers and one more, from a base upwards. */
export const arcFrom = (base: Word, size: Word): Arc => new Arc(base.high, base.low, size.high, size.low);

export const sameArc = (a: Arc, b: Arc): boolean =>
  a === b ||
  (a.baseLow === b.baseLow &&
    a.sizeLow === b.sizeLow &&
    a.baseHigh === b.baseHigh &&
    a.sizeHigh === b.sizeHigh);

/** Arithmetic of arcs on numbers of some width. Those of 32 bits are in the lower half of a word, with 0 above. */
export class Circle {
  readonly #is32: boolean;
  readonly #max: Word;
  /** The upper half of all numbers but these bits is 0. */
  readonly #upper: 0 | -1;
  readonly #signedMax: Word;
  readonly #signedMin: Word;
  readonly all: Arc;
  /** No number: marked by a base that no whole circle has. */
  readonly none: Arc;

  constructor(bits: 32 | 64) {
    this.#is32 = bits === 32;
    this.#upper = this.#is32 ? 0 : -1;
    this.#max = this.#is32 ? lowOf(ONES) : ONES;
    this.#signedMax = this.#is32 ? new Word(0, 0x7fff_ffff) : new Word(0x7fff_ffff, -1);
    this.#signedMin = add(this.#signedMax, ONE);
    this.all = arcFrom(ZERO_WORD, this.#max);
    this.none = arcFrom(this.#max, this.#max);
  }

  #wrap(value: Word): Word {
    return this.#is32 ? lowOf(value) : value;
  }

  /** A number of this width, taken as signed. */
  signed(value: Word): bigint {
    return this.#is32 ? signedLowOf(value).signed : value.signed;
  }

  /** Whether the first is below the second, both taken as signed. */
  signedBelow(a: Word, b: Word): boolean {
    return this.#is32 ? a.low < b.low : signedBelow(a, b);
  }

  /** From one number upwards to another, which are taken modulo 2^n; it wraps where the second is below the first. */
  between(from: Word, to: Word): Arc {
    const sizeHigh = differenceHigh(to.high, to.low, from.high, from.low) & this.#upper;
    const sizeLow = (to.low - from.low) | 0;
    if (this.#isMax(sizeHigh, sizeLow)) return this.all;
    return new Arc(from.high & this.#upper, from.low, sizeHigh, sizeLow);
  }

  /** The same for numbers of any size. */
  betweenNumbers(from: bigint, to: bigint): Arc {
    return this.between(wordOf(from), wordOf(to));
  }

  only({ high, low }: Word): Arc {
    return new Arc(high & this.#upper, low, 0, 0);
  }

  /** All numbers but one. */
  allBut(value: Word): Arc {
    return arcFrom(this.#wrap(add(value, ONE)), subtract(this.#max, ONE));
  }

  #isMax(high: number, low: number): boolean {
    return low === -1 && high === this.#upper;
  }

  isAll(a: Arc): boolean {
    return a === this.all || ((a.baseHigh | a.baseLow) === 0 && this.#isMax(a.sizeHigh, a.sizeLow));
  }

  isNone(a: Arc): boolean {
    return a === this.none || (this.#isMax(a.baseHigh, a.baseLow) && this.#isMax(a.sizeHigh, a.sizeLow));
  }

  /** Its last number is beyond 2^n - 1. In halves as all that is asked of nearly every instruction: a word in between is an allocation. */
  #crossesZero({ baseHigh, baseLow, sizeHigh, sizeLow }: Arc): boolean {
    const low = (baseLow >>> 0) + (sizeLow >>> 0);
    if (this.#is32) return low > U32_MAX;
    return (baseHigh >>> 0) + (sizeHigh >>> 0) + (low > U32_MAX ? 1 : 0) > U32_MAX;
  }

  /** Whether all numbers of an arc are among those from a base on; that and how many are given in halves. */
  #isWithin(a: Arc, baseHigh: number, baseLow: number, sizeHigh: number, sizeLow: number): boolean {
    const low = (a.baseLow - baseLow) | 0;
    if (this.#is32) {
      const offset = low >>> 0;
      return offset <= sizeLow >>> 0 && a.sizeLow >>> 0 <= (sizeLow >>> 0) - offset;
    }
    const high = differenceHigh(a.baseHigh, a.baseLow, baseHigh, baseLow);
    if (isBelow(sizeHigh, sizeLow, high, low)) return false;
    const restHigh = differenceHigh(sizeHigh, sizeLow, high, low);
    return !isBelow(restHigh, (sizeLow - low) | 0, a.sizeHigh, a.sizeLow);
  }

  contains(a: Arc, { high, low }: Word): boolean {
    if (this.isNone(a)) return false;
    const offset = differenceHigh(high, low, a.baseHigh, a.baseLow) & this.#upper;
    return !isBelow(a.sizeHigh, a.sizeLow, offset, (low - a.baseLow) | 0);
  }

  umin(a: Arc): Word {
    return !a.isOne && this.#crossesZero(a) ? ZERO_WORD : a.base;
  }

  umax(a: Arc): Word {
    if (a.isOne) return a.base;
    return this.#crossesZero(a) ? this.#max : this.#last(a);
  }

  /** The last of its numbers. */
  #last({ baseHigh, baseLow, sizeHigh, sizeLow }: Arc): Word {
    return new Word(sumHigh(baseHigh, baseLow, sizeHigh, sizeLow) & this.#upper, (baseLow + sizeLow) | 0);
  }

  /** From its least number to its greatest, both taken as unsigned: of 32 bits that is an arc of 64 as well. */
  unsigned(a: Arc): Arc {
    return this.#crossesZero(a) ? this.all : a;
  }

  #crossesSign(a: Arc): boolean {
    return this.contains(a, this.#signedMax) && this.contains(a, this.#signedMin);
  }

  smin(a: Arc): Word {
    const { base } = a;
    if (a.isOne) return base;
    if (this.#crossesSign(a)) return this.#signedMin;
    const last = this.#last(a);
    return this.signedBelow(last, base) ? last : base;
  }

  smax(a: Arc): Word {
    const { base } = a;
    if (a.isOne) return base;
    if (this.#crossesSign(a)) return this.#signedMax;
    const last = this.#last(a);
    return this.signedBelow(last, base) ? base : last;
  }

  /** The numbers of both. Where these are two arcs, the smaller of the two given, which has them all. */
  intersect(one: Arc, other: Arc): Arc {
    if (one === other) return one;
    if (this.isNone(one) || this.isNone(other)) return this.none;
    if (this.#isWithin(one, other.baseHigh, other.baseLow, other.sizeHigh, other.sizeLow)) return one;
    if (this.#isWithin(other, one.baseHigh, one.baseLow, one.sizeHigh, one.sizeLow)) return other;
    return below(other.base, one.base) ? this.#overlap(other, one) : this.#overlap(one, other);
  }

  /** The same of two arcs of which neither has the other, the one with the lower base first. */
  #overlap(a: Arc, b: Arc): Arc {
    const { size } = a;
    const offset = subtract(b.base, a.base);
    if (below(subtract(this.#max, offset), b.size)) {
      if (!below(size, offset)) return below(b.size, size) ? b : a;
      return trimmed(a, lesser(size, this.#wrap(add(offset, b.size))));
    }
    if (below(size, offset)) return this.none;
    return trimmed(b, lesser(subtract(size, offset), b.size));
  }

  /** The numbers that are also in an arc from a base on, both words in halves: that is made only where it takes anything off. */
  narrowed(a: Arc, baseHigh: number, baseLow: number, sizeHigh: number, sizeLow: number): Arc {
    const upper = sizeHigh & this.#upper;
    if (this.#isWithin(a, baseHigh, baseLow, upper, sizeLow)) return a;
    return this.intersect(a, new Arc(baseHigh, baseLow, upper, sizeLow));
  }

  add(a: Arc, b: Arc): Arc {
    const high = sumHigh(a.baseHigh, a.baseLow, b.baseHigh, b.baseLow) & this.#upper;
    const low = (a.baseLow + b.baseLow) | 0;
    if (a.isOne && b.isOne) return new Arc(high, low, 0, 0);
    if (this.isNone(a) || this.isNone(b)) return this.none;
    // Whether both sizes together are beyond all numbers.
    const restHigh = differenceHigh(this.#upper, -1, b.sizeHigh, b.sizeLow);
    if (isBelow(restHigh, ~b.sizeLow, a.sizeHigh, a.sizeLow)) return this.all;
    const sizeHigh = sumHigh(a.sizeHigh, a.sizeLow, b.sizeHigh, b.sizeLow);
    return this.#normal(high, low, sizeHigh, (a.sizeLow + b.sizeLow) | 0);
  }

  negate(a: Arc): Arc {
    if (this.isNone(a)) return this.none;
    const { high, low } = this.#wrap(negate(this.#last(a)));
    return this.#normal(high, low, a.sizeHigh, a.sizeLow);
  }

  /** The whole circle begins at 0, whichever numbers it was made of. */
  #normal(high: number, low: number, sizeHigh: number, sizeLow: number): Arc {
    const isWhole =
      this.#isMax(sizeHigh, sizeLow) && !(high === this.#signedMax.high && low === this.#signedMax.low);
    return isWhole ? this.all : new Arc(high, low, sizeHigh, sizeLow);
  }
}

/** Whether a word is below another, both in unsigned halves. */
const isBelow = (high: number, low: number, otherHigh: number, otherLow: number): boolean =>
  high === otherHigh ? low >>> 0 < otherLow >>> 0 : high >>> 0 < otherHigh >>> 0;

/** With fewer numbers: the one there is, if it has so many. */
const trimmed = (arc: Arc, { high, low }: Word): Arc =>
  high === arc.sizeHigh && low === arc.sizeLow ? arc : new Arc(arc.baseHigh, arc.baseLow, high, low);

export const CIRCLE64 = new Circle(64);
export const CIRCLE32 = new Circle(32);
