import type { Insn } from './insn.js';
import type { Lowered } from './lower/insn.js';

/**
 * Whether the bytes and the text of a listing line are the same instruction, apart from what text cannot tell: the
 * kind of a callee that is a number, and addresses and targets that are symbols.
 */
export function isSameInstruction(listed: Insn, said: Insn, lowered: Lowered): boolean {
  const symbolic = lowered.callee !== undefined || said.ref !== undefined;
  const isCall = (i: Insn): boolean => i.op.form.startsWith('call_');
  if (isCall(listed) && isCall(said)) return symbolic || listed.imm === said.imm;
  if (listed.op !== said.op) return symbolic && listed.op.opcode === said.op.opcode;
  const jumps = lowered.target !== undefined && lowered.target.kind !== 'relative';
  return (
    listed.dst === said.dst &&
    listed.src === said.src &&
    (symbolic ||
      (jumps && listed.op.form === 'gotol') ||
      (listed.imm === said.imm && listed.hi === said.hi)) &&
    (jumps || listed.off === said.off)
  );
}
