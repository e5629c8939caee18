import { FORMS, type RegisterUse } from '../../isa/forms.js';
import { type Insn, registerOf } from '../../isa/insn.js';
import { helperFor } from '../prototype/helper.js';
import type { VerifyRequest } from '../request.js';
import { successors } from './successors.js';

interface Uses {
  readonly reads: number;
  readonly writes: number;
}

const bit = (register: number): number => 1 << register;
const CALLER_SAVED = 0b111111;

/** Registers that an instruction reads and writes, as bits. */
function usesOf(request: VerifyRequest, insn: Insn): Uses {
  const { form } = insn.op;
  const info = FORMS[form];
  const mask = (uses: readonly RegisterUse[]): number =>
    uses.reduce<number>((sum, use) => sum | bit(registerOf(insn, use)), 0);
  switch (form) {
    case 'call_helper': {
      const args = helperFor(request, insn.imm)?.args.length ?? 5;
      return { reads: ((1 << args) - 1) << 1, writes: CALLER_SAVED };
    }
    case 'packet_abs':
    case 'packet_ind':
      return { reads: mask(info.reads) | bit(6), writes: CALLER_SAVED };
    default:
      return { reads: mask(info.reads), writes: mask(info.writes) };
  }
}

/** Slots that come before each, in the same function. */
function predecessors(insns: readonly (Insn | undefined)[]): readonly (readonly number[])[] {
  const before: number[][] = insns.map(() => []);
  for (const [slot, insn] of insns.entries()) {
    if (insn !== undefined) for (const to of successors(insn, slot)) before[to]?.push(slot);
  }
  return before;
}

/**
 * Of each slot, the registers whose value there is read before it is written. A slot is asked again only where what follows it has changed:
 * going over all of them until nothing changes would take a round for every jump back of a chain of them.
 */
export function liveRegisters(request: VerifyRequest, insns: readonly (Insn | undefined)[]): Uint16Array {
  const live = new Uint16Array(insns.length + 1);
  const uses = insns.map((insn) => insn && usesOf(request, insn));
  const before = predecessors(insns);
  const open = [...insns.keys()];
  for (let slot = open.pop(); slot !== undefined; slot = open.pop()) {
    const insn = insns[slot];
    const use = uses[slot];
    if (insn === undefined || use === undefined) continue;
    const after = successors(insn, slot).reduce((sum, to) => sum | (live[to] ?? 0), 0);
    const needed = use.reads | (after & ~use.writes);
    if (needed === live[slot]) continue;
    live[slot] = needed;
    for (const from of before[slot] ?? []) open.push(from);
  }
  return live;
}
