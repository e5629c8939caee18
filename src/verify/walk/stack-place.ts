import { MAX_FRAME } from '../frame.js';
import { formatBits } from '../range/tnum.js';
import { s64 } from '../range/words.js';
import type { Frame } from '../state/frame.js';
import type { Register } from '../state/register.js';
import type { State } from '../state/state.js';
import { MAX_OFFSET } from './limits.js';
import { refuse } from './refused.js';
import type { Walk } from './walk.js';

/** Number of the eight bytes that an offset from the frame pointer is in, and of the byte in it. */
export const slotAt = (offset: number): number => (-offset - 1) >> 3;
export const byteAt = (offset: number): number => (-offset - 1) & 7;

/** Where a stack pointer points, from the frame pointer; undefined if that is not known. */
export function offsetOf({ scalar }: Register): number | undefined {
  const { constant } = scalar;
  return constant === undefined ? undefined : Number(s64(constant));
}

/** Frame that a stack pointer points into. */
export function frameOf(state: State, pointer: Register): Frame {
  const frame = state.frames[pointer.target.frame ?? 0];
  if (frame === undefined) throw new Error('a stack pointer into no frame');
  return frame;
}

/** Bytes that an access to the stack may touch: the first, and where it begins at the latest, from the frame pointer. */
export interface StackRange {
  readonly first: number;
  readonly last: number;
}

/** Where an access may be; refuses what is outside of the stack, and makes room for the rest (check_stack_access_within_bounds). */
export function stackRange(
  walk: Walk,
  pointer: Register,
  access: { readonly register: number; readonly offset: number; readonly size: number },
  mode: 'read' | 'write',
): StackRange {
  const { scalar } = pointer;
  const { register, offset, size } = access;
  const how = mode === 'read' ? ' read from' : ' write to';
  const known = scalar.constant;
  let min: bigint;
  let max: bigint;
  if (known !== undefined) {
    min = max = s64(known) + BigInt(offset);
  } else {
    if (scalar.smax >= MAX_OFFSET || scalar.smin <= -MAX_OFFSET) {
      refuse('EACCES', `invalid unbounded variable-offset${how} stack R${register}`);
    }
    min = scalar.smin + BigInt(offset);
    max = scalar.smax + BigInt(offset);
  }
  const frame = frameOf(walk.state, pointer);
  const lowest = mode === 'write' || walk.allowsUnwritten ? -MAX_FRAME : -8 * frame.stack.length;
  const isOutside = min < BigInt(lowest) || min > -1n;
  const isBeyond = max + BigInt(size) > 0n;
  if (isOutside || isBeyond) {
    refuse(
      isOutside ? 'EACCES' : 'EINVAL',
      known !== undefined
        ? `invalid${how} stack R${register} off=${min} size=${size}`
        : `invalid variable-offset${how} stack R${register} var_off=${formatBits(scalar.bits)} off=${offset} size=${size}`,
    );
  }
  const first = Number(min);
  frame.grow(-first);
  const depth = walk.stackDepths[frame.subprogram] ?? 0;
  walk.stackDepths[frame.subprogram] = Math.max(depth, 8 * Math.ceil(-first / 8));
  return { first, last: Number(max) };
}
