import type { Machine } from '../machine/machine.js';
import { errorAt, InputError } from '../text/diagnostic.js';
import { formatLine } from '../text/source.js';

/** How an instruction is written, for comments and messages. */
function textOf(machine: Machine, slot: number): string {
  const placed = machine.text.at(slot);
  const span = placed?.insn.span;
  if (span === undefined) return placed?.insn.op.name ?? 'nothing';
  return span.source.text.slice(span.start, span.end).replace(/\s+/g, ' ').trim();
}

/** The same, and where it is. */
export function placedText(machine: Machine, slot: number): string {
  const span = machine.text.at(slot)?.insn.span;
  if (span === undefined) return textOf(machine, slot);
  return `${textOf(machine, slot)}   ${formatLine(span)}`;
}

/** Says which instruction the model cannot have, and why. */
export function refuse(machine: Machine, slot: number, why: string, help?: string): never {
  const placed = machine.text.at(slot);
  const where = placed === undefined ? '' : ` (in ${placed.fn.name})`;
  throw new InputError(
    errorAt('B0413', `\`${textOf(machine, slot)}\`${where} cannot be expressed in Promela: ${why}`, {
      span: placed?.insn.span,
      help,
    }),
  );
}
