import { CIRCLE32, CIRCLE64, type Circle } from './arc.js';
import { Scalar, ZERO } from './scalar.js';
import { multiplyBits, UNKNOWN_BITS } from './tnum.js';
import { least, most, S32_MAX, S32_MIN, S64_MAX, S64_MIN, U32_MAX, U64_MAX } from './words.js';

/** Bounds of a scalar in one width, and the greatest there are. */
interface Bounds {
  readonly circle: Circle;
  readonly umin: bigint;
  readonly umax: bigint;
  readonly smin: bigint;
  readonly smax: bigint;
}

const in64 = (s: Scalar): Bounds => ({
  circle: CIRCLE64,
  umin: s.umin,
  umax: s.umax,
  smin: s.smin,
  smax: s.smax,
});
const in32 = (s: Scalar): Bounds => ({
  circle: CIRCLE32,
  umin: s.umin32,
  umax: s.umax32,
  smin: s.smin32,
  smax: s.smax32,
});
const LIMITS = {
  64: { unsigned: U64_MAX, min: S64_MIN, max: S64_MAX },
  32: { unsigned: U32_MAX, min: S32_MIN, max: S32_MAX },
} as const;

/** Product of ranges: that of the unsigned and that of the signed bounds, each as long as none of its corners overflows. */
function productArc(a: Bounds, b: Bounds, width: 32 | 64): ReturnType<Circle['between']> {
  const { circle } = a;
  const limits = LIMITS[width];
  const fits = a.umax * b.umax <= limits.unsigned;
  const unsigned = fits ? circle.betweenNumbers(a.umin * b.umin, a.umax * b.umax) : circle.all;
  const corners = [a.smin * b.smin, a.smin * b.smax, a.smax * b.smin, a.smax * b.smax];
  const low = corners.reduce(least);
  const high = corners.reduce(most);
  const isInside = low >= limits.min && high <= limits.max;
  return circle.intersect(unsigned, isInside ? circle.betweenNumbers(low, high) : circle.all);
}

export const multiply = (dst: Scalar, src: Scalar): Scalar =>
  new Scalar(
    multiplyBits(dst.bits, src.bits),
    productArc(in64(dst), in64(src), 64),
    productArc(in32(dst), in32(src), 32),
  );

type Divide = (dst: Bounds, divisor: Bounds, width: 32 | 64) => readonly [bigint, bigint] | 'unchanged';

/**
 * A division by one number, in the width of the operation; the rest of the result is learnt from that range alone. A division by 0 gives 0,
 * the remainder the dividend.
 */
function division(divide: Divide, byZero: (dst: Scalar) => Scalar) {
  return (dst: Scalar, src: Scalar, width: 32 | 64): Scalar => {
    const divisor = width === 64 ? in64(src) : in32(src);
    if (divisor.umin === 0n) return byZero(dst);
    const range = divide(width === 64 ? in64(dst) : in32(dst), divisor, width);
    if (range === 'unchanged') return dst;
    return width === 64
      ? new Scalar(UNKNOWN_BITS, CIRCLE64.betweenNumbers(...range), CIRCLE32.all)
      : new Scalar(UNKNOWN_BITS, CIRCLE64.all, CIRCLE32.betweenNumbers(...range));
  };
}

const zero = (): Scalar => ZERO;
const same = (dst: Scalar): Scalar => dst;

export const unsignedDivide = division((dst, { umin: by }) => [dst.umin / by, dst.umax / by], zero);

/** The most negative number divided by -1 is itself. */
export const signedDivide = division((dst, { smin: by }, width) => {
  const { min, max } = LIMITS[width];
  if (dst.smin === min && by === -1n) return dst.smax === min ? [min, min] : [min, max];
  const ends = [dst.smin / by, dst.smax / by] as const;
  return [least(...ends), most(...ends)];
}, zero);

export const unsignedRemainder = division(
  (dst, { umin: by }) => (dst.umax <= by - 1n ? 'unchanged' : [0n, least(dst.umax, by - 1n)]),
  same,
);

/** The remainder has the sign of the dividend. */
export const signedRemainder = division((dst, { smin: by }) => {
  const limit = (by > 0n ? by : -by) - 1n;
  if (dst.smin >= -limit && dst.smax <= limit) return 'unchanged';
  if (dst.smin >= 0n) return [0n, least(dst.smax, limit)];
  if (dst.smax <= 0n) return [most(dst.smin, -limit), 0n];
  return [-limit, limit];
}, same);
