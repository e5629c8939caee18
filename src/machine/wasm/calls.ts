import type { CpuWord, CurrentFields, LeafInline } from '../leaf.js';
import { CLOBBERED, FRAME } from '../stack.js';
import { BLOCK } from '../thread.js';
import { I64 } from './code.js';
import { BASE, type FunctionContext } from './context.js';
import { LEFT, OVERFLOW } from './exit-site.js';
import { closeFrame, fillRecords, openClosed, openFrame, placeFrame } from './frame.js';
import type { PlacedOp } from './graph.js';
import { callLeaf } from './imports.js';
import type { Body } from './inline.js';
import { returnLeft } from './leave.js';
import { ARGUMENTS, type RegisterSet, SAVED } from './live.js';
import { writeLookup } from './lookups.js';
import { calleesOf, entryOf } from './plan.js';
import { calleeKnown } from './pointers.js';
import { currentIn } from './reach.js';
import type { Inlined, Scope } from './scope.js';
import { registersOf } from './unit-context.js';

/** Gives the argument registers that are read again the value a call leaves in them. */
function clobber(cx: FunctionContext, after: RegisterSet): void {
  for (const n of registersOf(after & ARGUMENTS)) cx.assign(n, () => cx.code.wide(CLOBBERED));
}

/** Enters a function: its body where it can be inlined, or a call. */
function enter(cx: FunctionContext, it: PlacedOp, fn: number, k: number): void {
  const body = cx.unit.inlinable(
    cx.scope.inlined === undefined ? cx.plan : undefined,
    entryOf(cx.unit.machine, fn).slot,
  );
  if (body === undefined) {
    cx.flush();
    callFunction(cx, it, fn, cx.after(k));
  } else {
    if (body.longest === undefined || !cx.isCovered) guardBody(cx, it, body, cx.before(k, it));
    writeBody(cx, it, fn, body, cx.after(k));
    if (body.longest === undefined) checkReturn(cx, it, cx.after(k));
  }
}

/** After a body that takes nobody knows how much off the budget: returning is a place where it is checked. */
function checkReturn(cx: FunctionContext, it: PlacedOp, after: RegisterSet): void {
  const { code } = cx;
  cx.flush();
  if (!cx.unit.options.fuel) return;
  code.get(cx.fuel);
  code.i32(0);
  code.op('i32.le_s');
  code.if();
  cx.leaveAt({ kind: 'budget', slot: it.next, inlined: cx.inlined }, after);
  code.end();
}

/** Bytes of stack that a function needs at least: for its frame, and for those of bodies in it. */
export function roomFor({ unit, plan }: FunctionContext): number {
  const bodies = calleesOf(plan.graph, unit.seen).map((fn) =>
    unit.inlinable(plan, entryOf(unit.machine, fn).slot),
  );
  return plan.frameSize + Math.max(0, ...bodies.map((body) => body?.stack ?? 0));
}

/**
 * Precedes a body that is inlined: where the budget may run out inside of it, or before it gets to a loop, the interpreter
 * takes over, so that nothing in the body has to check. That there is room on the stack has been found out when the
 * function was entered.
 */
function guardBody(cx: FunctionContext, it: PlacedOp, body: Body, live: RegisterSet): void {
  const { code, pending } = cx;
  code.get(cx.fuel);
  code.i32(pending + (body.longest ?? 0) + 1);
  code.op('i32.lt_s');
  code.if();
  cx.leaveAt({ kind: 'interpret', slot: it.slot, uncounted: pending - 1, inlined: cx.inlined }, live);
  code.end();
}

/** The body of a function in place of a call of it. */
function writeBody(cx: FunctionContext, it: PlacedOp, fn: number, body: Body, after: RegisterSet): void {
  const { code } = cx;
  const { plan, changes } = body;
  const saved = new Map(registersOf(after & SAVED & changes).map((n) => [n, code.local(I64)]));
  for (const [n, local] of saved) {
    cx.push(n);
    code.set(local);
  }
  const caller = cx.scope;
  const frame = { fn, next: it.next, frameSize: plan.frameSize };
  const frames = [...(caller.inlined?.frames ?? []), frame];
  // A body with a loop in it is left where the loop finds the budget used up, so that what follows is not.
  const covered = body.longest !== undefined;
  const isClosed = cx.unit.closedOf(plan) !== undefined;
  const done = isClosed ? code.block() : undefined;
  const leave = isClosed ? code.block() : cx.leave;
  const inlined: Inlined = { caller, frames, saved, covered, back: code.block() };
  cx.within(cx.newScope(plan, leave, inlined), () => {
    placeFrame(cx);
    openFrame(cx);
    cx.writeBlocks();
    code.end();
    closeFrame(cx);
    if (done === undefined) return;
    code.br(done);
    code.end();
    openClosed(cx);
    code.br(caller.leave);
    code.end();
  });
  cx.pending = inlined.pending ?? 0;
  for (const [n, local] of saved) cx.assign(n, () => code.get(local));
  clobber(cx, after);
}

/** Bytes of stack from the end of the compiled function's frame to the end of one in a scope. */
const takenBy = ({ plan, inlined }: Scope): number =>
  plan.frameSize + (inlined === undefined ? 0 : takenBy(inlined.caller) + FRAME.record);

/** Opens the callee's frame, calls it, and goes on unless it left or the budget is used up. */
function callFunction(cx: FunctionContext, it: PlacedOp, fn: number, after: RegisterSet): void {
  const { code, unit } = cx;
  const { slot, frameSize } = entryOf(unit.machine, fn);
  code.get(cx.room);
  code.i32(takenBy(cx.scope) + FRAME.record);
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
  fillRecords(cx, it.next, fn, after & SAVED);
  returnLeft(cx);
  code.end();
  code.get(cx.fuel);
  code.i32(OVERFLOW);
  code.op('i32.eq');
  code.if();
  code.get(result);
  code.op('i32.wrap_i64');
  code.set(cx.fuel);
  cx.leaveAt(
    { kind: 'overflow', slot: it.slot, uncounted: 0, size: FRAME.record + frameSize, inlined: cx.inlined },
    0,
  );
  code.end();
  cx.leaveAt({ kind: 'budget', slot: it.next, inlined: cx.inlined }, after);
  code.end();
}

export function writeLocalCall(cx: FunctionContext, it: PlacedOp, k: number): void {
  const { machine } = cx.unit;
  // What is tracked is interpreted.
  if (machine.tracker?.isTracked(entryOf(machine, it.imm).slot) === true)
    cx.leaveAt(
      { kind: 'interpret', slot: it.slot, uncounted: cx.pending - 1, inlined: cx.inlined },
      cx.before(k, it),
    );
  else enter(cx, it, it.imm, k);
}

/** Calls one of the functions that were seen here; any other is left to the interpreter, which remembers it. */
export function writeIndirectCall(cx: FunctionContext, it: PlacedOp, k: number): void {
  const { code, unit } = cx;
  const { text } = unit.machine;
  const callee = calleeKnown(text, unit.seen(it.slot), cx.known(it.dst));
  if (callee !== undefined) {
    enter(cx, it, callee, k);
    return;
  }
  cx.flush();
  const done = code.block();
  for (const fn of unit.seen(it.slot)) {
    cx.push(it.dst);
    code.wide(text.addressOf(fn));
    code.op('i64.eq');
    code.if();
    enter(cx, it, fn, k);
    cx.flush();
    code.br(done);
    code.end();
  }
  cx.leaveAt({ kind: 'interpret', slot: it.slot, uncounted: -1, inlined: cx.inlined }, cx.before(k, it));
  code.end();
}

function pushFields(cx: FunctionContext, { low, high }: CurrentFields): void {
  const { code } = cx;
  const current = currentIn(cx);
  code.get(current);
  code.access('i64.load32_u', low, 2);
  code.get(current);
  code.access('i64.load32_u', high, 2);
  code.i64(32);
  code.op('i64.shl');
  code.op('i64.or');
}

function changeCpuWord(cx: FunctionContext, { first, stride, to, gives }: CpuWord): void {
  const { code, at } = cx;
  cx.thread();
  code.access('i32.load', BLOCK.cpu, 2);
  code.i32(stride);
  code.op('i32.mul');
  code.set(at);
  if (gives) {
    code.get(at);
    code.access('i64.load32_s', first, 2);
  } else code.i64(0);
  code.get(at);
  if (to === 'argument') cx.pushLow(1);
  else code.i32(to);
  code.access('i32.store', first, 2);
}

/** Does what a leaf would, and pushes what it would give. */
function pushInline(cx: FunctionContext, inline: LeafInline): void {
  const { code } = cx;
  if (typeof inline === 'object') {
    if (inline.kind === 'fields') pushFields(cx, inline);
    else changeCpuWord(cx, inline);
    return;
  }
  switch (inline) {
    case 'cpu':
      cx.thread();
      code.access('i32.load', BLOCK.cpu, 2);
      code.op('i64.extend_i32_s');
      return;
    case 'current':
      code.get(currentIn(cx));
      code.op('i64.extend_i32_u');
      code.wide(BASE);
      code.op('i64.or');
      return;
    case 'clock':
      cx.thread();
      code.access('i64.load', BLOCK.clock, 3);
      code.get(cx.fuel);
      code.op('i64.extend_i32_s');
      if (cx.unit.machine.nsPerInsn !== 1) {
        code.wide(BigInt(cx.unit.machine.nsPerInsn));
        code.op('i64.mul');
      }
      code.op('i64.sub');
      return;
    default:
      inline satisfies never;
  }
}

/** Calls out to a leaf, arguments and result in the thread's block; or does here what the leaf would. */
export function writeLeafCall(cx: FunctionContext, it: PlacedOp, k: number): void {
  const { pending } = cx;
  const after = cx.after(k);
  const { inline, seesFrames } = cx.unit.machine.leaves[it.imm]!;
  const arrays = cx.unit.finder.arraysOf(it.imm);
  if (seesFrames === true) {
    cx.leaveAt(
      { kind: 'interpret', slot: it.slot, uncounted: pending - 1, inlined: cx.inlined },
      cx.before(k, it),
    );
    return;
  }
  if (inline !== undefined) {
    if (inline === 'clock') cx.flush();
    cx.assign(0, () => pushInline(cx, inline));
  } else if (arrays === undefined) callLeaf(cx, it, after);
  else
    writeLookup(cx, it, arrays, () => {
      callLeaf(cx, it, after);
      cx.flushTo(pending);
    });
  clobber(cx, after);
}
