import { signed } from '../../text/numbers.js';
import { type Insn, wideValue } from '../insn.js';
import { SHAPES, type Shape } from '../mnemonic-shapes.js';

function printOperand(insn: Insn, shape: Shape): string {
  switch (shape) {
    case 'dst':
    case 'src':
      return `%r${insn[shape]}`;
    case 'imm':
      return String(insn.imm);
    case 'callee':
      return insn.ref?.name ?? String(insn.imm);
    case 'wide':
      return insn.ref?.name ?? `0x${wideValue(insn).toString(16)}`;
    case 'to':
      return String(insn.imm >>> 16);
    case 'from':
      return String(insn.imm & 0xffff);
    case 'off_target':
      return signed(insn.off);
    case 'imm_target':
      return insn.ref?.name ?? signed(insn.imm);
    case 'at_dst':
      return `[%r${insn.dst}${signed(insn.off)}]`;
    case 'at_src':
      return `[%r${insn.src}${signed(insn.off)}]`;
    default:
      return shape satisfies never;
  }
}

/**
 * Prints an instruction in the mnemonic dialect of uBPF and bpf_conformance. Instructions newer than that dialect are
 * named in its manner: the mnemonic of the table, then the operands in the order of `SHAPES`.
 */
export function printMnemonic(insn: Insn): string {
  const operands = SHAPES[insn.op.form].map((shape) => printOperand(insn, shape));
  return operands.length === 0 ? insn.op.mnemonic : `${insn.op.mnemonic} ${operands.join(', ')}`;
}
