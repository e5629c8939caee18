import { type Insn, makeInsn } from '../isa/insn.js';
import type { Machine } from '../machine/machine.js';
import { decodeSlot } from '../machine/word.js';

/** The instruction in a slot as it is run: immediates resolved. */
export function insnAt(machine: Machine, slot: number): Insn {
  const { op, ...fields } = decodeSlot(machine.text.code, slot);
  return makeInsn(op, fields);
}

const LOCAL = new Set(['mov_imm', 'mov_reg', 'alu_imm', 'alu_reg', 'neg', 'extend', 'swap', 'wide']);

/**
 * Where a short piece of code that a jump skips ends, if there is nothing in it but arithmetic: both ways then go on
 * with the same code. Undefined for any other jump.
 */
export function skipped(machine: Machine, slot: number, target: number): readonly number[] | undefined {
  const slots: number[] = [];
  for (let s = slot + 1; s < target; s += 1) {
    if (machine.text.at(s) === undefined) continue;
    const { op, dst } = insnAt(machine, s);
    if (!LOCAL.has(op.form) || dst > 9) return undefined;
    slots.push(s);
  }
  return slots.length > 0 && machine.text.at(target) !== undefined ? slots : undefined;
}
