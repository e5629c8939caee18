import type { Insn } from '../../isa/insn.js';

/** The operator as the kernel prints it, which does not tell signed division. */
export function operatorOf({ op }: Insn): string {
  return op.text === 's/=' ? '/=' : op.text === 's%=' ? '%=' : op.text;
}
