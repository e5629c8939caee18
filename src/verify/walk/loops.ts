import { UNKNOWN } from '../range/scalar.js';
import { ANY, type Register } from '../state/register.js';
import { isSpill } from '../state/slot.js';
import type { State } from '../state/state.js';
import type { Walk } from './walk.js';

const sameCalls = (a: State, b: State): boolean =>
  a.frames.length === b.frames.length && a.frames.every((f, i) => f.callsite === b.frames[i]?.callsite);

/** The last state that was kept at an instruction on the way to this one, in the same functions (find_prev_entry). */
export function findEntry(walk: Walk, state: State, slot: number): State | undefined {
  return walk.kept
    .get(slot)
    ?.find((old) => old.branches > 0 && sameCalls(old, state) && old.depth < state.depth);
}

function widened(old: Register, now: Register): Register {
  if (!old.isScalar || !now.isScalar || old.precise || now.precise) return now;
  if (old.scalar.equals(now.scalar)) return now;
  return now.scalar.equals(UNKNOWN) ? now : ANY;
}

/** Forgets what a round of a loop has changed and nobody relied on, so that the next round is like it (widen_imprecise_scalars). */
export function widen(old: State, now: State): void {
  for (const [i, frame] of now.frames.entries()) {
    const before = old.frames[i];
    if (before === undefined) continue;
    for (let j = 0; j < 10; j++) frame.registers[j] = widened(before.register(j), frame.register(j));
    for (const [j, slot] of frame.stack.entries()) {
      const other = before.stack[j];
      if (other === undefined || !isSpill(other) || !isSpill(slot)) continue;
      frame.stack[j] = { ...slot, spilled: widened(other.spilled, slot.spilled) };
    }
  }
}
