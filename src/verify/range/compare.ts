import { CIRCLE32, CIRCLE64 } from './arc.js';
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
import { S32_MAX, S32_MIN, S64_MAX, S64_MIN, U32_MAX, U64_MAX, u64 } from './words.js';

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

export const isComparison = (text: string): text is Comparison => text in MIRRORS;

type Pair = readonly [a: Scalar, b: Scalar];

/** What a branch can say: whether it is taken, if that is certain, and what is known of both operands on either side. */
export interface Branching {
  readonly taken: boolean | undefined;
  readonly ifTrue: Pair;
  readonly ifFalse: Pair;
}

const swapped = ([a, b]: Pair): Pair => [b, a];

const knownPart = (s: Scalar, is32: boolean): bigint | undefined => (is32 ? s.constant32 : s.constant);

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
function withKnown(a: Scalar, b: Scalar, is32: boolean, learn: (s: Scalar, known: bigint) => Scalar): Pair {
  const right = knownPart(b, is32);
  if (right !== undefined) return [learn(a, right), b];
  const left = knownPart(a, is32);
  return left === undefined ? [a, b] : [a, learn(b, left)];
}

const isPowerOfTwo = (value: bigint): boolean => value !== 0n && (value & (value - 1n)) === 0n;

const signedLimits = (is32: boolean): readonly [bigint, bigint] =>
  is32 ? [S32_MIN, S32_MAX] : [S64_MIN, S64_MAX];

/** Keeps of the range of `s` what lies from one number to another. */
function within(s: Scalar, is32: boolean, from: bigint, to: bigint): Scalar {
  return is32
    ? s.with({ r32: CIRCLE32.intersect(s.r32, CIRCLE32.between(from, to)) })
    : s.with({ r64: CIRCLE64.intersect(s.r64, CIRCLE64.between(from, to)) });
}

/** Where the first is below the second by at least `gap`; the second learns from what the first has become. */
function ifBelow(a: Scalar, b: Scalar, is32: boolean, gap: bigint): Pair {
  const left = within(a, is32, 0n, (is32 ? b.umax32 : b.umax) - gap);
  return [left, within(b, is32, (is32 ? left.umin32 : left.umin) + gap, is32 ? U32_MAX : U64_MAX)];
}

function ifBelowSigned(a: Scalar, b: Scalar, is32: boolean, gap: bigint): Pair {
  const [min, max] = signedLimits(is32);
  const left = within(a, is32, min, (is32 ? b.smax32 : b.smax) - gap);
  return [left, within(b, is32, (is32 ? left.smin32 : left.smin) + gap, max)];
}

/** What is known of both operands where a comparison holds; their three parts are not in step yet (regs_refine_cond_op). */
function whereHolds(c: Comparison, a: Scalar, b: Scalar, is32: boolean): Pair {
  switch (c) {
    case '==':
      return ifEqual(a, b, is32);
    case '!=':
      return withKnown(a, b, is32, (s, known) =>
        is32
          ? s.with({ r32: CIRCLE32.intersect(s.r32, CIRCLE32.allBut(known)) })
          : s.with({ r64: CIRCLE64.intersect(s.r64, CIRCLE64.allBut(known)) }),
      );
    case '&':
      return withKnown(a, b, is32, (s, known) =>
        isPowerOfTwo(known) ? withBits(s, is32, (bits) => orBits(bits, constantBits(known))) : s,
      );
    case '!&':
      return withKnown(a, b, is32, (s, known) =>
        withBits(s.with({ r64: CIRCLE64.all, r32: CIRCLE32.all }), is32, (bits) =>
          andBits(bits, constantBits(u64(~known))),
        ),
      );
    case '<=':
      return ifBelow(a, b, is32, 0n);
    case '<':
      return ifBelow(a, b, is32, 1n);
    case 's<=':
      return ifBelowSigned(a, b, is32, 0n);
    case 's<':
      return ifBelowSigned(a, b, is32, 1n);
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

/** Bounds of both in the width of the comparison. */
const unsignedBounds = (s: Scalar, is32: boolean): readonly [bigint, bigint] =>
  is32 ? [s.umin32, s.umax32] : [s.umin, s.umax];
const signedBounds = (s: Scalar, is32: boolean): readonly [bigint, bigint] =>
  is32 ? [s.smin32, s.smax32] : [s.smin, s.smax];

const apart = ([min, max]: readonly [bigint, bigint], [from, to]: readonly [bigint, bigint]): boolean =>
  min > to || max < from;

/** Whether two scalars are certainly equal, or certainly not. */
function equality(a: Scalar, b: Scalar, is32: boolean): boolean | undefined {
  const left = is32 ? lowHalf(a.bits) : a.bits;
  const right = is32 ? lowHalf(b.bits) : b.bits;
  if (isKnown(left) && isKnown(right)) return left.value === right.value;
  if (!bitsOverlap(left, right)) return false;
  for (const half of is32 ? [true] : [false, true]) {
    if (apart(unsignedBounds(a, half), unsignedBounds(b, half))) return false;
    if (apart(signedBounds(a, half), signedBounds(b, half))) return false;
  }
  return undefined;
}

/** Whether the first is certainly above, or certainly not. */
function above(
  [min, max]: readonly [bigint, bigint],
  [from, to]: readonly [bigint, bigint],
): boolean | undefined {
  if (min > to) return true;
  return max <= from ? false : undefined;
}

const not = (certain: boolean | undefined): boolean | undefined =>
  certain === undefined ? undefined : !certain;

function commonBit(a: Scalar, b: Scalar, is32: boolean): boolean | undefined | 'unknown' {
  const [tested, known] = knownPart(b, is32) === undefined ? [b, a] : [a, b];
  const mask = knownPart(known, is32);
  if (mask === undefined) return 'unknown';
  const bits = is32 ? lowHalf(tested.bits) : tested.bits;
  if ((bits.value & mask) !== 0n) return true;
  return (highest(bits) & mask) === 0n ? false : undefined;
}

/** Two numbers compared; both are unsigned, of the width of the comparison. */
function compare(c: Comparison, a: bigint, b: bigint, is32: boolean): boolean {
  const signed = (value: bigint): bigint => BigInt.asIntN(is32 ? 32 : 64, value);
  switch (c) {
    case '==':
      return a === b;
    case '!=':
      return a !== b;
    case '&':
      return (a & b) !== 0n;
    case '!&':
      return (a & b) === 0n;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case 's>':
      return signed(a) > signed(b);
    case 's>=':
      return signed(a) >= signed(b);
    case 's<':
      return signed(a) < signed(b);
    case 's<=':
      return signed(a) <= signed(b);
    default:
      return c satisfies never;
  }
}

/** What bounds alone say of a comparison. `unknown`: nothing, and nothing is learnt on either side. */
function certain(c: Comparison, a: Scalar, b: Scalar, is32: boolean): boolean | undefined | 'unknown' {
  const left = knownPart(a, is32);
  const right = knownPart(b, is32);
  if (left !== undefined && right !== undefined) return compare(c, left, right, is32);
  const unsigned = [unsignedBounds(a, is32), unsignedBounds(b, is32)] as const;
  const signed = [signedBounds(a, is32), signedBounds(b, is32)] as const;
  switch (c) {
    case '==':
      return equality(a, b, is32);
    case '!=':
      return not(equality(a, b, is32));
    case '&':
      return commonBit(a, b, is32);
    case '!&': {
      const common = commonBit(a, b, is32);
      return common === 'unknown' ? common : not(common);
    }
    case '>':
      return above(unsigned[0], unsigned[1]);
    case '<':
      return above(unsigned[1], unsigned[0]);
    case '>=':
      return not(above(unsigned[1], unsigned[0]));
    case '<=':
      return not(above(unsigned[0], unsigned[1]));
    case 's>':
      return above(signed[0], signed[1]);
    case 's<':
      return above(signed[1], signed[0]);
    case 's>=':
      return not(above(signed[1], signed[0]));
    case 's<=':
      return not(above(signed[0], signed[1]));
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
      const [min, max] = signedBounds(s, is32);
      const hasBit = known !== undefined ? known !== 0n : min <= 0n && max >= 0n ? undefined : true;
      return c === '&' ? hasBit : not(hasBit);
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
