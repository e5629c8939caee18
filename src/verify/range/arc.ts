import { least, most } from './words.js';

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
  readonly base: bigint;
  readonly size: bigint;
}

/** Arithmetic of arcs on numbers of some width. */
export class Circle {
  readonly #max: bigint;
  readonly #signedMax: bigint;
  readonly #bits: number;
  readonly all: Arc;
  /** No number: marked by a base that no whole circle has. */
  readonly none: Arc;

  constructor(bits: 32 | 64) {
    this.#bits = bits;
    this.#max = (1n << BigInt(bits)) - 1n;
    this.#signedMax = this.#max >> 1n;
    this.all = { base: 0n, size: this.#max };
    this.none = { base: this.#max, size: this.#max };
  }

  #wrap(value: bigint): bigint {
    return BigInt.asUintN(this.#bits, value);
  }

  #signed(value: bigint): bigint {
    return BigInt.asIntN(this.#bits, value);
  }

  /** From one number upwards to another, which are taken modulo 2^n; it wraps where the second is below the first. */
  between(from: bigint, to: bigint): Arc {
    const size = this.#wrap(to - from);
    return { base: size === this.#max ? 0n : this.#wrap(from), size };
  }

  only(value: bigint): Arc {
    return { base: this.#wrap(value), size: 0n };
  }

  /** All numbers but one. */
  allBut(value: bigint): Arc {
    return { base: this.#wrap(value + 1n), size: this.#max - 1n };
  }

  isNone(a: Arc): boolean {
    return a.base === this.#max && a.size === this.#max;
  }

  isOne(a: Arc): boolean {
    return a.size === 0n;
  }

  #crossesZero(a: Arc): boolean {
    return a.size > this.#max - a.base;
  }

  contains(a: Arc, value: bigint): boolean {
    if (this.isNone(a)) return false;
    return this.#wrap(value - a.base) <= a.size;
  }

  umin(a: Arc): bigint {
    if (a.size === 0n) return a.base;
    return this.#crossesZero(a) ? 0n : a.base;
  }

  umax(a: Arc): bigint {
    if (a.size === 0n) return a.base;
    return this.#crossesZero(a) ? this.#max : a.base + a.size;
  }

  #crossesSign(a: Arc): boolean {
    return this.contains(a, this.#signedMax) && this.contains(a, this.#signedMax + 1n);
  }

  smin(a: Arc): bigint {
    if (a.size === 0n) return this.#signed(a.base);
    if (this.#crossesSign(a)) return this.#signed(this.#signedMax + 1n);
    return least(this.#signed(a.base), this.#signed(a.base + a.size));
  }

  smax(a: Arc): bigint {
    if (a.size === 0n) return this.#signed(a.base);
    if (this.#crossesSign(a)) return this.#signedMax;
    return most(this.#signed(a.base), this.#signed(a.base + a.size));
  }

  /** The numbers of both. Where these are two arcs, the smaller of the two given, which has them all. */
  intersect(one: Arc, other: Arc): Arc {
    if (this.isNone(one) || this.isNone(other)) return this.none;
    const [a, b] = one.base > other.base ? [other, one] : [one, other];
    const offset = b.base - a.base;
    if (b.size > this.#max - offset) {
      if (offset <= a.size) return a.size <= b.size ? a : b;
      return { base: a.base, size: least(a.size, this.#wrap(offset + b.size)) };
    }
    if (a.size < offset) return this.none;
    return { base: b.base, size: least(a.size - offset, b.size) };
  }

  add(a: Arc, b: Arc): Arc {
    if (a.size === 0n && b.size === 0n) return { base: this.#wrap(a.base + b.base), size: 0n };
    if (this.isNone(a) || this.isNone(b)) return this.none;
    if (a.size > this.#max - b.size) return this.all;
    return this.#normal(this.#wrap(a.base + b.base), a.size + b.size);
  }

  negate(a: Arc): Arc {
    if (this.isNone(a)) return this.none;
    return this.#normal(this.#wrap(-(a.base + a.size)), a.size);
  }

  /** The whole circle begins at 0, whichever numbers it was made of. */
  #normal(base: bigint, size: bigint): Arc {
    const isWhole = size === this.#max && base !== this.#signedMax;
    return { base: isWhole ? 0n : base, size };
  }
}

export const CIRCLE64 = new Circle(64);
export const CIRCLE32 = new Circle(32);
