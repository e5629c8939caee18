import { printInsn } from '../isa/print/listing.js';
import type { Machine } from './machine.js';
import type { PlacedInsn } from './text.js';
import { LEAF_CALL, opIdOf, WORDS_PER_SLOT } from './word.js';

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
    const isLeaf = opIdOf(text.code[at]!) === LEAF_CALL;
    const leaf = leaves[index];
    const name = isLeaf ? (leaf?.inPlaceOf ?? leaf?.name) : text.functions[index]?.name;
    if (name !== undefined) return `call ${name}`;
  }
  return printInsn(insn, { style: 'llvm', alu32: true, bytes: false });
}
