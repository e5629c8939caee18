import { FORMS } from '../isa/forms.js';
import type { Insn } from '../isa/insn.js';
import { baseOf, type FrameValue, followAddress, type State, startingAt } from './offsets.js';

/** Bytes of stack that one function may use, and all that call each other together (MAX_BPF_STACK, linux/filter.h). */
export const MAX_FRAME = 512;

/** Values that leave the registers: what is stored, and the arguments of a call. */
export function handedOn(insn: Insn, state: State): FrameValue[] {
  const { handsOn } = FORMS[insn.op.form];
  switch (handsOn) {
    case 'src':
      return [state[insn.src]!];
    case 'arguments':
      return [1, 2, 3, 4, 5].map((n) => state[n]!);
    case 'nothing':
      return [];
    default:
      return handsOn satisfies never;
  }
}

/**
 * The lowest offset from r10 an instruction makes reachable; undefined if that is anywhere. An address that goes to
 * memory or to a callee is taken to be used upwards; from r10 itself only what is below can be used.
 */
function depth(insn: Insn, before: State, after: State): number | undefined {
  const register = baseOf(insn);
  let low = 0;
  if (register !== undefined) {
    const base = before[insn[register]]!;
    if (base === 'somewhere') return undefined;
    if (typeof base === 'number') low = Math.min(low, base + insn.off);
  }
  for (const value of handedOn(insn, before)) {
    if (value === 'somewhere' || (typeof value === 'number' && value >= 0)) return undefined;
    if (typeof value === 'number') low = Math.min(low, value);
  }
  const formed = after[insn.dst];
  if (formed === 'somewhere' && before[insn.dst] !== 'somewhere') return undefined;
  if (typeof formed === 'number') low = Math.min(low, formed);
  return low;
}

/**
 * Bytes of stack a function uses: down to the deepest constant offset from r10 it touches or takes the address of, in
 * multiples of 8; all 512 if r10 goes into variable arithmetic, to memory or to a callee, or differs between paths. `deepest` is the lowest offset found, for diagnostics.
 */
export function frameSize(insns: readonly Insn[]): { readonly size: number; readonly deepest: number } {
  let deepest = 0;
  let anywhere = false;
  followAddress(insns, startingAt(10), (insn, before, after) => {
    const low = depth(insn, before, after);
    if (low === undefined || FORMS[insn.op.form].flow === 'indirect') anywhere = true;
    if (low !== undefined) deepest = Math.min(deepest, low);
  });
  const used = deepest === 0 ? 0 : Math.ceil(-deepest / 8) * 8;
  return { size: anywhere ? Math.max(MAX_FRAME, used) : used, deepest };
}
