import type { State } from '../state/state.js';
import { markAll, propagate } from './precision.js';
import { slotOfFrame } from './same.js';
import type { Walk } from './walk.js';

/** Rounds after which nothing more is found out of a loop, but everything is taken to be relied on (MAX_BACKEDGE_ITERS). */
const MAX_ROUNDS = 64;

/** The loop a state is in, with the calls that lead to it if there are any; undefined if it is in none. */
function placeOf(walk: Walk, state: State): number | string | undefined {
  const first = walk.code.components[slotOfFrame(state, 0)] ?? 0;
  if (first !== 0) return first;
  if (state.frames.length === 1) return undefined;
  const calls: number[] = [];
  for (let i = 0; i < state.frames.length; i++) {
    const slot = slotOfFrame(state, i);
    const loop = walk.code.components[slot] ?? 0;
    if (loop !== 0) return [...calls, loop].join(' ');
    calls.push(slot);
  }
  return undefined;
}

export function enterLoop(walk: Walk, state: State): void {
  const place = placeOf(walk, state);
  if (place === undefined) return;
  const visit = walk.visits.get(place);
  if (visit === undefined) walk.visits.set(place, { entry: state, edges: [] });
  else visit.entry ??= state;
}

/** Paths that closed the loop are remembered: what is found of the rest of it later holds for them as well. */
export function addBackEdge(walk: Walk, equal: State, now: State): void {
  const place = placeOf(walk, equal);
  const visit = place === undefined ? undefined : walk.visits.get(place);
  if (visit === undefined) return;
  const state = now.copy();
  state.slot = walk.slot;
  visit.edges.push({ state, equal });
}

/** Not all that is relied on in a loop is known before all its paths are walked. */
export function isUnfinished(walk: Walk, state: State): boolean {
  const place = placeOf(walk, state);
  return place !== undefined && (walk.visits.get(place)?.edges.length ?? 0) > 0;
}

/** All paths from a state are walked: if the loop was entered with it, marks go round until nothing changes. */
export function leaveLoop(walk: Walk, state: State): void {
  const place = placeOf(walk, state);
  const visit = place === undefined ? undefined : walk.visits.get(place);
  if (visit === undefined || visit.entry !== state) return;
  visit.entry = undefined;
  const { edges } = visit;
  let changed = true;
  for (let round = 0; changed && round < MAX_ROUNDS; round++) {
    changed = false;
    for (const { state: end, equal } of edges) changed = propagate(walk, equal, end) || changed;
  }
  if (changed) for (const { state: end } of edges) markAll(end);
  visit.edges = [];
}
