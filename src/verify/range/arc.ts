import {
  add,
  below,
  lesser,
  lowOf,
  negate,
  ONE,
  ONES,
  same,
  signedBelow,
  signedLowOf,
  subtract,
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
 * The arc of all numbers begins at 0; no numbers at all are a value of their own.
 */
export interface Arc {
  readonly base: Word;
  readonly size: Word;
}

const U32_MAX = 0xffff_ffff;

export const sameArc = (a: Arc, b: Arc): boolean => a === b || (same(a.base, b.base) && same(a.size, b.size));

/** Arithmetic of arcs on numbers of some width. Those of 32 bits are in the lower half of a word, with 0 above. */
export class Circle {
  readonly #is32: boolean;
  readonly #max: Word;
  readonly #signedMax: Word;
  readonly #signedMin: Word;
  readonly all: Arc;
  /** No number: marked by a base that no whole circle has. */
  readonly none: Arc;

  constructor(bits: 32 | 64) {
    this.#is32 = bits === 32;
    this.#max = this.#is32 ? lowOf(ONES) : ONES;
    this.#signedMax = this.#is32 ? new Word(0, 0x7fff_ffff) : new Word(0x7fff_ffff, -1);
    this.#signedMin = add(this.#signedMax, ONE);
    this.all = { base: ZERO_WORD, size: this.#max };
    this.none = { base: this.#max, size: this.#max };
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
    const size = this.#wrap(subtract(to, from));
    return same(size, this.#max) ? this.all : { base: this.#wrap(from), size };
  }

  /** The same for numbers of any size. */
  betweenNumbers(from: bigint, to: bigint): Arc {
    return this.between(wordOf(from), wordOf(to));
  }

  only(value: Word): Arc {
    return { base: this.#wrap(value), size: ZERO_WORD };
  }

  /** All numbers but one. */
  allBut(value: Word): Arc {
    return { base: this.#wrap(add(value, ONE)), size: subtract(this.#max, ONE) };
  }

  isAll(a: Arc): boolean {
    return a === this.all || (a.base.isZero && same(a.size, this.#max));
  }

  isNone(a: Arc): boolean {
    return a === this.none || (same(a.base, this.#max) && same(a.size, this.#max));
  }

  /** Its last number is beyond 2^n - 1. In halves as all that is asked of nearly every instruction: a word in between is an allocation. */
  #crossesZero({ base, size }: Arc): boolean {
    const low = (base.low >>> 0) + (size.low >>> 0);
    if (this.#is32) return low > U32_MAX;
    return (base.high >>> 0) + (size.high >>> 0) + (low > U32_MAX ? 1 : 0) > U32_MAX;
  }

  /** Whether all numbers of an arc are among those from a base on, which is given in halves. */
  #isWithin(a: Arc, baseHigh: number, baseLow: number, size: Word): boolean {
    const low = (a.base.low - baseLow) | 0;
    if (this.#is32) {
      const offset = low >>> 0;
      return offset <= size.low >>> 0 && a.size.low >>> 0 <= (size.low >>> 0) - offset;
    }
    const high = (a.base.high - baseHigh - (a.base.low >>> 0 < baseLow >>> 0 ? 1 : 0)) | 0;
    if (isBelow(size.high, size.low, high, low)) return false;
    const restHigh = (size.high - high - (size.low >>> 0 < low >>> 0 ? 1 : 0)) | 0;
    return !isBelow(restHigh, (size.low - low) | 0, a.size.high, a.size.low);
  }

  contains(a: Arc, value: Word): boolean {
    if (this.isNone(a)) return false;
    return !below(a.size, this.#wrap(subtract(value, a.base)));
  }

  umin(a: Arc): Word {
    if (a.size.isZero) return a.base;
    return this.#crossesZero(a) ? ZERO_WORD : a.base;
  }

  umax(a: Arc): Word {
    if (a.size.isZero) return a.base;
    return this.#crossesZero(a) ? this.#max : add(a.base, a.size);
  }

  /** From its least number to its greatest, both taken as unsigned: of 32 bits that is an arc of 64 as well. */
  unsigned(a: Arc): Arc {
    return this.#crossesZero(a) ? { base: ZERO_WORD, size: this.#max } : a;
  }

  #crossesSign(a: Arc): boolean {
    return this.contains(a, this.#signedMax) && this.contains(a, this.#signedMin);
  }

  smin(a: Arc): Word {
    if (a.size.isZero) return a.base;
    if (this.#crossesSign(a)) return this.#signedMin;
    const end = this.#wrap(add(a.base, a.size));
    return this.signedBelow(end, a.base) ? end : a.base;
  }

  smax(a: Arc): Word {
    if (a.size.isZero) return a.base;
    if (this.#crossesSign(a)) return this.#signedMax;
    const end = this.#wrap(add(a.base, a.size));
    return this.signedBelow(end, a.base) ? a.base : end;
  }

  /** The numbers of both. Where these are two arcs, the smaller of the two given, which has them all. */
  intersect(one: Arc, other: Arc): Arc {
    if (one === other) return one;
    if (this.isNone(one) || this.isNone(other)) return this.none;
    if (this.#isWithin(one, other.base.high, other.base.low, other.size)) return one;
    if (this.#isWithin(other, one.base.high, one.base.low, one.size)) return other;
    const [a, b] = below(other.base, one.base) ? [other, one] : [one, other];
    const offset = subtract(b.base, a.base);
    if (below(subtract(this.#max, offset), b.size)) {
      if (!below(a.size, offset)) return below(b.size, a.size) ? b : a;
      return trimmed(a, a.base, lesser(a.size, this.#wrap(add(offset, b.size))));
    }
    if (below(a.size, offset)) return this.none;
    return trimmed(b, b.base, lesser(subtract(a.size, offset), b.size));
  }

  /** The same with an arc from a base on: that is made only where it takes anything off. */
  narrowed(a: Arc, baseHigh: number, baseLow: number, size: Word): Arc {
    if (this.#isWithin(a, baseHigh, baseLow, size)) return a;
    return this.intersect(a, { base: new Word(baseHigh, baseLow), size: this.#wrap(size) });
  }

  add(a: Arc, b: Arc): Arc {
    if (a.size.isZero && b.size.isZero) return this.only(add(a.base, b.base));
    if (this.isNone(a) || this.isNone(b)) return this.none;
    if (below(subtract(this.#max, b.size), a.size)) return this.all;
    return this.#normal(this.#wrap(add(a.base, b.base)), add(a.size, b.size));
  }

  negate(a: Arc): Arc {
    if (this.isNone(a)) return this.none;
    return this.#normal(this.#wrap(negate(add(a.base, a.size))), a.size);
  }

  /** The whole circle begins at 0, whichever numbers it was made of. */
  #normal(base: Word, size: Word): Arc {
    const isWhole = same(size, this.#max) && !same(base, this.#signedMax);
    return { base: isWhole ? ZERO_WORD : base, size };
  }
}

/** Whether a word is below another, both in unsigned halves. */
const isBelow = (high: number, low: number, otherHigh: number, otherLow: number): boolean =>
  high === otherHigh ? low >>> 0 < otherLow >>> 0 : high >>> 0 < otherHigh >>> 0;

/** An arc from a base on: the one there is, if that is it. */
const trimmed = (arc: Arc, base: Word, size: Word): Arc => (same(size, arc.size) ? arc : { base, size });

export const CIRCLE64 = new Circle(64);
export const CIRCLE32 = new Circle(32);
