import type { Insn } from '../insn.js';

/** What to write instead of a jump that its field has no room for. */
export function farJump(insn: Insn): string {
  switch (insn.op.form) {
    case 'goto':
      return 'write `gotol`, which has 32 bits (`ja32` in the mnemonic dialect)';
    case 'gotol':
    case 'call_local':
      return 'the field has 32 bits';
    default:
      return 'reverse the condition to jump over a `gotol`, which has 32 bits';
  }
}
