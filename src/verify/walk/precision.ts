import { isScalarSpill, isSpill } from '../state/slot.js';
import type { HistoryEntry, State } from '../state/state.js';
import { backtrack, type Trace } from './backtrack.js';
import type { Walk } from './walk.js';
import { lowestBit, type Wanted } from './wanted.js';

/** Where each word of bits for slots begins. */
const SLOTS = [0, 32] as const;

/** Marks what kept states have of registers and slots as relied on; takes those off that need no more. */
function markState(state: State, wanted: Wanted): boolean {
  let changed = false;
  for (let i = 0; i <= wanted.frame; i++) {
    const frame = state.frames[i];
    if (frame === undefined) continue;
    for (let bits = wanted.registers(i); bits !== 0; bits &= bits - 1) {
      const number = lowestBit(bits);
      const register = frame.register(number);
      if (!register.isScalar || register.precise) wanted.drop(i, number);
      else {
        frame.registers[number] = register.withPrecise(true);
        changed = true;
      }
    }
    for (const from of SLOTS) {
      for (let bits = wanted.slots(i, from); bits !== 0; bits &= bits - 1) {
        const index = from + lowestBit(bits);
        const slot = frame.slot(index);
        if (!isScalarSpill(slot) || slot.spilled.precise) wanted.dropSlot(i, index);
        else {
          frame.stack[index] = { ...slot, spilled: slot.spilled.withPrecise(true) };
          changed = true;
        }
      }
    }
  }
  return changed;
}

/** Where it is not found out what was relied on: everything on the way is (mark_all_scalars_precise). */
export function markAll(state: State): void {
  for (let st = state.parent; st !== undefined; st = st.parent) {
    for (const frame of st.frames) {
      for (let i = 0; i < 10; i++) {
        const register = frame.register(i);
        if (register.isScalar && !register.precise) frame.registers[i] = register.withPrecise(true);
      }
      for (const [i, slot] of frame.stack.entries()) {
        if (!isSpill(slot) || !slot.spilled.isScalar || slot.spilled.precise) continue;
        frame.stack[i] = { ...slot, spilled: slot.spilled.withPrecise(true) };
      }
    }
  }
}

/** The trace is lost, or does not end: what was remembered of others on the way is not to be built upon. */
function giveUp(start: State): void {
  markAll(start);
  for (let state: State | undefined = start; state !== undefined; state = state.parent) {
    for (let entry = state.history; entry !== undefined; entry = entry.before) entry.traced = undefined;
  }
}

/** Whether looking back from a note is in vain, since it was done before; remembers that it is done now. */
function isTraced(entry: HistoryEntry, wanted: Wanted): boolean {
  if (entry.traced !== undefined && wanted.isWithin(entry.traced)) return true;
  entry.traced = wanted.addedTo(entry.traced);
  return false;
}

/**
 * Walks back from where a state is, and marks in the kept states before it all that the wanted registers and slots were computed from: pruning
 * must compare that exactly (bpf_mark_chain_precision). Gives whether anything is marked that was not.
 */
function markWanted(walk: Walk, start: State, wanted: Wanted): boolean {
  const { insns } = walk.code;
  const trace: Trace = { slot: start.slot, after: -1, entry: undefined, wanted };
  let changed = false;
  let state = start;
  while (!wanted.isEmpty) {
    let left = state.history;
    if (trace.slot < 0) {
      // The entry of a function that is verified by itself: its arguments.
      markState(state, wanted);
      return changed;
    }
    for (;;) {
      const { slot } = trace;
      const entry = left?.slot === slot ? left : undefined;
      trace.entry = entry;
      // The first instruction is the one that asks.
      if (trace.after !== -1) {
        if (entry !== undefined && isTraced(entry, wanted)) return changed;
        if (!backtrack(walk, trace)) {
          giveUp(start);
          return changed;
        }
        if (wanted.isEmpty) return changed;
      }
      trace.after = slot;
      // At the beginning of the state there is nothing before, but for a note of that instruction itself, which is of the way there.
      const isBeginning = slot === state.firstSlot;
      if (isBeginning && (left === undefined || (entry !== undefined && left.count === 1))) break;
      if (entry === undefined) trace.slot--;
      else {
        trace.slot = entry.previous;
        left = entry.before;
      }
      while (insns[trace.slot] === undefined && trace.slot > 0) trace.slot--;
    }
    const { parent } = state;
    if (parent === undefined) break;
    trace.after = state.firstSlot;
    changed = markState(parent, wanted) || changed;
    trace.slot = parent.lastSlot;
    state = parent;
  }
  if (!wanted.isEmpty) giveUp(start);
  return changed;
}

/** A register whose exact range is relied on here. */
export function markPrecise(walk: Walk, number: number): void {
  if (!walk.register(number).isScalar) return;
  const wanted = walk.wanted();
  wanted.add(walk.state.frames.length - 1, number);
  markWanted(walk, walk.state, wanted);
}

export function markSlotsPrecise(walk: Walk, frame: number, slots: readonly number[]): void {
  const wanted = walk.wanted();
  for (const slot of slots) wanted.addSlot(frame, slot);
  markWanted(walk, walk.state, wanted);
}

/** What an equal state relied on is relied on in this one, too; gives whether anything is marked that was not. */
export function propagate(walk: Walk, old: State, now: State): boolean {
  const wanted = walk.wanted(now.frames.length - 1);
  for (let i = 0; i < old.frames.length; i++) {
    const frame = old.frames[i]!;
    for (let j = 0; j < 10; j++) {
      const register = frame.register(j);
      if (register.isScalar && register.precise) wanted.add(i, j);
    }
    for (let j = 0; j < frame.stack.length; j++) {
      const slot = frame.stack[j]!;
      if (isScalarSpill(slot) && slot.spilled.precise) wanted.addSlot(i, j);
    }
  }
  return markWanted(walk, now, wanted);
}
