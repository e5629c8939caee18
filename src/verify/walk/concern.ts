import type { Insn } from '../../isa/insn.js';

/** It concerns more than registers of one frame. */
export const ALWAYS = -1;

/** A step back over an instruction changes nothing unless one of these registers is wanted, or a stack slot that it was noted with. */
export function concernOf({ op, dst, src }: Insn): number {
  switch (op.form) {
    case 'call_helper':
    case 'call_local':
    case 'call_kfunc':
    case 'exit':
      return ALWAYS;
    case 'alu_imm':
    case 'neg':
    case 'swap':
      return 0;
    case 'fetch':
    case 'xchg':
      return 1 << src;
    case 'cmpxchg':
      return 1;
    case 'jump_reg':
      return (1 << dst) | (1 << src);
    default:
      return 1 << dst;
  }
}
