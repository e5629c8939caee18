import { endsFlow, functionSlot, targetSlot } from '../isa/flow.js';
import { type Insn, slotsOf } from '../isa/insn.js';
import type { Findings } from '../text/findings.js';

/** A function of a program: the code from one local call's target to the next. */
export interface Subprogram {
  /** Slot in the program at which it begins. */
  readonly start: number;
  readonly insns: readonly Insn[];
}

/**
 * Cuts a program at the targets of its local calls and of loads of function addresses, as the kernel's verifier does;
 * jumps may not cross the cuts. The code must come from `checkStructure`.
 */
export function splitSubprograms(insns: readonly Insn[], findings: Findings): readonly Subprogram[] {
  const starts = new Set([0]);
  let slot = 0;
  for (const insn of insns) {
    const called = functionSlot(insn, slot);
    if (called !== undefined) starts.add(called);
    slot += slotsOf(insn);
  }
  const parts: { start: number; insns: Insn[] }[] = [];
  slot = 0;
  for (const insn of insns) {
    if (starts.has(slot)) parts.push({ start: slot, insns: [] });
    parts.at(-1)?.insns.push(insn);
    slot += slotsOf(insn);
  }
  for (const [i, part] of parts.entries()) {
    const end = parts[i + 1]?.start ?? slot;
    let at = part.start;
    for (const insn of part.insns) {
      const target = targetSlot(insn, at);
      if (target !== undefined && (target < part.start || target >= end)) {
        findings.error('B0503', `instruction ${at} jumps to slot ${target}, which is in another function`, {
          span: insn.span,
          help: 'call the function, or give the code its own copy',
        });
      }
      at += slotsOf(insn);
    }
    const last = part.insns.at(-1);
    if (last !== undefined && !endsFlow(last)) {
      findings.error('B0504', `the function at slot ${part.start} runs off its end into the next`, {
        span: last.span,
        help: 'end it with `exit`',
      });
    }
  }
  return parts;
}
