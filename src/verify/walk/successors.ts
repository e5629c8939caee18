import { type Insn, slotsOf } from '../../isa/insn.js';

/** Slots that may follow in the same function. */
export function successors(insn: Insn, slot: number): readonly number[] {
  const next = slot + slotsOf(insn);
  switch (insn.op.form) {
    case 'exit':
    case 'gotox':
      return [];
    case 'goto':
      return [next + insn.off];
    case 'gotol':
      return [next + insn.imm];
    case 'may_goto':
    case 'jump_imm':
    case 'jump_reg':
      return [next, next + insn.off];
    default:
      return [next];
  }
}
