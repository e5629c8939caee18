import { printInsn } from '../isa/print/listing.js';
import type { Machine } from './machine.js';
import { LEAF_CALL, type PlacedInsn, WORDS_PER_SLOT } from './text.js';

/**
 * An instruction as reports and the stepper show it: in LLVM's spelling, and with the names of what calls go to, which
 * an object file has only as numbers.
 */
export function showInsn({ text, leaves }: Machine, slot: number, { insn }: PlacedInsn): string {
  const { form } = insn.op;
  const isCall = form === 'call_helper' || form === 'call_local' || form === 'call_kfunc';
  if (isCall && insn.ref === undefined) {
    const at = slot * WORDS_PER_SLOT;
    const index = text.code[at + 2]!;
    const isLeaf = (text.code[at]! & 0xff) === LEAF_CALL;
    const name = isLeaf ? leaves[index]?.name : text.functions[index]?.name;
    if (name !== undefined) return `call ${name}`;
  }
  return printInsn(insn, { style: 'llvm', alu32: true, bytes: false });
}
