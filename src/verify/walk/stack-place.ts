import { MAX_FRAME } from '../frame.js';
import { formatBits } from '../range/tnum.js';
import type { Frame } from '../state/frame.js';
import type { Register } from '../state/register.js';
import type { State } from '../state/state.js';
import { MAX_OFFSET } from './limits.js';
import { refuse } from './refused.js';
import type { Walk } from './walk.js';

/** Number of the eight bytes that an offset from the frame pointer is in, and of the byte in it. */
export const slotAt = (offset: number): number => (-offset - 1) >> 3;
export const byteAt = (offset: number): number => (-offset - 1) & 7;

/** Where a stack pointer points, from the frame pointer; undefined if that is not known. It cannot have been moved further than MAX_OFFSET. */
export function offsetOf({ scalar }: Register): number | undefined {
  const { value, mask } = scalar.bits;
  return mask.isZero ? value.low : undefined;
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
  const known = offsetOf(pointer);
  let min: number;
  let max: number;
  if (known !== undefined) {
    min = max = known + offset;
  } else {
    const [smin, smax] = [Number(scalar.smin), Number(scalar.smax)];
    if (smax >= MAX_OFFSET || smin <= -MAX_OFFSET) {
      refuse('EACCES', `invalid unbounded variable-offset${how} stack R${register}`);
    }
    min = smin + offset;
    max = smax + offset;
  }
  const frame = frameOf(walk.state, pointer);
  const lowest = mode === 'write' || walk.allowsUnwritten ? -MAX_FRAME : -8 * frame.stack.length;
  const isOutside = min < lowest || min > -1;
  const isBeyond = max + size > 0;
  if (isOutside || isBeyond) {
    refuse(
      isOutside ? 'EACCES' : 'EINVAL',
      known !== undefined
        ? `invalid${how} stack R${register} off=${min} size=${size}`
        : `invalid variable-offset${how} stack R${register} var_off=${formatBits(scalar.bits)} off=${offset} size=${size}`,
    );
  }
  frame.grow(-min);
  const depth = walk.stackDepths[frame.subprogram] ?? 0;
  walk.stackDepths[frame.subprogram] = Math.max(depth, 8 * Math.ceil(-min / 8));
  return { first: min, last: max };
}
