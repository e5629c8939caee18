import { endsFlow, targetSlot } from '../isa/flow.js';
import { FORMS } from '../isa/forms.js';
import { type Insn, slotsOf } from '../isa/insn.js';

/** Stack one function may use (MAX_BPF_STACK, linux/filter.h). */
export const MAX_FRAME = 512;

/** What a register holds as far as the frame goes: nothing of it, r10 plus a constant, or r10 plus something. */
type FrameValue = 'other' | 'somewhere' | number;
type State = readonly FrameValue[];

const START: State = Array.from({ length: 12 }, (_, i) => (i === 10 ? 0 : 'other'));

function join(a: FrameValue, b: FrameValue): FrameValue {
  return a === b ? a : 'somewhere';
}

function step(insn: Insn, state: State): State {
  const { op } = insn;
  const next = [...state];
  const dst = state[insn.dst]!;
  switch (op.form) {
    case 'mov_reg':
      next[insn.dst] = op.width === 64 ? state[insn.src]! : 'other';
      return next;
    case 'cast':
      next[insn.dst] = state[insn.src]!;
      return next;
    case 'alu_imm':
      if (op.width === 64 && typeof dst === 'number' && (op.text === '+=' || op.text === '-=')) {
        next[insn.dst] = op.text === '+=' ? dst + insn.imm : dst - insn.imm;
      } else if (dst !== 'other') next[insn.dst] = 'somewhere';
      return next;
    case 'alu_reg':
      if (dst !== 'other' || state[insn.src] !== 'other') next[insn.dst] = 'somewhere';
      return next;
    case 'neg':
    case 'swap':
      if (dst !== 'other') next[insn.dst] = 'somewhere';
      return next;
    default: {
      const writes: readonly unknown[] = FORMS[op.form].writes;
      for (let n = 0; n < 12; n += 1) {
        const isWritten = (field: 'dst' | 'src'): boolean => writes.includes(field) && n === insn[field];
        if (writes.includes(n) || isWritten('dst') || isWritten('src')) next[n] = 'other';
      }
      return next;
    }
  }
}

/** Values that leave the registers: what is stored, and the arguments of a call. */
function handedOn(insn: Insn, state: State): FrameValue[] {
  const { form } = insn.op;
  if (form === 'store_reg' || form === 'release' || form === 'xchg') return [state[insn.src]!];
  return form.startsWith('call') ? [1, 2, 3, 4, 5].map((n) => state[n]!) : [];
}

/**
 * The lowest offset from r10 an instruction makes reachable; undefined if that is anywhere. An address that goes to
 * memory or to a callee is taken to be used upwards; r10 itself can only be used downwards.
 */
function depth(insn: Insn, before: State, after: State): number | undefined {
  const { memory } = FORMS[insn.op.form];
  let low = 0;
  if (memory !== 'none') {
    const isLoad = memory === 'load' || insn.op.form === 'acquire';
    const base = before[isLoad ? insn.src : insn.dst]!;
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
  const slots: number[] = [];
  const bySlot = new Map<number, number>();
  let slot = 0;
  insns.forEach((insn, i) => {
    slots.push(slot);
    bySlot.set(slot, i);
    slot += slotsOf(insn);
  });
  const states: (State | undefined)[] = insns.map(() => undefined);
  states[0] = START;
  const work = [0];
  let deepest = 0;
  let anywhere = false;
  const flow = (to: number | undefined, state: State): void => {
    if (to === undefined) return;
    const known = states[to];
    const joined = known === undefined ? state : known.map((v, n) => join(v, state[n]!));
    if (known !== undefined && joined.every((v, n) => v === known[n])) return;
    states[to] = joined;
    work.push(to);
  };
  for (let i = work.pop(); i !== undefined; i = work.pop()) {
    const insn = insns[i]!;
    const before = states[i]!;
    const after = step(insn, before);
    const low = depth(insn, before, after);
    if (low === undefined) anywhere = true;
    else deepest = Math.min(deepest, low);
    const target = targetSlot(insn, slots[i]!);
    if (target !== undefined) flow(bySlot.get(target), after);
    if (!endsFlow(insn)) flow(i + 1 < insns.length ? i + 1 : undefined, after);
    if (insn.op.form === 'gotox') anywhere = true;
  }
  const used = deepest === 0 ? 0 : Math.ceil(-deepest / 8) * 8;
  return { size: anywhere ? Math.max(MAX_FRAME, used) : used, deepest };
}
