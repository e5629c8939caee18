import type { Insn } from '../../isa/insn.js';
import type { Operation } from '../../isa/operation.js';

/** An operation without what it means to those who carry it out. The few that have a sub-opcode may look different. */
function shapedOperation(op: Operation): Operation {
  const { id, name, form, opcode, text, kernelText, mnemonic, width, size, signed, isa, select } = op;
  const shape = { id, name, form, opcode, text, kernelText, mnemonic, width, size, signed, isa };
  return select === undefined ? shape : { ...shape, select };
}

const SHAPED: (Operation | undefined)[] = [];

/**
 * The same instruction as an object that is made here. Objects that are made in one place look alike to an engine, which then knows where
 * their fields are; instructions and rows of the table come from many, and a walk asks for their fields more often than for anything else.
 */
export function shaped(insn: Insn): Insn {
  const { dst, src, off, imm, hi, ref } = insn;
  const op = (SHAPED[insn.op.id] ??= shapedOperation(insn.op));
  // A name is there for those who print the instruction.
  return ref === undefined ? { op, dst, src, off, imm, hi } : { op, dst, src, off, imm, hi, ref };
}
