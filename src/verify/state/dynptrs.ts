import type { DynptrKind, Register } from './register.js';
import { NONE, pointer } from './register.js';
import { byteKind, NOTHING_WRITTEN, type Slot } from './slot.js';
import type { State } from './state.js';

/**
 * A dynptr takes 16 bytes of the stack (`struct bpf_dynptr_kern`), two slots, of which the first is the one at the lower address:
 *
 *     fp-16  dddddddd   first: its address is that of the dynptr
 *      fp-8  dddddddd   second
 */
export const DYNPTR_SLOTS = 2;
const WHOLE_DYNPTR = 'dddddddd';

export const isDynptr = (slot: Slot): boolean => byteKind(slot, 7) === 'd';

/** The registers of whose kind a slot says that it holds a dynptr; undefined if it is not the first of one. */
export const dynptrOf = ({ bytes, spilled }: Slot): Register | undefined =>
  bytes === WHOLE_DYNPTR && spilled.target.dynptr?.first === true ? spilled : undefined;

/** The two slots of a dynptr, the first one first. */
export function dynptrSlots(kind: DynptrKind, id: number, parent: number): readonly [Slot, Slot] {
  const slot = (first: boolean): Slot => ({
    bytes: WHOLE_DYNPTR,
    spilled: pointer('dynptr', { id, parent, target: { dynptr: { kind, first } } }),
  });
  return [slot(true), slot(false)];
}

const NOTHING: Slot = { bytes: NOTHING_WRITTEN, spilled: NONE };

/** Forgets the dynptrs on the stack that have an id, or belong to what has it; gives the ids of the latter. */
export function dropDynptrs(state: State, id: number): readonly number[] {
  const lost: number[] = [];
  for (const { stack } of state.frames) {
    for (let i = 0; i < stack.length; i++) {
      const slot = stack[i]!;
      if (!isDynptr(slot) || (slot.spilled.id !== id && slot.spilled.parent !== id)) continue;
      if (slot.spilled.parent === id) lost.push(slot.spilled.id);
      stack[i] = NOTHING;
    }
  }
  return lost;
}

/** How many dynptrs on the stack belong to what has an id. */
export const dynptrsWith = (state: State, parent: number): number =>
  state.frames.reduce(
    (sum, { stack }) => sum + stack.filter((slot) => dynptrOf(slot)?.parent === parent).length,
    0,
  );
