import { FORMS } from './forms.js';
import type { AnyInsn, Insn } from './insn.js';

/** Slot a jump goes to; undefined for all else. */
export function targetSlot(insn: AnyInsn, slot: number): number | undefined {
  if (insn.op === undefined) return undefined;
  const { flow } = FORMS[insn.op.form];
  switch (flow) {
    case 'off':
    case 'branch':
      return slot + 1 + insn.off;
    case 'imm':
      return slot + 1 + insn.imm;
    case 'next':
    case 'indirect':
    case 'call':
    case 'return':
    case 'fault':
      return undefined;
    default:
      return flow satisfies never;
  }
}

/** True where control never goes on to the next instruction. */
export function endsFlow(insn: Insn): boolean {
  const { flow } = FORMS[insn.op.form];
  return flow === 'return' || flow === 'off' || flow === 'imm' || flow === 'indirect';
}

/** Slot of the function that a local call calls, or whose address is loaded; undefined for all else and for names. */
export function functionSlot(insn: AnyInsn, slot: number): number | undefined {
  if (insn.op === undefined || insn.ref !== undefined) return undefined;
  const isFunction = insn.op.form === 'call_local' || insn.op.name === 'lddw_func';
  return isFunction ? slot + 1 + insn.imm : undefined;
}
