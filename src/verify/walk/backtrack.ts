import type { Insn } from '../../isa/insn.js';
import { TAIL_CALL } from '../program/subprograms.js';
import type { HistoryEntry } from '../state/state.js';
import { ALWAYS } from './concern.js';
import type { Walk } from './walk.js';
import type { Wanted } from './wanted.js';

const ARGUMENTS = [1, 2, 3, 4, 5];

/** What learnt of a comparison together is relied on together. */
function sync(entry: HistoryEntry | undefined, wanted: Wanted): void {
  if (entry === undefined || entry.linked.length === 0) return;
  const isWanted = entry.linked.some((one) =>
    one.isRegister ? wanted.has(one.frame, one.index) : wanted.hasSlot(one.frame, one.index),
  );
  if (!isWanted) return;
  for (const one of entry.linked) {
    if (one.isRegister) wanted.add(one.frame, one.index);
    else wanted.addSlot(one.frame, one.index);
  }
}

/** A load: where it came from the stack, that slot. */
function fill(wanted: Wanted, register: number, entry: HistoryEntry | undefined): void {
  if (!wanted.drop(wanted.frame, register)) return;
  if (entry?.stack !== undefined) wanted.addSlot(entry.stack.frame, entry.stack.slot);
}

/** A store: where the slot is wanted, what was stored. */
function store(wanted: Wanted, insn: Insn, entry: HistoryEntry | undefined, isRegister: boolean): boolean {
  if (wanted.has(wanted.frame, insn.dst)) return false;
  if (entry?.stack === undefined) return true;
  const { frame, slot } = entry.stack;
  if (wanted.dropSlot(frame, slot) && isRegister) wanted.add(wanted.frame, insn.src);
  return true;
}

function leave(wanted: Wanted, toCaller: boolean): void {
  for (const register of ARGUMENTS) {
    if (wanted.drop(wanted.frame, register) && toCaller) wanted.add(wanted.frame - 1, register);
  }
  wanted.frame--;
}

function call(walk: Walk, insn: Insn, slot: number, after: number, wanted: Wanted): boolean {
  const { form } = insn.op;
  if (form === 'call_local') {
    const target = slot + 1 + insn.imm;
    const subprogram = walk.code.subprograms.find((s) => s.start === target);
    if (subprogram?.isGlobal) {
      wanted.drop(wanted.frame, 0);
      return true;
    }
    leave(wanted, true);
    return true;
  }
  if (walk.code.points.callbacks[slot] === 1 && slot !== after - 1) {
    leave(wanted, false);
    return true;
  }
  wanted.drop(wanted.frame, 0);
  if (form === 'call_helper' && insn.imm === TAIL_CALL && after - slot !== 1) wanted.frame++;
  return true;
}

function exit(walk: Walk, after: number, wanted: Wanted): void {
  const back = walk.code.insns[after];
  const isCallback = back !== undefined && walk.code.points.callbacks[after] === 1;
  if (isCallback) for (const register of ARGUMENTS) wanted.drop(wanted.frame, register);
  const isCall = walk.code.insns[after - 1]?.op.form === 'call_local';
  const result = wanted.drop(wanted.frame, 0);
  wanted.frame++;
  if (result && isCall) wanted.add(wanted.frame, 0);
}

function isOfNoConcern(concern: number, entry: HistoryEntry | undefined, wanted: Wanted): boolean {
  if (concern === ALWAYS || (wanted.registers(wanted.frame) & concern) !== 0) return false;
  return entry === undefined || (entry.stack === undefined && entry.linked.length === 0);
}

/** Where a trace is on its way back. It changes with each step: there are as many as instructions. */
export interface Trace {
  slot: number;
  /** The slot that was walked next; -1 where the trace begins. */
  after: number;
  /** What was noted of the instruction. */
  entry: HistoryEntry | undefined;
  readonly wanted: Wanted;
}

/** One step back over an instruction; false where the trace is lost (backtrack_insn). */
export function backtrack(walk: Walk, trace: Trace): boolean {
  const { slot, entry, wanted } = trace;
  const insn = walk.code.insns[slot];
  if (insn === undefined || isOfNoConcern(walk.code.concerns[slot]!, entry, wanted)) return true;
  sync(entry, wanted);
  const isTraced = step(walk, insn, trace);
  sync(entry, wanted);
  return isTraced;
}

function step(walk: Walk, insn: Insn, { slot, after, entry, wanted }: Trace): boolean {
  const { frame } = wanted;
  const { dst, src } = insn;
  switch (insn.op.form) {
    case 'mov_imm':
    case 'wide':
    case 'pseudo':
      wanted.drop(frame, dst);
      return true;
    case 'mov_reg':
    case 'extend':
    case 'cast':
      if (wanted.drop(frame, dst)) wanted.add(frame, src);
      return true;
    case 'alu_reg':
      if (wanted.has(frame, dst)) wanted.add(frame, src);
      return true;
    case 'alu_imm':
    case 'neg':
    case 'swap':
      return true;
    case 'load':
    case 'acquire':
      fill(wanted, dst, entry);
      return true;
    case 'fetch':
    case 'xchg':
      fill(wanted, src, entry);
      return true;
    case 'cmpxchg':
      fill(wanted, 0, entry);
      return true;
    case 'store_imm':
      return store(wanted, insn, entry, false);
    case 'store_reg':
    case 'lock':
    case 'release':
      return store(wanted, insn, entry, true);
    case 'jump_reg':
      if (wanted.has(frame, dst) || wanted.has(frame, src)) {
        if (!entry?.srcIsStack) wanted.add(frame, src);
        if (!entry?.dstIsStack) wanted.add(frame, dst);
      }
      return true;
    case 'call_helper':
    case 'call_local':
    case 'call_kfunc':
      return call(walk, insn, slot, after, wanted);
    case 'exit':
      exit(walk, after, wanted);
      return true;
    case 'packet_abs':
    case 'packet_ind':
      return !wanted.has(frame, dst);
    default:
      return true;
  }
}
