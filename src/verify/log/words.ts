import type { Scalar } from '../range/scalar.js';
import { S32_MAX, S32_MIN, S64_MAX, S64_MIN, s64, U32_MAX, U64_MAX } from '../range/words.js';
import type { Register } from '../state/register.js';

/** Numbers up to here are written in decimal. */
const LARGEST_DECIMAL = 0xffffn;

const number = (value: bigint): string =>
  value >= -LARGEST_DECIMAL && value <= LARGEST_DECIMAL
    ? `${value}`
    : `${value < 0n ? '-' : ''}0x${(value < 0n ? -value : value).toString(16)}`;

/** `1 to 255`, where one of the ends is not that of all numbers; undefined where both are. */
function range(min: bigint, max: bigint, least: bigint, most: bigint): string | undefined {
  if (min === max) return number(min);
  if (min === least) return max === most ? undefined : `at most ${number(max)}`;
  return max === most ? `${number(min)} or more` : `${number(min)} to ${number(max)}`;
}

/** After bounds of which a negative number is the less. */
const SIGNED = ' (signed)';

function lowerHalf(s: Scalar): string | undefined {
  if (s.constant32 !== undefined) return number(s.constant32);
  const unsigned = range(s.umin32, s.umax32, 0n, U32_MAX);
  if (unsigned !== undefined) return unsigned;
  const signed = range(s.smin32, s.smax32, S32_MIN, S32_MAX);
  return signed && `${signed}${SIGNED}`;
}

/** What is known of a number, of its lower half where that is what was compared; without bounds, which bits it has. */
function scalarWords(name: number, s: Scalar, width: 32 | 64): string | undefined {
  const half = lowerHalf(s);
  if (width === 32) return half && `w${name} is ${half}`;
  if (s.constant !== undefined) return `r${name} is ${number(s64(s.constant))}`;
  const whole = range(s.umin, s.umax, 0n, U64_MAX);
  if (whole !== undefined) return `r${name} is ${whole}`;
  if (!s.bits.value.isZero) return `r${name} has the bits ${number(s.bits.value.unsigned)}`;
  const signed = range(s.smin, s.smax, S64_MIN, S64_MAX);
  return signed === undefined ? half && `w${name} is ${half}` : `r${name} is ${signed}${SIGNED}`;
}

/**
 * What is known of a register that was compared in so many bits, in words: `r6 is 1 to 255`; an address by the kernel's name of its kind;
 * nothing where nothing is known.
 */
export function wordsOf(name: number, register: Register, width: 32 | 64): readonly string[] {
  if (register.kind === 'none') return [];
  const words = register.isScalar
    ? scalarWords(name, register.scalar, width)
    : `r${name} is ${register.type}${register.target.struct?.name ?? ''}`;
  return words === undefined ? [] : [words];
}
