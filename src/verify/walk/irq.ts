import { pointer, type Register } from '../state/register.js';
import { EMPTY_SLOT } from '../state/slot.js';
import { accessMemory } from './memory.js';
import { isProtected, releaseProtected } from './references.js';
import { refuse } from './refused.js';
import { slotOfObject } from './stack-object.js';
import { frameOf } from './stack-place.js';
import type { Walk } from './walk.js';

/** By which kfuncs interrupts were saved: those for that alone, or those that take a lock as well. */
type IrqClass = 'native' | 'lock';

/** The slot of the stack in which the flags of interrupts are kept; `expected`: what has to be there. */
function slotOf(register: Register, number: number, expected: string): number {
  if (register.kind !== 'stack') refuse('EINVAL', `R${number} doesn't point to an irq flag on stack`);
  const slot = slotOfObject(register, 'irq_flag', 1);
  if (typeof slot === 'string') refuse('EINVAL', slot, `${expected} irq flag as R${number}`);
  return slot;
}

/** Interrupts are off from here on, as far as this call counts (mark_stack_slot_irq_flag). */
export function saveIrq(walk: Walk, number: number, by: IrqClass): void {
  const register = walk.register(number);
  const expected = 'expected uninitialized';
  const index = slotOf(register, number, expected);
  const frame = frameOf(walk.state, register);
  if (frame.slot(index).bytes.charAt(7) === 'f') {
    refuse('EINVAL', `${expected} irq flag as R${number}`);
  }
  accessMemory(walk, { register: number, offset: 0, size: 8, mode: 'write' });
  const id = walk.newId();
  walk.state.addReference({ kind: 'irq', id, parent: 0, slot: walk.slot });
  walk.state.irq = id;
  frame.stack[index] = { bytes: 'ffffffff', spilled: pointer('stack', { id, target: { irq: by } }) };
}

/** They are as they were: what was saved last is restored first (unmark_stack_slot_irq_flag). */
export function restoreIrq(walk: Walk, number: number, by: IrqClass): void {
  const register = walk.register(number);
  const expected = 'expected an initialized';
  const index = slotOf(register, number, expected);
  const frame = frameOf(walk.state, register);
  const slot = frame.slot(index);
  const { state } = walk;
  if (slot.bytes.charAt(7) !== 'f') refuse('EINVAL', `${expected} irq flag as R${number}`);
  const { id, target } = slot.spilled;
  if (target.irq !== by) {
    refuse(
      'EINVAL',
      `irq flag acquired by ${target.irq ?? 'no'} kfuncs cannot be restored with ${by} kfuncs`,
    );
  }
  if (id !== state.irq) {
    const from = state.references.find((r) => r.kind === 'irq' && r.id === state.irq)?.slot ?? 0;
    refuse(
      'EACCES',
      `cannot restore irq state out of order, expected id=${state.irq} acquired at insn_idx=${from}`,
    );
  }
  state.references = state.references.filter((r) => r.kind !== 'irq' || r.id !== id);
  state.irq = state.references.findLast((r) => r.kind === 'irq')?.id ?? 0;
  frame.stack[index] = EMPTY_SLOT;
  if (!isProtected(walk)) releaseProtected(walk);
}
