import { endsFlow, targetSlot } from '../isa/flow.js';
import { FORMS } from '../isa/forms.js';
import { type Insn, registerOf, slotsOf } from '../isa/insn.js';

/** What a register holds of an address that a function begins with: nothing of it, it plus a constant, or it plus something. */
export type FrameValue = 'other' | 'somewhere' | number;
export type State = readonly FrameValue[];

/** Only register `from` holds the address. */
export const startingAt = (from: number): State =>
  Array.from({ length: 12 }, (_, i) => (i === from ? 0 : 'other'));

function join(a: FrameValue, b: FrameValue): FrameValue {
  return a === b ? a : 'somewhere';
}

/** The registers that an instruction writes. */
export function registersWritten(insn: Insn): number[] {
  return FORMS[insn.op.form].writes.map((use) => registerOf(insn, use));
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
    case 'percpu':
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
    case 'mov_imm':
    case 'extend':
    case 'wide':
    case 'pseudo':
    case 'goto':
    case 'gotol':
    case 'gotox':
    case 'may_goto':
    case 'jump_imm':
    case 'jump_reg':
    case 'call_helper':
    case 'call_local':
    case 'call_kfunc':
    case 'callx':
    case 'exit':
    case 'load':
    case 'store_imm':
    case 'store_reg':
    case 'packet_abs':
    case 'packet_ind':
    case 'lock':
    case 'fetch':
    case 'xchg':
    case 'cmpxchg':
    case 'acquire':
    case 'release':
    case 'this_cpu':
    case 'this_cpu_fetch': {
      for (const n of registersWritten(insn)) next[n] = 'other';
      return next;
    }
    default:
      return op.form satisfies never;
  }
}

/**
 * Goes through a function until nothing changes, and tells for every instruction what the registers hold before and
 * after.
 */
export function followAddress(
  insns: readonly Insn[],
  start: State,
  visit: (insn: Insn, before: State, after: State) => void,
): void {
  const slots: number[] = [];
  const bySlot = new Map<number, number>();
  let slot = 0;
  insns.forEach((insn, i) => {
    slots.push(slot);
    bySlot.set(slot, i);
    slot += slotsOf(insn);
  });
  const states: (State | undefined)[] = insns.map(() => undefined);
  states[0] = start;
  const work = [0];
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
    visit(insn, before, after);
    const target = targetSlot(insn, slots[i]!);
    if (target !== undefined) flow(bySlot.get(target), after);
    if (!endsFlow(insn)) flow(i + 1 < insns.length ? i + 1 : undefined, after);
  }
}

/** The register an instruction takes a memory address from; undefined if it accesses none. */
export function baseOf(insn: Insn): 'src' | 'dst' | undefined {
  const { touches } = FORMS[insn.op.form];
  switch (touches) {
    case 'load':
      return 'src';
    case 'store':
    case 'update':
    case 'percpu_update':
      return 'dst';
    case 'nothing':
    case 'leaf':
    case 'return':
      return undefined;
    default:
      return touches satisfies never;
  }
}
