import { FRAME, MAX_LOOPS } from '../stack.js';
import { I32 } from './code.js';
import type { FunctionContext } from './context.js';
import { type Flow, follow } from './flow.js';
import type { Block, PlacedOp } from './graph.js';
import { ALL } from './live.js';
import { aligned, EXPONENT, LOADS, rmw, type Size, STORES, sizeOf } from './memory.js';
import type { Opcode } from './opcodes.js';
import { reach } from './reach.js';

const ATOMIC_LOADS: Readonly<Record<Size, Opcode>> = {
  1: 'i64.atomic.load8_u',
  2: 'i64.atomic.load16_u',
  4: 'i64.atomic.load32_u',
  8: 'i64.atomic.load',
};
const ATOMIC_STORES: Readonly<Record<Size, Opcode>> = {
  1: 'i64.atomic.store8',
  2: 'i64.atomic.store16',
  4: 'i64.atomic.store32',
  8: 'i64.atomic.store',
};

export function writeCompareExchange(cx: FunctionContext, it: PlacedOp, k: number): void {
  const { code } = cx;
  const size = sizeOf(it);
  const place = reach(cx, it, k, 'atomic');
  const expected = (): void => {
    cx.push(0);
    // Compared as 32 bits, so the upper half must be what a load gives.
    if (size === 4) code.ops('i32.wrap_i64', 'i64.extend_i32_u');
  };
  aligned(
    cx,
    place,
    it,
    () => {
      code.get(place.local);
      expected();
      cx.push(it.src);
      code.access(rmw(it), place.offset, EXPONENT[size]);
      code.set(cx.wide);
    },
    () => {
      code.get(place.local);
      code.access(LOADS[size], place.offset);
      code.tee(cx.wide);
      expected();
      code.op('i64.eq');
      code.if();
      code.get(place.local);
      cx.push(it.src);
      code.access(STORES[size], place.offset);
      code.end();
    },
  );
  cx.assign(0, () => code.get(cx.wide));
}

export function writeLoadAcquire(cx: FunctionContext, it: PlacedOp, k: number): void {
  const { code } = cx;
  const size = sizeOf(it);
  const place = reach(cx, it, k, 'atomic');
  const load = (name: Opcode, align: number): void => {
    code.get(place.local);
    code.access(name, place.offset, align);
    code.set(cx.wide);
  };
  aligned(
    cx,
    place,
    it,
    () => load(ATOMIC_LOADS[size], EXPONENT[size]),
    () => load(LOADS[size], 0),
  );
  cx.assign(it.dst, () => code.get(cx.wide));
}

export function writeStoreRelease(cx: FunctionContext, it: PlacedOp, k: number): void {
  const { code } = cx;
  const size = sizeOf(it);
  const place = reach(cx, it, k, 'atomic');
  const store = (name: Opcode, align: number): void => {
    code.get(place.local);
    cx.push(it.src);
    code.access(name, place.offset, align);
  };
  aligned(
    cx,
    place,
    it,
    () => store(ATOMIC_STORES[size], EXPONENT[size]),
    () => store(STORES[size], 0),
  );
}

/** Pushes whether a `may_goto` loop has to end; counts the pass if not. */
export function mayGoto(cx: FunctionContext): void {
  const { code } = cx;
  code.get(cx.top);
  code.access('i32.load', FRAME.mayGoto, 2);
  code.tee(cx.at);
  code.i32(MAX_LOOPS);
  code.op('i32.ge_s');
  code.if(I32);
  code.i32(1);
  code.else();
  code.get(cx.top);
  code.get(cx.at);
  code.i32(1);
  code.op('i32.add');
  code.access('i32.store', FRAME.mayGoto, 2);
  code.i32(0);
  code.end();
}

export function gotox(cx: FunctionContext, it: PlacedOp, block: Block, flow: Flow): void {
  const { code, unit } = cx;
  cx.flush();
  for (const edge of block.out) {
    cx.push(it.dst);
    code.wide(unit.machine.text.addressOfSlot(edge.to.slot));
    code.op('i64.eq');
    code.if();
    follow(cx, edge, flow);
    code.end();
  }
  cx.leaveAt({ kind: 'interpret', slot: it.slot, uncounted: -1, inlined: cx.inlined }, ALL);
}
