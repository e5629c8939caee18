import { FORMS } from '../../isa/forms.js';
import { makeInsn } from '../../isa/insn.js';
import { printKernel } from '../../isa/print/kernel.js';
import { printLlvm } from '../../isa/print/llvm.js';
import { printMnemonic } from '../../isa/print/mnemonic.js';
import { OPERATIONS } from '../../isa/table.js';
import type { Row } from '../../report/table.js';
import { hexByte } from '../../text/numbers.js';

/** Every instruction, in all spellings. */
export function insns(): Row[] {
  return OPERATIONS.map((op) => {
    const uses: readonly string[] = FORMS[op.form].uses;
    const field = (name: string, value: number): number => (uses.includes(name) ? value : 0);
    const sample = makeInsn(op, {
      dst: field('dst', 1),
      src: field('src', 2),
      off: field('off', 8),
      imm: field('imm', 5),
    });
    return {
      name: op.name,
      opcode: `0x${hexByte(op.opcode)}`,
      select: op.select === undefined ? '' : `${op.select.field}=${op.select.value}`,
      isa: op.isa,
      llvm: printLlvm(sample, { alu32: true, exact: true }).replace('\t', ' '),
      kernel: printKernel(sample),
      mnemonic: printMnemonic(sample),
    };
  });
}
