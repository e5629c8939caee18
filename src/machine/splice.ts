import { targetSlot } from '../isa/flow.js';
import { FORMS } from '../isa/forms.js';
import { type Insn, slotsOf } from '../isa/insn.js';
import { Findings } from '../text/findings.js';
import { makeRelocatable, type Relocatable } from './relocatable.js';
import type { MachineFunction, Text } from './text.js';
import { WORDS_PER_SLOT } from './word.js';

/** A function that has been placed, with more before some of its instructions. */
export interface Spliced {
  readonly code: Relocatable;
  /** By each slot of the function, counted from its first: the slot here at which the same is about to be done. */
  readonly slots: ReadonlyMap<number, number>;
}

/** What a number in an instruction names is known where it has been placed: it is called so, that nothing looks for it again. */
function settled(text: Text, insn: Insn, slot: number): Insn {
  if (insn.ref !== undefined || FORMS[insn.op.form].flow !== 'call') return insn;
  const name = text.functions[text.code[slot * WORDS_PER_SLOT + 2]!]?.name;
  return name === undefined ? insn : { ...insn, ref: { name, addend: 0n, span: undefined } };
}

/** Whether it jumps by its immediate. */
const isLong = (insn: Insn): boolean => FORMS[insn.op.form].flow === 'imm';

/**
 * A copy of a function with instructions put in before others, by slots counted from its first. Jumps go to what is put in before
 * their target. What is copied keeps the words that it was placed with; what is put in is still to be relocated.
 */
export function splice(
  text: Text,
  fn: MachineFunction,
  before: ReadonlyMap<number, readonly Insn[]>,
  name: string,
): Spliced {
  const slots = new Map<number, number>();
  const copies: { readonly insn: Insn; readonly from: number; readonly at: number }[] = [];
  const insns: Insn[] = [];
  let at = 0;
  const put = (insn: Insn): void => {
    insns.push(insn);
    at += slotsOf(insn);
  };
  for (let from = 0; from < fn.end - fn.start; from += 1) {
    const insn = text.at(fn.start + from)?.insn;
    if (insn === undefined) continue;
    slots.set(from, at);
    for (const added of before.get(from) ?? []) put(added);
    copies.push({ insn, from, at });
    put(insn);
  }
  const jumps = new Map(
    copies.flatMap(({ insn, from, at: to }) => {
      const target = targetSlot(insn, from);
      return target === undefined ? [] : [[to, slots.get(target)! - to - 1] as const];
    }),
  );
  const moved = new Map(
    copies.map(({ insn, from, at: to }): readonly [number, Insn] => {
      const jump = jumps.get(to);
      if (jump === undefined) return [to, settled(text, insn, fn.start + from)];
      return [to, isLong(insn) ? { ...insn, imm: jump } : { ...insn, off: jump }];
    }),
  );
  let slot = 0;
  const all = insns.map((insn) => {
    const here = slot;
    slot += slotsOf(insn);
    return moved.get(here) ?? insn;
  });
  const findings = new Findings();
  const made = makeRelocatable({ name, insns: all, isInternal: true, isUnbounded: true }, findings);
  const [wrong] = findings.diagnostics;
  if (wrong !== undefined) throw new Error(`generated code of ${name}: ${wrong.message}`);
  const words = made.words.slice();
  for (const { insn, from, at: to } of copies) {
    const first = (fn.start + from) * WORDS_PER_SLOT;
    words.set(text.code.subarray(first, first + slotsOf(insn) * WORDS_PER_SLOT), to * WORDS_PER_SLOT);
    const jump = jumps.get(to);
    if (jump !== undefined) words[to * WORDS_PER_SLOT + (isLong(insn) ? 2 : 1)] = jump;
  }
  const isAdded = ({ slot: s }: { readonly slot: number }): boolean => !moved.has(s);
  return { code: { ...made, words, relocations: made.relocations.filter(isAdded) }, slots };
}
