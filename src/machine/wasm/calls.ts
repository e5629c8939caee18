import type { LeafInline } from '../leaf.js';
import { CLOBBERED, FRAME } from '../stack.js';
import { BLOCK } from '../thread.js';
import { I64 } from './code.js';
import { BASE, type FunctionContext } from './context.js';
import { closeFrame, openFrame } from './frame.js';
import type { PlacedOp } from './graph.js';
import { ARGUMENTS, type Registers, SAVED } from './live.js';
import { entryOf } from './plan.js';
import { LEFT, OVERFLOW } from './site.js';
import { registersOf } from './unit.js';

/** Gives the argument registers that are read again the value a call leaves in them. */
function clobber(cx: FunctionContext, after: Registers): void {
  for (const n of registersOf(after & ARGUMENTS)) cx.assign(n, () => cx.code.wide(CLOBBERED));
  for (let n = 0; n <= 5; n += 1) cx.frameOffset.delete(n);
}

/** Enters a function: its body where that can stand here, or a call. */
function enter(cx: FunctionContext, it: PlacedOp, fn: number, after: Registers): void {
  const { slot } = entryOf(cx.unit.machine, fn);
  const body = cx.unit.inlinable(slot);
  if (body === undefined) callFunction(cx, it, fn, after);
  else if (cx.scope.inlined !== undefined) writeBody(cx, it, fn, after);
  else {
    const { code } = cx;
    const done = code.block();
    // Neither is the budget used up before the call has returned, nor the stack.
    code.get(cx.fuel);
    code.i32(body.longest + 1);
    code.op('i32.sub');
    code.get(cx.room);
    code.i32(cx.plan.frameSize + body.stack);
    code.ops('i32.sub', 'i32.or');
    code.i32(0);
    code.op('i32.lt_s');
    code.if();
    callFunction(cx, it, fn, after);
    code.br(done);
    code.end();
    writeBody(cx, it, fn, after);
    code.end();
  }
  cx.pending = 0;
}

/** The body of a function in place of a call of it; the budget and the stack are known to be enough. */
function writeBody(cx: FunctionContext, it: PlacedOp, fn: number, after: Registers): void {
  const { code, unit } = cx;
  const { plan, changes } = unit.inlinable(entryOf(unit.machine, fn).slot)!;
  const saved = registersOf(after & SAVED & changes).map((n) => ({ n, local: code.local(I64) }));
  for (const { n, local } of saved) {
    cx.push(n);
    code.set(local);
  }
  const done = code.block();
  const leave = code.block();
  const back = code.block();
  const scope = cx.newScope(plan, leave, { caller: cx.scope, next: it.next, fn, back });
  cx.within(scope, () => {
    cx.place();
    openFrame(cx);
    unit.writeBlocks(cx);
    code.end();
    closeFrame(cx);
  });
  for (const { n, local } of saved) cx.assign(n, () => code.get(local));
  clobber(cx, after);
  code.br(done);
  code.end();
  cx.within(scope, () => cx.writeLeave());
  code.end();
}

/** Opens the callee's frame, calls it, and goes on unless it left or the budget is used up. */
function callFunction(cx: FunctionContext, it: PlacedOp, fn: number, after: Registers): void {
  const { code, unit } = cx;
  const { slot, frameSize } = entryOf(unit.machine, fn);
  code.get(cx.room);
  code.i32(FRAME.record + cx.plan.frameSize);
  code.op('i32.sub');
  code.get(cx.fuel);
  for (const n of registersOf(unit.calleeAt(slot).live[0]!)) cx.push(n);
  code.call(unit.functionAt(slot));
  code.set(cx.fuel);
  const result = (after & 1) === 0 ? cx.wide : cx.register(0);
  code.set(result);
  clobber(cx, after);
  code.get(cx.fuel);
  code.i32(0);
  code.op('i32.le_s');
  code.if();
  code.get(cx.fuel);
  code.i32(LEFT);
  code.op('i32.eq');
  code.if();
  cx.fillRecord(cx.scope, it.next, fn, after & SAVED);
  cx.returnLeft();
  code.end();
  code.get(cx.fuel);
  code.i32(OVERFLOW);
  code.op('i32.eq');
  code.if();
  code.get(result);
  code.op('i32.wrap_i64');
  code.set(cx.fuel);
  cx.leaveAt({ kind: 'overflow', slot: it.slot, uncounted: 0, size: FRAME.record + frameSize }, 0);
  code.end();
  cx.leaveAt({ kind: 'budget', slot: it.next }, after);
  code.end();
}

export function writeLocalCall(cx: FunctionContext, it: PlacedOp, k: number): void {
  cx.flush();
  enter(cx, it, it.imm, cx.after(k));
}

/** Calls one of the functions that were seen here; any other is left to the interpreter, which remembers it. */
export function writeIndirectCall(cx: FunctionContext, it: PlacedOp, k: number): void {
  const { code, unit } = cx;
  const { text } = unit.machine;
  cx.flush();
  const done = code.block();
  for (const fn of unit.seen(it.slot)) {
    cx.push(it.dst);
    code.wide(text.addressOf(fn));
    code.op('i64.eq');
    code.if();
    enter(cx, it, fn, cx.after(k));
    code.br(done);
    code.end();
  }
  cx.leaveAt({ kind: 'interpret', slot: it.slot, uncounted: -1 }, cx.before(k, it));
  code.end();
  for (let n = 0; n <= 5; n += 1) cx.frameOffset.delete(n);
}

/** Pushes what a leaf would give. */
function pushInline(cx: FunctionContext, inline: LeafInline): void {
  const { code } = cx;
  cx.thread();
  switch (inline) {
    case 'cpu':
      code.access('i32.load', BLOCK.cpu, 2);
      code.op('i64.extend_i32_s');
      return;
    case 'current':
      code.access('i32.load', BLOCK.current, 2);
      code.op('i64.extend_i32_u');
      code.wide(BASE);
      code.op('i64.or');
      return;
    case 'clock':
      code.access('i64.load', BLOCK.clock, 3);
      code.get(cx.fuel);
      code.ops('i64.extend_i32_s', 'i64.sub');
      return;
    default:
      inline satisfies never;
  }
}

/** Calls out to a leaf, arguments and result in the thread's block; or does here what the leaf would. */
export function writeLeafCall(cx: FunctionContext, it: PlacedOp, k: number): void {
  const { code, unit } = cx;
  const after = cx.after(k);
  const saved = after & SAVED;
  cx.flush();
  const { inline } = unit.machine.leaves[it.imm]!;
  if (inline !== undefined) {
    cx.assign(0, () => pushInline(cx, inline));
    clobber(cx, after);
    return;
  }
  cx.spill(ARGUMENTS);
  cx.thread();
  code.i64(0);
  code.access('i64.store', BLOCK.r0, 3);
  code.get(cx.fuel);
  code.call(unit.leafAt(it.imm));
  code.if();
  cx.leaveAt({ kind: 'leaf', slot: it.slot }, saved);
  code.end();
  if ((after & 1) !== 0) {
    cx.assign(0, () => {
      cx.thread();
      code.access('i64.load', BLOCK.r0, 3);
    });
  }
  clobber(cx, after);
}
