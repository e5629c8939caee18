import { type Insn, makeInsn } from '../isa/insn.js';
import { OPERATIONS } from '../isa/table.js';
import type { Machine } from '../machine/machine.js';

/** The instruction in a slot as it is run: immediates resolved. */
export function insnAt(machine: Machine, slot: number): Insn {
  const { code } = machine.text;
  const word = code[slot * 4]!;
  return makeInsn(OPERATIONS[word & 0xff]!, {
    dst: ((word >> 8) & 0xff) >> 1,
    src: word >> 17,
    off: code[slot * 4 + 1]!,
    imm: code[slot * 4 + 2]!,
    hi: code[slot * 4 + 3]!,
  });
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
