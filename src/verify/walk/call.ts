import type { Insn } from '../../isa/insn.js';
import { Frame } from '../state/frame.js';
import { ANY, NONE } from '../state/register.js';
import { State } from '../state/state.js';
import { checkArguments, returnsNothing } from './global.js';
import { refuse } from './refused.js';
import type { Walk } from './walk.js';

/** Puts a frame on top of a state (setup_func_entry). `fill` gives it its arguments. */
function enter(
  walk: Walk,
  state: State,
  subprogram: number,
  fill: (caller: Frame, callee: Frame) => void,
): void {
  const caller = state.frame;
  const depth = state.frames.length + 1;
  if (depth > walk.request.series.maxFrames) {
    refuse('E2BIG', `the call stack of ${depth} frames is too deep`);
  }
  const callee = new Frame(walk.slot, state.frames.length, subprogram);
  fill(caller, callee);
  state.enter(callee);
}

/** A call of a function of the program (check_func_call). */
export function callSubprogram(walk: Walk, insn: Insn): void {
  const target = walk.slot + 1 + insn.imm;
  const subprogram = walk.code.subprograms.findIndex((s) => s.start === target);
  const callee = walk.code.subprograms[subprogram];
  if (callee === undefined) throw new Error('a call of no function');
  if (callee.isGlobal) {
    callGlobal(walk, subprogram);
    return;
  }
  enter(walk, walk.state, subprogram, (caller, frame) => {
    for (let i = 1; i <= 5; i++) frame.registers[i] = caller.register(i);
    for (let i = 0; i <= 5; i++) caller.registers[i] = NONE;
  });
  const [caller, called] = walk.state.frames.slice(-2);
  if (caller !== undefined && called !== undefined) {
    walk.log?.writeFrames(walk.state, [
      ['caller:', caller],
      ['callee:', called],
    ]);
  }
  walk.slot = target;
}

/** A function that is verified by itself: its arguments are what its type says, and so is its result. */
function callGlobal(walk: Walk, subprogram: number): void {
  if (walk.state.activeLocks > 0) {
    refuse(
      'EINVAL',
      'global function calls are not allowed while holding a lock,',
      'use static function instead',
    );
  }
  checkArguments(walk, subprogram);
  walk.calledGlobals.add(subprogram);
  walk.clobber();
  if (!returnsNothing(walk, subprogram)) walk.set(0, ANY);
  walk.slot++;
}

/** A helper that calls a function while it runs: that is walked, and what comes after the call (push_callback_call). */
export function callBack(walk: Walk, subprogram: number, fill: (caller: Frame, callee: Frame) => void): void {
  const { frame } = walk.state;
  const start = walk.code.subprograms[subprogram]!.start;
  const state = walk.fork(start);
  enter(walk, state, subprogram, (caller, callee) => {
    fill(caller, callee);
    callee.inCallback = true;
  });
  state.callbackDepth++;
  state.frames.at(-2)!.callbackDepth++;
  frame.callbackDepth = 0;
}

/** A helper that has a function called later, by itself (push_async_cb). */
export function callLater(
  walk: Walk,
  subprogram: number,
  isSleepable: boolean,
  fill: (caller: Frame, callee: Frame) => void,
): void {
  const caller = walk.state.frame;
  walk.asyncCallbacks.add(subprogram);
  const callee = new Frame(-1, 0, subprogram);
  const state = new State(callee);
  state.branches = 1;
  state.isSleepable = isSleepable;
  callee.asyncEntries = caller.asyncEntries + 1;
  callee.inAsyncCallback = true;
  fill(caller, callee);
  walk.enqueue(state, walk.code.subprograms[subprogram]!.start, ' for async cb');
}
