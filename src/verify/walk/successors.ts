import { endsFlow, targetSlot } from '../../isa/flow.js';
import { type Insn, slotsOf } from '../../isa/insn.js';

/** Slots that may follow in the same function. */
export function successors(insn: Insn, slot: number): readonly number[] {
  const target = targetSlot(insn, slot);
  return [...(endsFlow(insn) ? [] : [slot + slotsOf(insn)]), ...(target === undefined ? [] : [target])];
}
