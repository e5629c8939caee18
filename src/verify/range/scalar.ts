import { type Arc, CIRCLE32, CIRCLE64, sameArc } from './arc.js';
import { lowerHalves, withLowerHalves } from './halves.js';
import {
  agrees,
  areLast,
  bitsWithin,
  constantBits,
  highest,
  includesBits,
  isKnown,
  lowBitsWithin,
  lowHalf,
  nextAbove,
  sameBits,
  type Tnum,
  UNKNOWN_BITS,
} from './tnum.js';
import { below, lowOf, same, Word, wordOf, ZERO_WORD } from './word.js';

/** The sign bit of half a word. */
const SIGN = -0x8000_0000;

/**
 * What is in an arc and among the words that bits leave open. These are in an arc themselves, taken as signed numbers if the sign is open:
 * from the least, which has no open bit but that, as many upwards as the open bits make as a number.
 */
function among64(arc: Arc, { valueHigh, valueLow, maskHigh, maskLow }: Tnum): Arc {
  if ((maskHigh & maskLow) === -1) return arc;
  return CIRCLE64.narrowed(arc, valueHigh | (maskHigh & SIGN), valueLow, maskHigh, maskLow);
}

/** The same of the lower half. */
function among32(arc: Arc, { valueLow, maskLow }: Tnum): Arc {
  if (maskLow === -1) return arc;
  return CIRCLE32.narrowed(arc, 0, valueLow | (maskLow & SIGN), 0, maskLow);
}

/**
 * What is known of a word of 64 bits: single bits, a range of it, and a range of its lower half. It stands for the words that are in
 * all three. Values do not change; operations give new ones (`struct bpf_reg_state`: var_off, r64, r32).
 */
export class Scalar {
  readonly bits: Tnum;
  /** Undefined: of the one number that the bits are. Most scalars are one, and nobody asks most of them for a range. */
  #r64: Arc | undefined;
  #r32: Arc | undefined;
  /** What `inStep` gives of it, once that was asked. */
  #stepped: Scalar | undefined;

  constructor(bits: Tnum, r64: Arc | undefined, r32: Arc | undefined) {
    this.bits = bits;
    this.#r64 = r64;
    this.#r32 = r32;
  }

  get r64(): Arc {
    this.#r64 ??= CIRCLE64.only(this.bits.value);
    return this.#r64;
  }
  get r32(): Arc {
    this.#r32 ??= CIRCLE32.only(this.bits.value);
    return this.#r32;
  }

  get umin(): bigint {
    return CIRCLE64.umin(this.r64).unsigned;
  }
  get umax(): bigint {
    return CIRCLE64.umax(this.r64).unsigned;
  }
  get smin(): bigint {
    return CIRCLE64.smin(this.r64).signed;
  }
  get smax(): bigint {
    return CIRCLE64.smax(this.r64).signed;
  }
  get umin32(): bigint {
    return CIRCLE32.umin(this.r32).unsigned;
  }
  get umax32(): bigint {
    return CIRCLE32.umax(this.r32).unsigned;
  }
  get smin32(): bigint {
    return CIRCLE32.signed(CIRCLE32.smin(this.r32));
  }
  get smax32(): bigint {
    return CIRCLE32.signed(CIRCLE32.smax(this.r32));
  }

  /** The word, unsigned, if it is the only one. */
  get constant(): bigint | undefined {
    return isKnown(this.bits) ? this.bits.value.unsigned : undefined;
  }
  /** The lower half, unsigned, if it is the only one. */
  get constant32(): bigint | undefined {
    const { valueLow, maskLow } = this.bits;
    return maskLow === 0 ? new Word(0, valueLow).unsigned : undefined;
  }
  get isConstant(): boolean {
    return isKnown(this.bits);
  }
  /** The number 0, and no other. */
  get isZero(): boolean {
    const { valueHigh, valueLow, maskHigh, maskLow } = this.bits;
    return (valueHigh | valueLow | maskHigh | maskLow) === 0;
  }

  /** No word is left: what led here cannot happen. */
  get isImpossible(): boolean {
    if (this.#r64 === undefined) return false;
    return CIRCLE64.isNone(this.#r64) || CIRCLE32.isNone(this.r32);
  }

  with(parts: { readonly bits?: Tnum; readonly r64?: Arc; readonly r32?: Arc }): Scalar {
    const { bits = this.bits, r64 = this.r64, r32 = this.r32 } = parts;
    return bits === this.bits && r64 === this.r64 && r32 === this.r32 ? this : new Scalar(bits, r64, r32);
  }

  /** The lower half as it is, and the upper half 0: what writing 32 bits of a register gives, before it is in step. */
  zeroExtended(): Scalar {
    const bits = lowHalf(this.bits);
    const r64 = CIRCLE32.unsigned(this.r32);
    return bits === this.bits && sameArc(r64, this.r64) ? this : new Scalar(bits, r64, this.r32);
  }

  /** Nothing is known. */
  get isUnknown(): boolean {
    const { maskHigh, maskLow } = this.bits;
    return (maskHigh & maskLow) === -1 && CIRCLE64.isAll(this.r64) && CIRCLE32.isAll(this.r32);
  }

  /** Lets each of the three learn of the others (reg_bounds_sync). */
  inStep(): Scalar {
    this.#stepped ??= this.#step();
    return this.#stepped;
  }

  #step(): Scalar {
    if (this.#r64 === undefined && this.#r32 === undefined) return this;
    const { bits: known, r64: arc, r32: low32 } = this;
    if (isKnown(known) && arc.isOne) {
      // One word: the usual case, and the end of it unless the parts contradict each other.
      if (low32.isOne) return this;
      const { value } = known;
      if (same(arc.base, value) && CIRCLE32.contains(low32, value)) return constantWord(value);
    }
    if (this.isUnknown) return UNKNOWN;
    if (this.isImpossible) return this;
    let next = narrowedByBits(this);
    for (let i = 0; i < 2; i++) {
      const r32 = CIRCLE32.intersect(next.r32, lowerHalves(next.r64));
      const r64 = withLowerHalves(next.r64, r32);
      // Nothing new: so would the next round be.
      if (sameArc(r32, next.r32) && sameArc(r64, next.r64)) break;
      next = new Scalar(next.bits, r64, r32);
    }
    const { r64, r32 } = next;
    const bits = bitsWithin(next.bits, CIRCLE64.umin(r64), CIRCLE64.umax(r64));
    const low = lowBitsWithin(bits, CIRCLE32.umin(r32), CIRCLE32.umax(r32));
    const last = narrowedByBits(next.with({ bits: low }));
    return last.isUnknown ? UNKNOWN : last;
  }

  /** Whether it stands for all that another does, as far as single bits and the bounds of ranges tell. */
  includes(other: Scalar): boolean {
    return (
      this === other ||
      (includesBits(this.bits, other.bits) &&
        (this.#areNumbers(other) ||
          (hasBounds(CIRCLE64, this.r64, other.r64) && hasBounds(CIRCLE32, this.r32, other.r32))))
    );
  }

  equals(other: Scalar): boolean {
    return (
      this === other ||
      (sameBits(this.bits, other.bits) &&
        (this.#areNumbers(other) || (sameArc(this.r64, other.r64) && sameArc(this.r32, other.r32))))
    );
  }

  /** Of both it is their bits alone that count. */
  #areNumbers(other: Scalar): boolean {
    return this.#r64 === undefined && other.#r64 === undefined;
  }

  /** Whether a word is one of those that it stands for. */
  has(word: bigint): boolean {
    return (
      includesBits(this.bits, constantBits(wordOf(word))) &&
      CIRCLE64.contains(this.r64, wordOf(word)) &&
      CIRCLE32.contains(this.r32, lowOf(wordOf(word)))
    );
  }
}

/** Whether the bounds of an arc, as unsigned and as signed numbers, are outside of another's or the same. */
const hasBounds = (circle: typeof CIRCLE64, a: Arc, b: Arc): boolean =>
  sameArc(a, b) ||
  circle.isAll(a) ||
  (!below(circle.umin(b), circle.umin(a)) &&
    !below(circle.umax(a), circle.umax(b)) &&
    !circle.signedBelow(circle.smin(b), circle.smin(a)) &&
    !circle.signedBelow(circle.smax(a), circle.smax(b)));

/** Narrows the ranges by the bits; where bits and range have one word in common, it is that word. */
export function narrowedByBits(s: Scalar): Scalar {
  const { bits } = s;
  const r32 = among32(s.r32, bits);
  const r64 = among64(s.r64, bits);
  const umin = CIRCLE64.umin(r64);
  // From a number that agrees with the bits, all that follow do if nothing but the last bits is open: they are many.
  if (!r64.isOne && areLast(bits.maskHigh, bits.maskLow) && agrees(bits, umin)) return s.with({ r64, r32 });
  const umax = CIRCLE64.umax(r64);
  const next = nextAbove(bits, umin);
  if (agrees(bits, umin)) {
    if (below(umax, next)) return constantWord(umin);
  } else if (same(next, highest(bits))) {
    return constantWord(next);
  } else if (!below(umax, next) && below(umax, nextAbove(bits, next))) {
    return constantWord(next);
  }
  return s.with({ r64, r32 });
}

/** Narrows the range of the lower half alone. */
export const narrowedByBits32 = (s: Scalar): Scalar => s.with({ r32: among32(s.r32, s.bits) });

export const UNKNOWN = new Scalar(UNKNOWN_BITS, CIRCLE64.all, CIRCLE32.all);

/** One word. */
export const constantWord = (word: Word): Scalar => new Scalar(constantBits(word), undefined, undefined);

/** One word, given signed or unsigned. */
export const constant = (word: bigint): Scalar => constantWord(wordOf(word));

export const ZERO = constantWord(ZERO_WORD);

/** All from one signed number to another. */
export const signedRange = (min: bigint, max: bigint): Scalar =>
  new Scalar(UNKNOWN_BITS, CIRCLE64.betweenNumbers(min, max), CIRCLE32.all).inStep();
