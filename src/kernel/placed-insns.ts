import type { Insn } from '../isa/insn.js';
import type { Kernel, Program } from './kernel.js';

/** The instructions of a program as they have been placed. */
export function placedInsns({ machine }: Kernel, { fn }: Program): readonly Insn[] {
  const { start, end } = machine.text.functions[fn]!;
  const insns: Insn[] = [];
  for (let slot = start; slot < end; slot += 1) {
    const placed = machine.text.at(slot);
    if (placed !== undefined) insns.push(placed.insn);
  }
  return insns;
}
