import { type Arc, CIRCLE32, CIRCLE64, type Circle } from './arc.js';
import type { Scalar } from './scalar.js';
import {
  andBits,
  bitsOverlap,
  constantBits,
  highest,
  intersectBits,
  isKnown,
  lowHalf,
  orBits,
  type Tnum,
  withLowHalf,
} from './tnum.js';
import { add, and, below, not, ONE, ONES, same, subtract, Word, ZERO_WORD } from './word.js';

/** How two words are compared, in the spelling of the instruction table; `!&`: they have no 1 in common. */
export type Comparison = '==' | '!=' | '>' | '>=' | '<' | '<=' | 's>' | 's>=' | 's<' | 's<=' | '&' | '!&';

const OPPOSITES: Readonly<Record<Comparison, Comparison>> = {
  '==': '!=',
  '!=': '==',
  '>': '<=',
  '>=': '<',
  '<': '>=',
  '<=': '>',
  's>': 's<=',
  's>=': 's<',
  's<': 's>=',
  's<=': 's>',
  '&': '!&',
  '!&': '&',
};
/** The comparison that holds exactly where another does not. */
const opposite = (c: Comparison): Comparison => OPPOSITES[c];

const MIRRORS: Readonly<Record<Comparison, Comparison>> = {
  '==': '==',
  '!=': '!=',
  '>': '<',
  '>=': '<=',
  '<': '>',
  '<=': '>=',
  's>': 's<',
  's>=': 's<=',
  's<': 's>',
  's<=': 's>=',
  '&': '&',
  '!&': '!&',
};
/** The comparison with its operands exchanged. */
export const mirror = (c: Comparison): Comparison => MIRRORS[c];

const COMPARISONS: ReadonlySet<string> = new Set(Object.keys(MIRRORS));
export const isComparison = (text: string): text is Comparison => COMPARISONS.has(text);

type Pair = readonly [a: Scalar, b: Scalar];

/** What a branch can say: whether it is taken, if that is certain, and what is known of both operands on either side. */
export interface Branching {
  readonly taken: boolean | undefined;
  readonly ifTrue: Pair;
  readonly ifFalse: Pair;
}

const swapped = ([a, b]: Pair): Pair => [b, a];

/** The range in the width of a comparison, and the circle that it is of. */
const arcOf = (s: Scalar, is32: boolean): Arc => (is32 ? s.r32 : s.r64);
const circleOf = (is32: boolean): Circle => (is32 ? CIRCLE32 : CIRCLE64);
const withArc = (s: Scalar, is32: boolean, arc: Arc): Scalar => s.with(is32 ? { r32: arc } : { r64: arc });

/** The number, unsigned, if it is the only one in the width of the comparison. */
function knownPart({ bits }: Scalar, is32: boolean): Word | undefined {
  if (is32) return bits.maskLow === 0 ? new Word(0, bits.valueLow) : undefined;
  return isKnown(bits) ? bits.value : undefined;
}

/** With a change of bits in the width of the comparison. */
const withBits = (s: Scalar, is32: boolean, change: (bits: Tnum) => Tnum): Scalar =>
  s.with({ bits: is32 ? withLowHalf(s.bits, change(lowHalf(s.bits))) : change(s.bits) });

function ifEqual(a: Scalar, b: Scalar, is32: boolean): Pair {
  if (is32) {
    const r32 = CIRCLE32.intersect(a.r32, b.r32);
    const low = intersectBits(lowHalf(a.bits), lowHalf(b.bits));
    const of = (s: Scalar): Scalar => s.with({ r32, bits: withLowHalf(s.bits, low) });
    return [of(a), of(b)];
  }
  const parts = { r64: CIRCLE64.intersect(a.r64, b.r64), bits: intersectBits(a.bits, b.bits) };
  return [a.with(parts), b.with(parts)];
}

/** Only a number that is known excludes anything. */
function withKnown(a: Scalar, b: Scalar, is32: boolean, learn: (s: Scalar, known: Word) => Scalar): Pair {
  const right = knownPart(b, is32);
  if (right !== undefined) return [learn(a, right), b];
  const left = knownPart(a, is32);
  return left === undefined ? [a, b] : [a, learn(b, left)];
}

const isPowerOfTwo = (value: Word): boolean => !value.isZero && and(value, subtract(value, ONE)).isZero;

/** Keeps of the range of `s` what lies from one number to another. */
function within(s: Scalar, is32: boolean, from: Word, to: Word): Scalar {
  const circle = circleOf(is32);
  return withArc(s, is32, circle.intersect(arcOf(s, is32), circle.between(from, to)));
}

/** Where the first is below the second by at least `gap`; the second learns from what the first has become. */
function ifBelow(a: Scalar, b: Scalar, is32: boolean, gap: Word): Pair {
  const circle = circleOf(is32);
  const left = within(a, is32, ZERO_WORD, subtract(circle.umax(arcOf(b, is32)), gap));
  return [left, within(b, is32, add(circle.umin(arcOf(left, is32)), gap), ONES)];
}

/** The least signed number of each width; one less is the greatest. */
const LEAST_64 = new Word(-0x8000_0000, 0);
const LEAST_32 = new Word(-1, -0x8000_0000);

function ifBelowSigned(a: Scalar, b: Scalar, is32: boolean, gap: Word): Pair {
  const circle = circleOf(is32);
  const least = is32 ? LEAST_32 : LEAST_64;
  const left = within(a, is32, least, subtract(circle.smax(arcOf(b, is32)), gap));
  return [left, within(b, is32, add(circle.smin(arcOf(left, is32)), gap), subtract(least, ONE))];
}

/** What is known of both operands where a comparison holds; their three parts are not in step yet (regs_refine_cond_op). */
function whereHolds(c: Comparison, a: Scalar, b: Scalar, is32: boolean): Pair {
  switch (c) {
    case '==':
      return ifEqual(a, b, is32);
    case '!=':
      return withKnown(a, b, is32, (s, known) => {
        const circle = circleOf(is32);
        return withArc(s, is32, circle.intersect(arcOf(s, is32), circle.allBut(known)));
      });
    case '&':
      return withKnown(a, b, is32, (s, known) =>
        isPowerOfTwo(known) ? withBits(s, is32, (bits) => orBits(bits, constantBits(known))) : s,
      );
    case '!&':
      return withKnown(a, b, is32, (s, known) =>
        withBits(s.with({ r64: CIRCLE64.all, r32: CIRCLE32.all }), is32, (bits) =>
          andBits(bits, constantBits(not(known))),
        ),
      );
    case '<=':
      return ifBelow(a, b, is32, ZERO_WORD);
    case '<':
      return ifBelow(a, b, is32, ONE);
    case 's<=':
      return ifBelowSigned(a, b, is32, ZERO_WORD);
    case 's<':
      return ifBelowSigned(a, b, is32, ONE);
    case '>':
    case '>=':
    case 's>':
    case 's>=':
      return swapped(whereHolds(mirror(c), b, a, is32));
    default:
      return c satisfies never;
  }
}

const inStep = ([a, b]: Pair): Pair => [a.inStep(), b.inStep()];
const isImpossible = ([a, b]: Pair): boolean => a.isImpossible || b.isImpossible;

/** Whether no number is between the bounds of both, as unsigned or as signed numbers. */
function apart(circle: Circle, a: Arc, b: Arc): boolean {
  return (
    below(circle.umax(b), circle.umin(a)) ||
    below(circle.umax(a), circle.umin(b)) ||
    circle.signedBelow(circle.smax(b), circle.smin(a)) ||
    circle.signedBelow(circle.smax(a), circle.smin(b))
  );
}

/** Whether two scalars are certainly equal, or certainly not. */
function equality(a: Scalar, b: Scalar, is32: boolean): boolean | undefined {
  const left = is32 ? lowHalf(a.bits) : a.bits;
  const right = is32 ? lowHalf(b.bits) : b.bits;
  if (isKnown(left) && isKnown(right)) return same(left.value, right.value);
  if (!bitsOverlap(left, right)) return false;
  if (!is32 && apart(CIRCLE64, a.r64, b.r64)) return false;
  return apart(CIRCLE32, a.r32, b.r32) ? false : undefined;
}

/** Whether the first is certainly above, or certainly not. */
function above(a: Scalar, b: Scalar, is32: boolean): boolean | undefined {
  const circle = circleOf(is32);
  const [one, other] = [arcOf(a, is32), arcOf(b, is32)];
  if (below(circle.umax(other), circle.umin(one))) return true;
  return below(circle.umin(other), circle.umax(one)) ? undefined : false;
}

/** The same of signed numbers. */
function aboveSigned(a: Scalar, b: Scalar, is32: boolean): boolean | undefined {
  const circle = circleOf(is32);
  const [one, other] = [arcOf(a, is32), arcOf(b, is32)];
  if (circle.signedBelow(circle.smax(other), circle.smin(one))) return true;
  return circle.signedBelow(circle.smin(other), circle.smax(one)) ? undefined : false;
}

const opposed = (certain: boolean | undefined): boolean | undefined =>
  certain === undefined ? undefined : !certain;

function commonBit(a: Scalar, b: Scalar, is32: boolean): boolean | undefined | 'unknown' {
  const [tested, known] = knownPart(b, is32) === undefined ? [b, a] : [a, b];
  const mask = knownPart(known, is32);
  if (mask === undefined) return 'unknown';
  const bits = is32 ? lowHalf(tested.bits) : tested.bits;
  if (!and(bits.value, mask).isZero) return true;
  return and(highest(bits), mask).isZero ? false : undefined;
}

/** Two numbers compared; both are unsigned, of the width of the comparison. */
function compare(c: Comparison, a: Word, b: Word, is32: boolean): boolean {
  const circle = circleOf(is32);
  switch (c) {
    case '==':
      return same(a, b);
    case '!=':
      return !same(a, b);
    case '&':
      return !and(a, b).isZero;
    case '!&':
      return and(a, b).isZero;
    case '>':
      return below(b, a);
    case '>=':
      return !below(a, b);
    case '<':
      return below(a, b);
    case '<=':
      return !below(b, a);
    case 's>':
      return circle.signedBelow(b, a);
    case 's>=':
      return !circle.signedBelow(a, b);
    case 's<':
      return circle.signedBelow(a, b);
    case 's<=':
      return !circle.signedBelow(b, a);
    default:
      return c satisfies never;
  }
}

/** What bounds alone say of a comparison. `unknown`: nothing, and nothing is learnt on either side. */
function certain(c: Comparison, a: Scalar, b: Scalar, is32: boolean): boolean | undefined | 'unknown' {
  const left = knownPart(a, is32);
  const right = knownPart(b, is32);
  if (left !== undefined && right !== undefined) return compare(c, left, right, is32);
  switch (c) {
    case '==':
      return equality(a, b, is32);
    case '!=':
      return opposed(equality(a, b, is32));
    case '&':
      return commonBit(a, b, is32);
    case '!&': {
      const common = commonBit(a, b, is32);
      return common === 'unknown' ? common : opposed(common);
    }
    case '>':
      return above(a, b, is32);
    case '<':
      return above(b, a, is32);
    case '>=':
      return opposed(above(b, a, is32));
    case '<=':
      return opposed(above(a, b, is32));
    case 's>':
      return aboveSigned(a, b, is32);
    case 's<':
      return aboveSigned(b, a, is32);
    case 's>=':
      return opposed(aboveSigned(b, a, is32));
    case 's<=':
      return opposed(aboveSigned(a, b, is32));
    default:
      return c satisfies never;
  }
}

/** A word compared with itself. */
function withItself(c: Comparison, s: Scalar, is32: boolean): boolean | undefined {
  switch (c) {
    case '==':
    case '>=':
    case '<=':
    case 's>=':
    case 's<=':
      return true;
    case '!=':
    case '>':
    case '<':
    case 's>':
    case 's<':
      return false;
    case '&':
    case '!&': {
      const known = knownPart(s, is32);
      const circle = circleOf(is32);
      const arc = arcOf(s, is32);
      const isNever0 =
        circle.signedBelow(ZERO_WORD, circle.smin(arc)) || circle.signedBelow(circle.smax(arc), ZERO_WORD);
      const hasBit = known !== undefined ? !known.isZero : isNever0 ? true : undefined;
      return c === '&' ? hasBit : opposed(hasBit);
    }
    default:
      return c satisfies never;
  }
}

/** A conditional jump on two scalars; `same`: they are one register. */
export function branch(c: Comparison, a: Scalar, b: Scalar, is32: boolean, same: boolean): Branching {
  const unchanged: Pair = [a, b];
  const decided = same ? withItself(c, a, is32) : certain(c, a, b, is32);
  if (decided === 'unknown' || (same && decided === undefined)) {
    return { taken: undefined, ifTrue: unchanged, ifFalse: unchanged };
  }
  if (decided !== undefined) return { taken: decided, ifTrue: unchanged, ifFalse: unchanged };
  const ifFalse = inStep(whereHolds(opposite(c), a, b, is32));
  if (isImpossible(ifFalse)) return { taken: true, ifTrue: unchanged, ifFalse };
  const ifTrue = inStep(whereHolds(c, a, b, is32));
  return { taken: isImpossible(ifTrue) ? false : undefined, ifTrue, ifFalse };
}
