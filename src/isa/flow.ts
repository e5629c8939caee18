import type { AnyInsn, Insn } from './insn.js';

/** Slot a jump goes to; undefined for all else. */
export function targetSlot(insn: AnyInsn, slot: number): number | undefined {
  if (insn.op === undefined) return undefined;
  switch (insn.op.form) {
    case 'goto':
    case 'may_goto':
    case 'jump_imm':
    case 'jump_reg':
      return slot + 1 + insn.off;
    case 'gotol':
      return slot + 1 + insn.imm;
    default:
      return undefined;
  }
}

/** True where control never goes on to the next instruction. */
export function endsFlow(insn: Insn): boolean {
  const { form } = insn.op;
  return form === 'exit' || form === 'goto' || form === 'gotol' || form === 'gotox';
}

/** Slot of the function that a local call calls, or whose address is loaded; undefined for all else and for names. */
export function functionSlot(insn: AnyInsn, slot: number): number | undefined {
  if (insn.op === undefined || insn.ref !== undefined) return undefined;
  const isFunction = insn.op.form === 'call_local' || insn.op.name === 'lddw_func';
  return isFunction ? slot + 1 + insn.imm : undefined;
}
