import type { Access } from '../trap.js';
import { BASE, type FunctionContext } from './context.js';
import type { PlacedOp } from './graph.js';
import type { RegisterSet } from './live.js';

/** Where an access goes: an offset in memory, as a local and a constant to add. */
export interface MemoryAddress {
  readonly local: number;
  readonly offset: number;
  /** Bytes above a multiple of 8, where that is known. */
  readonly known: number | undefined;
}

/** The place of an access to the function's own frame through a register known to point into it. */
function ownFrame(cx: FunctionContext, base: number, off: number, size: number): MemoryAddress | undefined {
  const from = base === 10 ? 0 : cx.frameOffset.get(base);
  if (from === undefined) return undefined;
  const low = from + off;
  if (low < -cx.plan.frameSize || low + size > 0) return undefined;
  if (cx.unit.machine.alignment.plain && (low & (size - 1)) !== 0) return undefined;
  return { local: cx.bottom, offset: low + cx.plan.frameSize, known: low & 7 };
}

/** Bytes that an operation accesses. */
function sizeOf({ op }: PlacedOp): 1 | 2 | 4 | 8 {
  if (op.size === 0) throw new Error(`${op.name} accesses nothing`);
  return op.size;
}

/**
 * The place of an access at the address that `base` pushes, plus the operation's offset: leaves if any byte of it is
 * poisoned. The same test as `reach` in access.ts.
 */
function checked(cx: FunctionContext, base: () => void, it: PlacedOp, access: Access): MemoryAddress {
  return checkedOr(cx, base, it, {
    access,
    leave: () => cx.code.brIf(cx.leave),
  });
}

/** As `checked`; `leave` goes where it pleases if the condition that is pushed holds. */
function checkedOr(
  cx: FunctionContext,
  base: () => void,
  it: PlacedOp,
  { access, leave }: { readonly access: Access; readonly leave: () => void },
): MemoryAddress {
  const size = sizeOf(it);
  const { code, unit } = cx;
  const { memory, alignment } = unit.machine;
  const { limit } = memory;
  base();
  code.wide(BigInt(it.off) - BASE);
  code.op('i64.add');
  if (unit.options.shadow) {
    cx.mark({ kind: 'access', slot: it.slot, uncounted: cx.pending, size, access, inlined: cx.inlined });
    code.tee(cx.address);
    code.i64(limit - size);
    code.op('i64.gt_u');
    leave();
    code.get(cx.address);
    code.op('i32.wrap_i64');
    code.tee(cx.at);
    code.i32(3);
    code.op('i32.shr_u');
    code.access(size === 1 ? 'i32.load8_u' : 'i32.load16_u', limit);
    code.tee(cx.bits);
    // From here on the address follows from the offset, so that it need not be kept.
    code.get(cx.at);
    code.op('i64.extend_i32_u');
    code.set(cx.address);
    // Seldom more than a test whether anything near is poisoned.
    code.if();
    code.get(cx.bits);
    code.get(cx.at);
    code.i32(7);
    code.ops('i32.and', 'i32.shr_u');
    code.i32((1 << size) - 1);
    code.op('i32.and');
    leave();
    code.end();
  } else {
    code.op('i32.wrap_i64');
    code.set(cx.at);
  }
  if (alignment.plain) testAlignment(cx, size, it, access);
  return { local: cx.at, offset: 0, known: undefined };
}

/** Leaves if the access at the offset in `at` is not at a multiple of its size. */
export function testAlignment(cx: FunctionContext, size: number, it: PlacedOp, access: Access): void {
  const { code } = cx;
  if (size === 1) return;
  cx.mark({ kind: 'misaligned', slot: it.slot, uncounted: cx.pending, size, access, inlined: cx.inlined });
  code.get(cx.at);
  code.i32(size - 1);
  code.op('i32.and');
  code.brIf(cx.leave);
}

/** The place of an access through a register. */
export function reach(cx: FunctionContext, base: number, it: PlacedOp, access: Access): MemoryAddress {
  return ownFrame(cx, base, it.off, sizeOf(it)) ?? checked(cx, () => cx.push(base), it, access);
}

/** The place of a load that reads 0 where there is nothing: the interpreter carries it out then. */
export function reachGuarded(cx: FunctionContext, it: PlacedOp, live: RegisterSet): MemoryAddress {
  const leave = (): void => {
    cx.code.if();
    cx.leaveAt({ kind: 'interpret', slot: it.slot, uncounted: cx.pending - 1 }, live);
    cx.code.end();
  };
  return (
    ownFrame(cx, it.src, it.off, sizeOf(it)) ??
    checkedOr(cx, () => cx.push(it.src), it, { access: 'read', leave })
  );
}

/** The place of a this_cpu operation: through a register plus this CPU's offset. */
export function reachPercpu(cx: FunctionContext, base: number, it: PlacedOp, percpu: number): MemoryAddress {
  const address = (): void => {
    cx.push(base);
    cx.thread();
    cx.code.access('i64.load', percpu, 3);
    cx.code.op('i64.add');
  };
  return checked(cx, address, it, 'atomic');
}
