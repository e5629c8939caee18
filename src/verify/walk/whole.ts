import { isSleepable } from '../request.js';
import { isBefore } from '../series.js';
import { Frame } from '../state/frame.js';
import { pointer } from '../state/register.js';
import { State } from '../state/state.js';
import { enterGlobal } from './global.js';
import { Path } from './path.js';
import { walkPaths } from './step.js';
import type { Walk } from './walk.js';

/** The program from its beginning, with the context in r1. */
function walkMain(walk: Walk): void {
  const state = new State(new Frame(-1, 0, 0));
  state.isSleepable = isSleepable(walk.request);
  state.frame.registers[1] = pointer('ctx');
  walk.state = state;
  walk.slot = 0;
  walk.from = -1;
  walkPaths(walk);
}

/** Functions that are verified by themselves: those that are called, since Linux 6.8; all of them before. */
function walkGlobals(walk: Walk): void {
  const { subprograms } = walk.code;
  if (isBefore(walk.request.series.release, '6.8')) {
    for (const [i, { isGlobal }] of subprograms.entries()) if (i > 0 && isGlobal) walk.calledGlobals.add(i);
  }
  const done = new Set<number>();
  const nextOne = (): number => subprograms.findIndex((_, i) => walk.calledGlobals.has(i) && !done.has(i));
  for (let next = nextOne(); next !== -1; next = nextOne()) {
    done.add(next);
    walk.kept.clear();
    walk.visits.clear();
    walk.state = enterGlobal(walk, next);
    walk.slot = subprograms[next]!.start;
    walk.from = -1;
    walk.path = new Path();
    walkPaths(walk);
  }
}

/** Walks all that can run. */
export function walkWhole(walk: Walk): void {
  walkMain(walk);
  walkGlobals(walk);
}
