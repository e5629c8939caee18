import { BLOCK } from '../thread.js';
import { roomFor } from './calls.js';
import type { FunctionContext } from './context.js';
import { OVERFLOW } from './exit-site.js';
import { leaveUnlessCovered } from './flow.js';
import { closePart, openFrame, placeFrame } from './frame.js';
import { registersOf } from './unit-context.js';

/**
 * Loads the offset of the current task's structure when a function is entered, if it is asked for in there: a thread has the
 * same until the host changes it, which enters the code again.
 */
function loadCurrent(cx: FunctionContext): void {
  const { code, current } = cx;
  if (current === undefined) return;
  cx.thread();
  code.access('i32.load', BLOCK.current, 2);
  code.set(current);
}

/** Where the host comes in: frame and registers are in memory. */
export function enterRoot(cx: FunctionContext, need: number): void {
  const { code, unit, plan } = cx;
  const load = (offset: number): void => {
    code.get(0);
    code.access('i32.load', offset, 2);
  };
  code.get(0);
  code.setGlobal(unit.thread);
  load(BLOCK.stackLow);
  code.setGlobal(unit.stackLow);
  load(BLOCK.r10);
  load(BLOCK.stackLow);
  code.op('i32.sub');
  code.set(cx.room);
  placeFrame(cx);
  closePart(cx);
  const depth = roomFor(cx);
  if (depth > plan.frameSize) {
    code.get(cx.room);
    code.i32(depth);
    code.op('i32.sub');
    code.get(cx.fuel);
    code.i32(need + 1);
    code.ops('i32.sub', 'i32.or');
    code.i32(0);
    code.op('i32.lt_s');
    code.if();
    cx.mark({ kind: 'interpret', slot: plan.slot, uncounted: 0, inlined: [] });
    code.br(cx.leave);
    code.end();
  }
  for (const n of registersOf(plan.live[0]!)) {
    code.get(0);
    code.access('i64.load', BLOCK.r0 + n * 8, 3);
    code.set(cx.register(n));
  }
  loadCurrent(cx);
}

/**
 * Where a caller comes in. As in the interpreter, it is checked first whether there is room for the frame, and once
 * that is open, whether the budget is used up; one test tells that all is well. Where there is room for the frame, but not
 * for those of bodies in the function, the interpreter goes on.
 */
export function enterCalled(cx: FunctionContext, need: number): void {
  const { code, plan } = cx;
  const depth = roomFor(cx);
  const roomBelow = (bytes: number): void => {
    code.get(cx.room);
    if (bytes === 0) return;
    code.i32(bytes);
    code.op('i32.sub');
  };
  roomBelow(depth);
  code.get(cx.fuel);
  code.i32(need + 1);
  code.ops('i32.sub', 'i32.or');
  code.i32(0);
  code.op('i32.lt_s');
  code.if();
  roomBelow(plan.frameSize);
  code.i32(0);
  code.op('i32.lt_s');
  code.if();
  code.get(cx.fuel);
  code.op('i64.extend_i32_s');
  code.i32(OVERFLOW);
  code.op('return');
  code.end();
  placeFrame(cx);
  openFrame(cx);
  leaveUnlessCovered(cx, plan.slot, depth > plan.frameSize ? need + 1 : need, plan.live[0]!);
  code.end();
  placeFrame(cx);
  openFrame(cx);
  loadCurrent(cx);
}
