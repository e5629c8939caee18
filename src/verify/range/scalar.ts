import { type Arc, CIRCLE32, CIRCLE64 } from './arc.js';
import { lowerHalves, withLowerHalves } from './halves.js';
import {
  bitsBetween,
  constantBits,
  highest,
  includesBits,
  intersectBits,
  isKnown,
  lowHalf,
  nextAbove,
  sameBits,
  type Tnum,
  UNKNOWN_BITS,
  withLowHalf,
} from './tnum.js';
import { S64_MIN, u64 } from './words.js';

const SIGN32 = 1n << 31n;
const SIGN64 = u64(S64_MIN);

/** Arc of the words that bits leave open; the sign bit is the one that counts first where it may be 1. */
function arcOf({ value, mask }: Tnum, sign: bigint, circle: typeof CIRCLE64): Arc {
  const isSigned = ((value | mask) & sign) !== 0n;
  return isSigned
    ? circle.between(value | (mask & sign), value | (mask & ~sign))
    : circle.between(value, value | mask);
}

/**
 * What is known of a word of 64 bits: single bits, a range of it, and a range of its lower half. It stands for the words that are in
 * all three. Values do not change; operations give new ones (`struct bpf_reg_state`: var_off, r64, r32).
 */
export class Scalar {
  readonly bits: Tnum;
  readonly r64: Arc;
  readonly r32: Arc;

  constructor(bits: Tnum, r64: Arc, r32: Arc) {
    this.bits = bits;
    this.r64 = r64;
    this.r32 = r32;
  }

  get umin(): bigint {
    return CIRCLE64.umin(this.r64);
  }
  get umax(): bigint {
    return CIRCLE64.umax(this.r64);
  }
  get smin(): bigint {
    return CIRCLE64.smin(this.r64);
  }
  get smax(): bigint {
    return CIRCLE64.smax(this.r64);
  }
  get umin32(): bigint {
    return CIRCLE32.umin(this.r32);
  }
  get umax32(): bigint {
    return CIRCLE32.umax(this.r32);
  }
  get smin32(): bigint {
    return CIRCLE32.smin(this.r32);
  }
  get smax32(): bigint {
    return CIRCLE32.smax(this.r32);
  }

  /** The word, unsigned, if it is the only one. */
  get constant(): bigint | undefined {
    return isKnown(this.bits) ? this.bits.value : undefined;
  }
  /** The lower half, unsigned, if it is the only one. */
  get constant32(): bigint | undefined {
    const low = lowHalf(this.bits);
    return isKnown(low) ? low.value : undefined;
  }
  get isConstant(): boolean {
    return this.bits.mask === 0n;
  }

  /** No word is left: what led here cannot happen. */
  get isImpossible(): boolean {
    return CIRCLE64.isNone(this.r64) || CIRCLE32.isNone(this.r32);
  }

  with(parts: { readonly bits?: Tnum; readonly r64?: Arc; readonly r32?: Arc }): Scalar {
    return new Scalar(parts.bits ?? this.bits, parts.r64 ?? this.r64, parts.r32 ?? this.r32);
  }

  /** The lower half as it is, and the upper half 0: what writing 32 bits of a register gives, before it is in step. */
  zeroExtended(): Scalar {
    return new Scalar(lowHalf(this.bits), CIRCLE64.between(this.umin32, this.umax32), this.r32);
  }

  /** Lets each of the three learn of the others (reg_bounds_sync). */
  inStep(): Scalar {
    const { bits: known, r64: arc, r32: low32 } = this;
    if (known.mask === 0n && arc.size === 0n) {
      // One word: the usual case, and the end of it unless the parts contradict each other.
      if (low32.size === 0n) return this;
      const isOne = arc.base === known.value && CIRCLE32.contains(low32, BigInt.asUintN(32, known.value));
      if (isOne) return constant(known.value);
    }
    if (this.isImpossible) return this;
    let next = narrowedByBits(this);
    for (let i = 0; i < 2; i++) {
      const r32 = CIRCLE32.intersect(next.r32, lowerHalves(next.r64));
      next = new Scalar(next.bits, withLowerHalves(next.r64, r32), r32);
    }
    const bits = intersectBits(next.bits, bitsBetween(next.umin, next.umax));
    const low = intersectBits(lowHalf(bits), bitsBetween(next.umin32, next.umax32));
    return narrowedByBits(new Scalar(withLowHalf(bits, low), next.r64, next.r32));
  }

  /** Whether it stands for all that another does, as far as single bits and the bounds of ranges tell. */
  includes(other: Scalar): boolean {
    return (
      includesBits(this.bits, other.bits) &&
      this.umin <= other.umin &&
      this.umax >= other.umax &&
      this.smin <= other.smin &&
      this.smax >= other.smax &&
      this.umin32 <= other.umin32 &&
      this.umax32 >= other.umax32 &&
      this.smin32 <= other.smin32 &&
      this.smax32 >= other.smax32
    );
  }

  equals(other: Scalar): boolean {
    return (
      this === other ||
      (sameBits(this.bits, other.bits) && sameArc(this.r64, other.r64) && sameArc(this.r32, other.r32))
    );
  }

  /** Whether a word is one of those that it stands for. */
  has(word: bigint): boolean {
    return (
      includesBits(this.bits, constantBits(word)) &&
      CIRCLE64.contains(this.r64, u64(word)) &&
      CIRCLE32.contains(this.r32, BigInt.asUintN(32, word))
    );
  }
}

const sameArc = (a: Arc, b: Arc): boolean => a.base === b.base && a.size === b.size;

/** Narrows the ranges by the bits; where bits and range have one word in common, it is that word. */
export function narrowedByBits(s: Scalar): Scalar {
  const { bits } = s;
  const r32 = CIRCLE32.intersect(s.r32, arcOf(lowHalf(bits), SIGN32, CIRCLE32));
  const r64 = CIRCLE64.intersect(s.r64, arcOf(bits, SIGN64, CIRCLE64));
  const umin = CIRCLE64.umin(r64);
  const umax = CIRCLE64.umax(r64);
  const next = nextAbove(bits, umin);
  if ((umin & ~bits.mask) === bits.value) {
    if (next > umax) return constant(umin);
  } else if (next === highest(bits)) {
    return constant(next);
  } else if (next <= umax && nextAbove(bits, next) > umax) {
    return constant(next);
  }
  return new Scalar(bits, r64, r32);
}

/** Narrows the range of the lower half alone. */
export const narrowedByBits32 = (s: Scalar): Scalar =>
  s.with({ r32: CIRCLE32.intersect(s.r32, arcOf(lowHalf(s.bits), SIGN32, CIRCLE32)) });

export const UNKNOWN = new Scalar(UNKNOWN_BITS, CIRCLE64.all, CIRCLE32.all);

/** One word, given signed or unsigned. */
export const constant = (word: bigint): Scalar =>
  new Scalar(constantBits(word), CIRCLE64.only(word), CIRCLE32.only(word));

export const ZERO = constant(0n);

/** All from one signed number to another. */
export const signedRange = (min: bigint, max: bigint): Scalar =>
  new Scalar(UNKNOWN_BITS, CIRCLE64.between(min, max), CIRCLE32.all).inStep();
