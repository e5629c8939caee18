import { widthOf } from '../range/resize.js';
import { UNKNOWN } from '../range/scalar.js';
import { isDynptr } from '../state/dynptrs.js';
import type { Frame } from '../state/frame.js';
import { knownScalar, NONE, type Register } from '../state/register.js';
import {
  type ByteKind,
  byteKind,
  isScalarSpill,
  isSpecial,
  isSpill,
  type Slot,
  scrubbed,
  WHOLE,
  withBytes,
} from '../state/slot.js';
import type { Access } from './access.js';
import { destroyDynptr } from './dynptr-release.js';
import { withId } from './linked.js';
import { markPrecise } from './precision.js';
import { refuse } from './refused.js';
import { byteAt, type StackRange, slotAt } from './stack-place.js';
import type { Walk } from './walk.js';

/** Bytes of eight that a register which is stored in fewer does not take. */
function besides(bytes: string, size: number): string {
  if (size === 8) return WHOLE;
  return bytes.slice(0, 8 - size).replaceAll(/[^0?p]/g, 'm') + WHOLE.slice(0, size);
}

function spill(frame: Frame, index: number, register: Register, size: number): void {
  const slot = frame.slot(index);
  frame.stack[index] = { bytes: besides(slot.bytes, size), spilled: register };
}

/** What is stored, and whether it is the number 0. */
const isZero = (walk: Walk, access: Access): boolean =>
  access.value === undefined ? access.immediate === 0 : walk.register(access.value).isNull;

function storeBytes(walk: Walk, frame: Frame, offset: number, access: Access): void {
  const index = slotAt(offset);
  const slot = frame.slot(index);
  let kind: ByteKind = 'm';
  if (isZero(walk, access)) {
    // Not a register any more: that it was 0 has to be exact.
    if (access.value !== undefined) markPrecise(walk, access.value);
    kind = '0';
  }
  const from = byteAt(offset) - access.size + 1;
  const before = isSpecial(slot) ? scrubbed(slot.bytes) : slot.bytes;
  frame.stack[index] = { bytes: withBytes(before, from, access.size, kind), spilled: NONE };
}

/** Whether a number is kept as a register, and not as bytes. */
const isKept = ({ request }: Walk, { isNull, scalar }: Register): boolean =>
  request.series.keepsAllNumbers || (!isNull && !scalar.equals(UNKNOWN));
const isKeptNumber = ({ request }: Walk, immediate: number | undefined): boolean =>
  immediate !== undefined && (request.series.keepsAllNumbers || immediate !== 0);

/** Stores at one offset (check_stack_write_fixed_off). */
export function writeStack(walk: Walk, frame: Frame, offset: number, access: Access): void {
  const index = slotAt(offset);
  const slot = frame.slot(index);
  const { size, value } = access;
  if (!walk.allowsLeaks && isSpill(slot) && !isScalarSpill(slot) && size !== 8) {
    refuse('EACCES', 'attempt to corrupt spilled pointer on stack');
  }
  if (isDynptr(slot)) destroyDynptr(walk, frame, index);
  const stored = value === undefined ? undefined : walk.register(value);
  const isWhole = offset % 8 === 0;
  if (stored?.isScalar && isWhole && value !== undefined && isKept(walk, stored)) {
    const fits = widthOf(stored.scalar) <= 8 * size;
    const register = fits ? withId(walk, stored) : stored;
    walk.set(value, register);
    spill(frame, index, fits ? register : register.with({ id: 0 }), size);
    walk.noteSlot(frame.number, index);
  } else if (stored === undefined && isWhole && isKeptNumber(walk, access.immediate)) {
    spill(frame, index, knownScalar(BigInt(access.immediate ?? 0)), size);
    walk.noteSlot(frame.number, index);
  } else if (stored?.isPointer) {
    if (size !== 8) refuse('EACCES', 'invalid size of register spill');
    if (frame !== walk.state.frame && stored.kind === 'stack') {
      refuse('EINVAL', 'cannot spill pointers to stack into stack frame of the caller');
    }
    spill(frame, index, stored, size);
    walk.noteSlot(frame.number, index);
  } else {
    storeBytes(walk, frame, offset, access);
  }
}

/** A byte that a store may or may not write. */
function touched(walk: Walk, slot: Slot, byte: number, offset: number, zero: boolean): ByteKind | 'kept' {
  const kind = byteKind(slot, byte);
  if (!walk.allowsLeaks && kind !== 'm' && kind !== '0') {
    refuse('EINVAL', `spilled ptr in range of var-offset stack write; insn ${walk.slot}, ptr off: ${offset}`);
  }
  if (zero && kind === 'r' && isScalarSpill(slot) && slot.spilled.isNull) return 'kept';
  return zero && kind === '0' ? '0' : 'm';
}

/** Stores at an offset that is not known (check_stack_write_var_off). */
export function writeStackAnywhere(walk: Walk, frame: Frame, range: StackRange, access: Access): void {
  const zero = isZero(walk, access);
  let reliesOnZero = false;
  for (let offset = range.first; offset < range.last + access.size; offset++) {
    if (isDynptr(frame.slot(slotAt(offset)))) destroyDynptr(walk, frame, slotAt(offset));
  }
  for (let offset = range.first; offset < range.last + access.size; offset++) {
    const index = slotAt(offset);
    const slot = frame.slot(index);
    const byte = byteAt(offset);
    const kind = touched(walk, slot, byte, offset, zero);
    reliesOnZero ||= kind !== 'm';
    if (kind === 'kept') continue;
    const before = isSpecial(slot) ? scrubbed(slot.bytes) : slot.bytes;
    frame.stack[index] = { bytes: withBytes(before, byte, 1, kind), spilled: NONE };
  }
  if (reliesOnZero && access.value !== undefined) markPrecise(walk, access.value);
}
