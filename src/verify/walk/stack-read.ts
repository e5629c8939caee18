import { widthOf } from '../range/resize.js';
import type { Frame } from '../state/frame.js';
import { ANY, NULL, type Register } from '../state/register.js';
import { byteKind, isSpill, type Slot, WHOLE } from '../state/slot.js';
import type { Access } from './access.js';
import { withId } from './linked.js';
import { markSlotsPrecise } from './precision.js';
import { refuse } from './refused.js';
import { byteAt, frameOf, type StackRange, slotAt } from './stack-place.js';
import { checkStackBytes } from './stack-range.js';
import type { Walk } from './walk.js';

/** Refuses bytes that hold nothing. */
function checkBytes(walk: Walk, slot: Slot, offset: number, size: number, allowsSpill: boolean): void {
  for (let i = 0; i < size; i++) {
    const kind = byteKind(slot, byteAt(offset) - i);
    if (kind === 'm' || kind === '0' || (kind === 'r' && allowsSpill)) continue;
    if (kind === '?' && walk.allowsLeaks) continue;
    refuse(
      'EACCES',
      kind === 'p'
        ? `reading from stack off ${offset}+${i} size ${size}, slot poisoned by dead code elimination`
        : `invalid read from stack off ${offset}+${i} size ${size}`,
    );
  }
}

/** What bytes are together: 0 if all of them are, else anything (mark_reg_stack_read). */
function fromBytes(walk: Walk, frame: Frame, from: number, to: number): Register {
  const slots = new Set<number>();
  for (let offset = from; offset < to; offset++) {
    const index = slotAt(offset);
    const slot = frame.slot(index);
    const kind = byteKind(slot, byteAt(offset));
    if (kind === '0') continue;
    if (kind !== 'r' || !slot.spilled.isNull) return ANY;
    slots.add(index);
  }
  if (slots.size > 0) markSlotsPrecise(walk, frame.number, [...slots]);
  return NULL;
}

/** A part of a stored register. */
function readPart(walk: Walk, frame: Frame, offset: number, access: Access): void {
  const index = slotAt(offset);
  const slot = frame.slot(index);
  const { size, value } = access;
  const letters = slot.bytes;
  let stored = 1;
  for (let i = 6; i >= 0 && letters.charAt(i) === 'r'; i--) stored++;
  let register = slot.spilled;
  if (!register.isScalar) refuse('EACCES', 'invalid size of register fill');
  if (value === undefined) return;
  if (size <= stored && offset % 8 === 0) {
    if (size === 4 && stored === 4 && widthOf(register.scalar) <= 32) {
      register = withId(walk, register);
      frame.stack[index] = { ...slot, spilled: register };
    }
    const isNarrowed = widthOf(register.scalar) > 8 * size;
    walk.set(value, isNarrowed ? register.alone() : register);
    walk.noteSlot(frame.number, index);
    return;
  }
  checkBytes(walk, slot, offset, size, true);
  const from = byteAt(offset) - size + 1;
  const part = letters.slice(from, from + size);
  if (part === 'r'.repeat(size) && register.isNull) {
    walk.set(value, NULL);
    walk.noteSlot(frame.number, index);
  } else {
    walk.set(value, fromBytes(walk, frame, offset, offset + size));
  }
}

/** Loads from one offset (check_stack_read_fixed_off). */
export function readStack(walk: Walk, frame: Frame, offset: number, access: Access): void {
  const index = slotAt(offset);
  const slot = frame.slot(index);
  const { size, value } = access;
  if (!isSpill(slot)) {
    checkBytes(walk, slot, offset, size, false);
    if (value !== undefined) walk.set(value, fromBytes(walk, frame, offset, offset + size));
    return;
  }
  if (size !== 8 || slot.bytes !== WHOLE) {
    readPart(walk, frame, offset, access);
    return;
  }
  if (value === undefined) {
    if (walk.leaks(slot.spilled)) refuse('EACCES', `leaking pointer from stack off ${offset}`);
  } else {
    const register = withId(walk, slot.spilled);
    frame.stack[index] = { ...slot, spilled: register };
    walk.set(value, register);
  }
  walk.noteSlot(frame.number, index);
}

/** Loads from an offset that is not known (check_stack_read_var_off). */
export function readStackAnywhere(walk: Walk, pointer: Register, range: StackRange, access: Access): void {
  const { value, size } = access;
  checkStackBytes(walk, pointer, { ...access, zeroSize: false, isRaw: false }, 'read');
  const frame = frameOf(walk.state, pointer);
  if (value !== undefined) walk.set(value, fromBytes(walk, frame, range.first, range.last + size));
}
