import { formatBits } from '../range/tnum.js';
import { ANY, type Register } from '../state/register.js';
import { byteKind, isSpill, scrubbed, withBytes } from '../state/slot.js';
import { refuse } from './refused.js';
import { byteAt, frameOf, slotAt, stackRange } from './stack-place.js';
import type { Walk } from './walk.js';

interface StackBytes {
  readonly register: number;
  readonly offset: number;
  readonly size: number;
  readonly zeroSize: boolean;
  /** The call writes all of it: it need not hold anything before. */
  readonly isRaw: boolean;
  /** Nothing is known of it afterwards, even if it is only read. */
  readonly forgets?: boolean;
  /** What nobody reads later may be among it. */
  readonly allowsPoison?: boolean;
}

/**
 * Memory on the stack that a call reads or writes (check_stack_range_initialized). `raw`: the caller of this writes it as bytes afterwards;
 * `checked`: it holds something.
 */
export function checkStackBytes(
  walk: Walk,
  pointer: Register,
  access: StackBytes,
  mode: 'read' | 'write',
): 'raw' | 'checked' {
  const { register, size } = access;
  const { scalar } = pointer;
  if (size === 0 && !access.zeroSize) refuse('EACCES', 'invalid zero-sized read');
  const { first, last } = stackRange(walk, pointer, access, mode);
  if (!scalar.isConstant && !walk.allowsLeaks) {
    const bits = formatBits(scalar.bits);
    refuse('EACCES', `R${register} variable offset stack access prohibited for !root, var_off=${bits}`);
  }
  if (scalar.isConstant && access.isRaw) return 'raw';
  const frame = frameOf(walk.state, pointer);
  const forgets = mode === 'write' || access.forgets === true;
  for (let offset = first; offset < last + size; offset++) {
    const index = slotAt(offset);
    const slot = frame.slot(index);
    const byte = byteAt(offset);
    const kind = byteKind(slot, byte);
    if (kind === 'm') continue;
    if (
      kind === '0' ||
      (kind === '?' && walk.allowsLeaks && (walk.allowsUnwritten || index < frame.stack.length))
    ) {
      if (forgets) frame.stack[index] = { ...slot, bytes: withBytes(slot.bytes, byte, 1, 'm') };
      continue;
    }
    if (isSpill(slot) && (slot.spilled.isScalar || walk.allowsLeaks)) {
      if (forgets) frame.stack[index] = { bytes: scrubbed(slot.bytes), spilled: ANY };
      continue;
    }
    if (kind === 'p' && (access.allowsPoison || mode === 'write')) continue;
    const at = offset - first;
    if (kind === 'p') {
      refuse(
        'EACCES',
        `reading from stack R${register} off ${first}+${at} size ${size}, slot poisoned by dead code elimination`,
      );
    }
    refuse(
      'EACCES',
      scalar.isConstant
        ? `invalid read from stack R${register} off ${first}+${at} size ${size}`
        : `invalid read from stack R${register} var_off ${formatBits(scalar.bits)}+${at} size ${size}`,
    );
  }
  return 'checked';
}
