import type { Span } from '../text/source.js';
import { functionSlot } from './flow.js';
import { type AnyInsn, makeInsn, slotsOf } from './insn.js';
import { operation } from './table.js';

export const WORD = /[A-Za-z_.$][\w.$]*/g;
export const textOf = ({ source, start, end }: Span): string => source.text.slice(start, end);

/** Names that a line which could not be read may have defined: what it begins with, and what comes before a colon. */
export function definedBy(text: string): readonly string[] {
  const words = text.startsWith('.') ? text.match(WORD) : text.match(/^[\w.$]+|[\w.$]+(?=\s*:)/g);
  return (words ?? []).flatMap((w) => (/^\d+$/.test(w) ? [`${w}f`, `${w}b`] : [w]));
}

/** What takes the place of an instruction that could not be made; a comparison may still jump. */
export const NOTHING = makeInsn(operation('ja'));
export const WIDE_NOTHING = makeInsn(operation('lddw'));
export const COMPARISON = makeInsn(operation('jeq64_imm'), { dst: 10 });

/** What ends a function. */
export const END = makeInsn(operation('exit'));

/**
 * Code in which something that does nothing takes the place of every instruction that is at fault, so that the rest of
 * it can be looked at: it takes as many slots, reads and writes no register, and goes on to the next instruction, or
 * ends the function that it is the last of.
 */
export function withPlaceholders(insns: readonly AnyInsn[], atFault: ReadonlySet<AnyInsn>): AnyInsn[] {
  const begins = new Set<number>();
  let slot = 0;
  for (const insn of insns) {
    const called = atFault.has(insn) ? undefined : functionSlot(insn, slot);
    if (called !== undefined) begins.add(called);
    slot += slotsOf(insn);
  }
  begins.add(slot);
  const out: AnyInsn[] = [];
  slot = 0;
  for (const insn of insns) {
    const after = slot + slotsOf(insn);
    if (!atFault.has(insn)) out.push(insn);
    else
      while (slot < after) {
        slot += 1;
        out.push(begins.has(slot) ? END : NOTHING);
      }
    slot = after;
  }
  return out;
}
