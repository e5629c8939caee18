import { NONE } from '../state/register.js';
import type { State } from '../state/state.js';
import { propagate } from './precision.js';
import { refuse } from './refused.js';
import { addBackEdge, enterLoop, isUnfinished } from './rounds.js';
import { holdsFor, type Likeness, mayLoop, slotOfFrame } from './same.js';
import { frameOf, offsetOf, slotAt } from './stack-place.js';
import type { Walk } from './walk.js';

/** Forgets registers that nobody reads any more. */
function clean(walk: Walk, state: State): void {
  for (let i = 0; i < state.frames.length; i++) {
    const { registers } = state.frames[i]!;
    const live = walk.code.live[slotOfFrame(state, i)] ?? 0xffff;
    for (let j = 0; j < 10; j++) if ((live & (1 << j)) === 0) registers[j] = NONE;
  }
}

/** What may be relied on later is not relied on yet; ids that only one register has say nothing. */
function forget(state: State): void {
  const once = new Set<number>();
  const again = new Set<number>();
  state.mapRegisters((r) => {
    if (r.id !== 0 && r.isScalar) (once.has(r.id) ? again : once).add(r.id);
    return r;
  });
  state.mapRegisters((r) => {
    if (!r.isScalar) return r;
    const own = r.id !== 0 && !again.has(r.id) ? r.alone() : r;
    return own.withPrecise(false);
  });
}

/** Iterators that are not at the end are at the same round in both. */
function roundsDiffer(old: State, now: State): boolean {
  return old.frames.some((frame, i) =>
    frame.stack.some((slot, j) => {
      const { iterator } = slot.spilled.target;
      if (slot.bytes.charAt(0) !== 'i' || iterator?.state !== 'active') return false;
      return now.frames[i]?.stack[j]?.spilled.target.iterator?.depth !== iterator.depth;
    }),
  );
}

/** What a kept state on the way to this one means: an equal one ends a loop that Linux knows to end, or is a loop without one. */
function onTheWay(walk: Walk, old: State, now: State): 'ends' | 'other' {
  const { slot, code } = walk;
  const insn = code.insns[slot];
  const frame = old.frame;
  if (frame.inAsyncCallback && frame.asyncEntries !== now.frame.asyncEntries) return 'other';
  if (code.calls[slot]?.flags.has('iter_next')) {
    return holdsFor(walk, old, now, 'within') && isActive(now) ? 'ends' : 'other';
  }
  if (insn?.op.form === 'may_goto') {
    if (old.mayGotoDepth !== now.mayGotoDepth && holdsFor(walk, old, now, 'within')) return 'ends';
  }
  if (code.points.callbacks[slot] === 1) return holdsFor(walk, old, now, 'within') ? 'ends' : 'other';
  if (
    mayLoop(walk, old, now) &&
    holdsFor(walk, old, now, 'exact') &&
    !roundsDiffer(old, now) &&
    old.mayGotoDepth === now.mayGotoDepth &&
    old.callbackDepth === now.callbackDepth
  ) {
    refuse('EINVAL', `infinite loop detected at insn ${slot}`);
  }
  return 'other';
}

/** The iterator that r1 points to has more to give. */
function isActive(state: State): boolean {
  const pointer = state.frame.register(1);
  const offset = pointer.kind === 'stack' ? offsetOf(pointer) : undefined;
  if (offset === undefined) return false;
  return frameOf(state, pointer).slot(slotAt(offset)).spilled.target.iterator?.state === 'active';
}

/** A state that misses often is not worth to be compared with. */
function isUseless(walk: Walk, old: State): boolean {
  const n = walk.code.points.checkpoints[walk.slot] === 1 && old.branches > 0 ? 64 : 3;
  return old.misses > old.hits * n + n;
}

/** Whether all that follows from here has been walked; keeps the state, from time to time, if not (bpf_is_state_visited). */
export function isKnown(walk: Walk): boolean {
  const { state: now, slot, code } = walk;
  const isForced = code.points.checkpoints[slot] === 1 || (now.history?.count ?? 0) > 40;
  const jumps = walk.jumps - walk.jumpsBefore;
  const insns = walk.processed - walk.processedBefore;
  let keeps = isForced || (jumps >= 2 && insns >= 8);
  clean(walk, now);
  const list = walk.kept.get(slot);
  let seen = 0;
  let index = 0;
  while (list !== undefined && index < list.length) {
    const old = list[index++]!;
    seen++;
    let likeness: Likeness | undefined;
    if (old.branches > 0) {
      if (onTheWay(walk, old, now) === 'ends') likeness = 'within';
      else if (!isForced && jumps < 20 && insns < 100) keeps = false;
    } else {
      const unfinished = isUnfinished(walk, old);
      if (holdsFor(walk, old, now, unfinished ? 'within' : 'enough')) {
        likeness = unfinished ? 'within' : 'enough';
      }
    }
    if (likeness !== undefined) {
      old.hits++;
      if (code.points.jumps[slot] === 1) walk.note();
      propagate(walk, old, now);
      if (likeness === 'within') addBackEdge(walk, old, now);
      return true;
    }
    if (keeps) old.misses++;
    if (isUseless(walk, old)) {
      list.splice(--index, 1);
      walk.keptStates--;
      walk.unlistedStates++;
    }
  }
  walk.maxStates = Math.max(walk.maxStates, seen);
  if (keeps) keep(walk);
  return false;
}

function keep(walk: Walk): void {
  const { state: now, slot } = walk;
  walk.totalStates++;
  walk.keptStates++;
  walk.peakStates = Math.max(walk.peakStates, walk.keptStates + walk.unlistedStates);
  walk.jumpsBefore = walk.jumps;
  walk.processedBefore = walk.processed;
  forget(now);
  const kept = now.copy();
  kept.slot = slot;
  const list = walk.kept.get(slot);
  if (list === undefined) walk.kept.set(slot, [kept]);
  else list.unshift(kept);
  enterLoop(walk, kept);
  now.parent = kept;
  now.firstSlot = slot;
  now.depth = kept.depth + 1;
  now.history = undefined;
  // One path goes on from it: this one.
  kept.branches = 1;
}
