import { FRAME } from '../stack.js';
import { BASE, type FunctionContext } from './context.js';
import type { InlinedFrame } from './exit-site.js';
import type { RegisterSet } from './live.js';
import { inlinedBodies, type Scope } from './scope.js';
import { registersOf } from './unit-context.js';

/** Frames up to this size are cleared by stores one after the other. */
const UNROLLED = 128;

/** Bytes of a frame, from its first on. */
interface Part {
  readonly from: number;
  readonly size: number;
}

const closedPart = ({ scope }: FunctionContext): Part => ({ from: 0, size: scope.closed });
const openPart = ({ scope }: FunctionContext): Part => ({
  from: scope.closed,
  size: scope.plan.frameSize - scope.closed,
});

/** Stores `count` bytes that are all `value` (0 or 0xff) at the offset in `local` plus a constant. */
function fill(cx: FunctionContext, local: number, offset: number, count: number, value: 0 | 0xff): void {
  const { code } = cx;
  let at = 0;
  const store = (size: 8 | 4 | 2 | 1): void => {
    code.get(local);
    if (size === 8) {
      code.i64(value === 0 ? 0 : -1);
      code.access('i64.store', offset + at);
    } else {
      code.i32(value === 0 ? 0 : -1);
      code.access(size === 4 ? 'i32.store' : size === 2 ? 'i32.store16' : 'i32.store8', offset + at);
    }
    at += size;
  };
  while (count - at >= 8) store(8);
  for (const size of [4, 2, 1] as const) if (count - at >= size) store(size);
}

/** Sets the poison of bytes of the frame. */
function poison(cx: FunctionContext, { from, size }: Part, value: 0 | 0xff): void {
  if (size === 0) return;
  const { code, unit } = cx;
  code.get(cx.bottom);
  code.i32(3);
  code.op('i32.shr_u');
  code.set(cx.at);
  fill(cx, cx.at, unit.machine.memory.limit + from / 8, size / 8, value);
}

/** Sets bytes of the frame to 0. */
function clear(cx: FunctionContext, { from, size }: Part): void {
  const { code } = cx;
  if (size <= UNROLLED) {
    fill(cx, cx.bottom, from, size, 0);
    return;
  }
  code.get(cx.bottom);
  if (from > 0) {
    code.i32(from);
    code.op('i32.add');
  }
  code.i32(0);
  code.i32(size);
  code.op('memory.fill');
  code.bytes.byte(0);
}

/** Finds out where the frame is, if the function uses it. */
export function placeFrame(cx: FunctionContext): void {
  const { code, scope } = cx;
  if (!scope.placed) return;
  cx.pushTop(scope, false);
  code.set(scope.top);
  if (scope.bottom === scope.top) return;
  code.get(scope.top);
  code.i32(scope.plan.frameSize);
  code.op('i32.sub');
  code.set(scope.bottom);
}

/** What `pushFrame` does in the interpreter, apart from the record, which the caller writes if it is ever needed. */
export function openFrame(cx: FunctionContext): void {
  const { code, plan } = cx;
  if (plan.frameSize > 0) {
    if (cx.unit.options.frames) clear(cx, openPart(cx));
    // In any case: what is interpreted later must find the frame open.
    poison(cx, openPart(cx), 0);
  }
  for (const { local } of cx.scope.slots.values()) {
    code.i64(0);
    code.set(local);
  }
  const counts = plan.graph.blocks.some((b) => b.ops.some((it) => it.op.form === 'may_goto'));
  if (counts) {
    code.get(cx.top);
    code.i32(0);
    code.access('i32.store', FRAME.mayGoto, 2);
  }
}

/** What `popFrame` does, apart from the registers, which the caller has kept. */
export function closeFrame(cx: FunctionContext): void {
  if (cx.plan.frameSize > 0 && cx.unit.options.frames) poison(cx, openPart(cx), 0xff);
}

const STORES = { 1: 'i64.store8', 2: 'i64.store16', 4: 'i64.store32', 8: 'i64.store' } as const;
const LOADS = { 1: 'i64.load8_u', 2: 'i64.load16_u', 4: 'i64.load32_u', 8: 'i64.load' } as const;

/** Opens what is closed of the frame in scope, with what the locals hold: the thread is left. */
export function openClosed(cx: FunctionContext): void {
  const { code, scope, plan } = cx;
  if (scope.closed === 0) return;
  // What is not named, whoever has opened the frame has cleared.
  if (!plan.root) clear(cx, closedPart(cx));
  for (const { at, size, local } of scope.slots.values()) {
    code.get(cx.bottom);
    code.get(local);
    code.access(STORES[size], at + plan.frameSize);
  }
  poison(cx, closedPart(cx), 0);
}

/** Closes part of a frame that the host has opened. */
export function closePart(cx: FunctionContext): void {
  const { code, scope, plan } = cx;
  if (scope.closed === 0) return;
  for (const { at, size, local } of scope.slots.values()) {
    code.get(cx.bottom);
    code.access(LOADS[size], at + plan.frameSize);
    code.set(local);
  }
  poison(cx, closedPart(cx), 0xff);
}

/** Fills in what records below frames say of them: the callee that is called here is left, and so are bodies that call it. */
export function fillRecords(cx: FunctionContext, next: number, fn: number, live: RegisterSet): void {
  const register = (n: number): number => cx.register(n);
  fillRecord(
    cx,
    cx.scope,
    { next, fn },
    registersOf(live).map((n) => ({ n, local: cx.register(n) })),
  );
  for (const { body, holders } of inlinedBodies(cx.scope.inlined, register))
    fillRecord(cx, body.caller, body.frames.at(-1)!, holders);
}

function fillRecord(
  cx: FunctionContext,
  scope: Scope,
  { next, fn }: Pick<InlinedFrame, 'fn' | 'next'>,
  saved: readonly { readonly n: number; readonly local: number }[],
): void {
  const { code } = cx;
  const record = (write: () => void, offset: number): void => {
    code.get(cx.at);
    write();
    code.access('i64.store', offset, 3);
  };
  cx.pushBottom(scope);
  code.i32(FRAME.record);
  code.op('i32.sub');
  code.set(cx.at);
  for (const { n, local } of saved) record(() => code.get(local), (n - 6) * 8);
  record(() => {
    cx.pushTop(scope);
    code.op('i64.extend_i32_u');
    code.wide(BASE);
    code.op('i64.or');
  }, FRAME.savedR10);
  record(() => code.wide(BigInt(next) | (BigInt(fn) << 32n)), FRAME.returnSlot);
  code.get(cx.at);
  code.i32(0);
  code.access('i32.store', FRAME.tailCalls, 2);
}
