import { isScalarSpill, isSpill } from '../state/slot.js';
import type { State } from '../state/state.js';
import { backtrack } from './backtrack.js';
import type { Walk } from './walk.js';
import type { Wanted } from './wanted.js';

/** Marks what kept states have of registers and slots as relied on; takes those off that need no more. */
function markState(state: State, wanted: Wanted): boolean {
  let changed = false;
  for (let i = 0; i <= wanted.frame; i++) {
    const frame = state.frames[i];
    if (frame === undefined) continue;
    for (const number of wanted.registers(i)) {
      const register = frame.register(number);
      if (!register.isScalar || register.precise) wanted.drop(i, number);
      else {
        frame.registers[number] = register.with({ precise: true });
        changed = true;
      }
    }
    for (const index of wanted.slots(i)) {
      const slot = frame.slot(index);
      if (!isScalarSpill(slot) || slot.spilled.precise) wanted.dropSlot(i, index);
      else {
        frame.stack[index] = { ...slot, spilled: slot.spilled.with({ precise: true }) };
        changed = true;
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
        if (register.isScalar && !register.precise) frame.registers[i] = register.with({ precise: true });
      }
      for (const [i, slot] of frame.stack.entries()) {
        if (!isSpill(slot) || !slot.spilled.isScalar || slot.spilled.precise) continue;
        frame.stack[i] = { ...slot, spilled: slot.spilled.with({ precise: true }) };
      }
    }
  }
}

/** The slot walked before another in a state, and how much of its history is left then; undefined at its beginning. */
function before(state: State, slot: number, left: number): { slot: number; left: number } | undefined {
  const last = state.history[left - 1];
  if (slot === state.firstSlot && (left === 0 || (left === 1 && last?.slot === slot))) return undefined;
  return last !== undefined && last.slot === slot
    ? { slot: last.previous, left: left - 1 }
    : { slot: slot - 1, left };
}

/**
 * Walks back from where a state is, and marks in the kept states before it all that the wanted registers and slots were computed from: pruning
 * must compare that exactly (bpf_mark_chain_precision). Gives whether anything is marked that was not.
 */
function markWanted(walk: Walk, start: State, wanted: Wanted): boolean {
  let changed = false;
  let state = start;
  let last = start.slot;
  let after = -1;
  let isFirst = true;
  while (!wanted.isEmpty) {
    let left = state.history.length;
    if (last < 0) {
      // The entry of a function that is verified by itself: its arguments.
      markState(state, wanted);
      return changed;
    }
    for (let slot = last; ; ) {
      if (isFirst) isFirst = false;
      else {
        const entry = state.history[left - 1];
        const isTraced = backtrack(walk, slot, after, entry?.slot === slot ? entry : undefined, wanted);
        if (!isTraced) {
          markAll(start);
          return changed;
        }
      }
      if (wanted.isEmpty) return changed;
      after = slot;
      const next = before(state, slot, left);
      if (next === undefined) break;
      ({ slot, left } = next);
      while (walk.code.insns[slot] === undefined && slot > 0) slot--;
    }
    const { parent } = state;
    if (parent === undefined) break;
    after = state.firstSlot;
    changed = markState(parent, wanted) || changed;
    last = parent.lastSlot;
    state = parent;
  }
  if (!wanted.isEmpty) markAll(start);
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
  for (const [i, frame] of old.frames.entries()) {
    for (let j = 0; j < 10; j++) {
      const register = frame.register(j);
      if (register.isScalar && register.precise) wanted.add(i, j);
    }
    for (const [j, slot] of frame.stack.entries()) {
      if (isScalarSpill(slot) && slot.spilled.precise) wanted.addSlot(i, j);
    }
  }
  return markWanted(walk, now, wanted);
}
