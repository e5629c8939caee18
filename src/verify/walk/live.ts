import { FORMS } from '../../isa/forms.js';
import type { Insn } from '../../isa/insn.js';
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
  const number = (use: 'dst' | 'src' | number): number =>
    use === 'dst' ? insn.dst : use === 'src' ? insn.src : use;
  const mask = (uses: readonly ('dst' | 'src' | number)[]): number =>
    uses.reduce<number>((sum, use) => sum | bit(number(use)), 0);
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

/** Of each slot, the registers whose value there is read before it is written. */
export function liveRegisters(request: VerifyRequest, insns: readonly (Insn | undefined)[]): Uint16Array {
  const live = new Uint16Array(insns.length + 1);
  const uses = insns.map((insn) => insn && usesOf(request, insn));
  for (let changed = true; changed; ) {
    changed = false;
    for (let slot = insns.length - 1; slot >= 0; slot--) {
      const insn = insns[slot];
      const use = uses[slot];
      if (insn === undefined || use === undefined) continue;
      const after = successors(insn, slot).reduce((sum, to) => sum | (live[to] ?? 0), 0);
      const before = use.reads | (after & ~use.writes);
      if (before === live[slot]) continue;
      live[slot] = before;
      changed = true;
    }
  }
  return live;
}
