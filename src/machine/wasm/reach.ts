import type { Access } from '../trap.js';
import { I32, type Label } from './code.js';
import { BASE, type FunctionContext } from './context.js';
import type { PlacedOp } from './graph.js';
import { baseOf } from './groups.js';
import { testInWindow } from './in-window.js';
import type { AccessGroup } from './knowledge.js';
import type { RegisterSet } from './live.js';
import { remainder } from './pointers.js';
import { Lookup } from './scope.js';

/** Where an access goes: an offset in memory, as a local and a constant to add. */
export interface MemoryAddress {
  readonly local: number;
  readonly offset: number;
  /** Bytes above a multiple of 8, where that is known. */
  readonly known: number | undefined;
}

/** The local that holds the offset of the current task's structure. */
export function currentIn({ current }: FunctionContext): number {
  if (current === undefined) throw new Error('nothing asks for the current task here');
  return current;
}

/**
 * The place of bytes that may be touched for sure, from what is known of a register: those of frames that are open, and
 * of memory in which nothing is ever poisoned.
 */
export function knownPlace(
  cx: FunctionContext,
  base: number,
  off: number,
  size: number,
): MemoryAddress | undefined {
  const known = cx.known(base);
  if (known === undefined || !cx.unit.finder.isSure(known, off, size)) return undefined;
  const { code } = cx;
  const at = known.plus + off;
  if (typeof known.base === 'object' && 'bottom' in known.base)
    return { local: known.base.bottom, offset: at + known.base.plan.frameSize, known: at & 7 };
  if (known.base instanceof Lookup)
    return { local: cx.slotLocals(known.base).at, offset: at, known: remainder(known, off) };
  if (known.base === 'current') return { local: currentIn(cx), offset: at, known: remainder(known, off) };
  code.i32(at);
  code.set(cx.at);
  return { local: cx.at, offset: 0, known: remainder(known, off) };
}

/** Bytes that an operation accesses. */
function sizeOf({ op }: PlacedOp): 1 | 2 | 4 | 8 {
  if (op.size === 0) throw new Error(`${op.name} accesses nothing`);
  return op.size;
}

/** Pushes whether any byte of some is poisoned: `mask` has a bit for each, and they begin at the offset in `at`. */
function pushPoisoned(cx: FunctionContext, mask: bigint): void {
  const { code } = cx;
  code.get(cx.at);
  code.i32(7);
  code.op('i32.and');
  code.op('i32.shr_u');
  code.i32(Number(mask));
  code.op('i32.and');
}

/** The same where there may be too many bytes for 32 bits. */
function pushPoisonedWide(cx: FunctionContext, mask: bigint): void {
  const { code } = cx;
  code.get(cx.at);
  code.i32(7);
  code.op('i32.and');
  code.op('i64.extend_i32_u');
  code.op('i64.shr_u');
  code.wide(mask);
  code.op('i64.and');
  code.op('i64.eqz');
  code.op('i32.eqz');
}

/**
 * Pushes the offset in memory of an address: not what is left of the difference that has been tested, so that the access
 * need not wait for that.
 */
function pushOffset(cx: FunctionContext, base: () => void, from: number): void {
  const { code } = cx;
  base();
  code.op('i32.wrap_i64');
  if (from === 0) return;
  code.i32(from);
  code.op('i32.add');
}

/**
 * The place of an access at the address that `base` pushes, plus the operation's offset: leaves if any byte of it is
 * poisoned. The same test as `reach` in access.ts. Where that may be because part of a frame is closed, the interpreter
 * finds out.
 */
function checked(
  cx: FunctionContext,
  base: () => void,
  it: PlacedOp,
  k: number,
  access: Access,
): MemoryAddress {
  const live = cx.before(k, it);
  const leave = cx.unit.retries ? () => leaveToRetry(cx, it, live) : () => cx.code.brIf(cx.leave);
  return checkedOr(cx, base, it, { access, leave });
}

/** Has the interpreter carry out an access if the condition that is pushed holds. */
function leaveToRetry(cx: FunctionContext, it: PlacedOp, live: RegisterSet): void {
  const { code, pending, inlined } = cx;
  code.if();
  cx.leaveAt({ kind: 'interpret', slot: it.slot, uncounted: pending - 1, inlined, retries: true }, live);
  code.end();
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
  const place = { local: cx.at, offset: 0, known: undefined };
  if (unit.options.shadow) {
    cx.mark({ kind: 'access', slot: it.slot, uncounted: cx.pending, size, access, inlined: cx.inlined });
    code.tee(cx.address);
    code.i64(limit - size);
    code.op('i64.gt_u');
    leave();
    pushOffset(cx, base, it.off);
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
    pushPoisoned(cx, BigInt((1 << size) - 1));
    leave();
    code.end();
  } else {
    code.op('i32.wrap_i64');
    code.set(cx.at);
  }
  if (alignment.plain) testAlignment(cx, place, it, access);
  return place;
}

/**
 * Tests bytes that begin at the address that `base` pushes plus `from`: a bit of `bytes` for each that is accessed. Goes
 * to `bad` if one of them is poisoned, and to `ok` or on if none is, with the offset of the first in `at`.
 */
export function testBytes(
  cx: FunctionContext,
  base: () => void,
  { from, span, bytes }: Pick<AccessGroup, 'from' | 'span' | 'bytes'>,
  ok: Label,
  bad: Label,
): void {
  const { code, unit } = cx;
  const { limit } = unit.machine.memory;
  base();
  code.wide(BigInt(from) - BASE);
  code.op('i64.add');
  code.tee(cx.address);
  code.i64(limit - span);
  code.op('i64.gt_u');
  code.brIf(bad);
  pushOffset(cx, base, from);
  code.tee(cx.at);
  code.i32(3);
  code.op('i32.shr_u');
  if (span > 25) {
    code.access('i64.load', limit);
    code.tee(cx.wide);
    code.op('i64.eqz');
    code.brIf(ok);
    code.get(cx.wide);
    pushPoisonedWide(cx, bytes);
  } else {
    code.access(span > 9 ? 'i32.load' : span > 1 ? 'i32.load16_u' : 'i32.load8_u', limit);
    code.tee(cx.bits);
    code.op('i32.eqz');
    code.brIf(ok);
    code.get(cx.bits);
    pushPoisoned(cx, bytes);
  }
  code.brIf(bad);
}

/**
 * Tests all bytes that a group of accesses touches, before the first of them. Where one may not be touched, the
 * interpreter goes on from here: it finds out which access is the first to fault.
 */
function checkGroup(cx: FunctionContext, base: number, it: PlacedOp, k: number, group: AccessGroup): void {
  const { code } = cx;
  const ok = code.block();
  const bad = code.block();
  testBytes(cx, () => cx.push(base), group, ok, bad);
  code.br(ok);
  code.end();
  cx.leaveAt(
    { kind: 'interpret', slot: it.slot, uncounted: cx.pending - 1, inlined: cx.inlined },
    cx.before(k, it),
  );
  code.end();
}

/** Leaves if the access at a place is not at a multiple of its size. */
export function testAlignment(cx: FunctionContext, place: MemoryAddress, it: PlacedOp, access: Access): void {
  const { code } = cx;
  const size = sizeOf(it);
  if (size === 1) return;
  cx.mark({ kind: 'misaligned', slot: it.slot, uncounted: cx.pending, size, access, inlined: cx.inlined });
  code.get(place.local);
  if (place.offset !== 0) {
    code.i32(place.offset);
    code.op('i32.add');
  }
  code.tee(cx.bits);
  // The address that the report names.
  code.op('i64.extend_i32_u');
  code.set(cx.address);
  code.get(cx.bits);
  code.i32(size - 1);
  code.op('i32.and');
  code.brIf(cx.leave);
}

/** The place of an access through a register, the k-th instruction of the block. */
export function reach(cx: FunctionContext, it: PlacedOp, k: number, access: Access): MemoryAddress {
  const { code } = cx;
  const base = baseOf(it);
  if (base === undefined) throw new Error(`${it.op.name} accesses nothing`);
  const cover = cx.cover(k);
  if (cover !== undefined) {
    const { group, at } = cover;
    if (group.local === undefined) {
      if (cx.unit.finder.isSure(cx.known(base), group.from, group.span)) {
        cx.pushLow(base);
        code.i32(group.from);
        code.op('i32.add');
        code.set(cx.at);
      } else if (testInWindow(cx, it, base, group, cx.before(k, it))) {
        // That has been tested at once.
      } else if (group.count > 1) checkGroup(cx, base, it, k, group);
      else checked(cx, () => cx.push(base), it, k, access);
      group.local = code.local(I32);
      code.get(cx.at);
      code.set(group.local);
    }
    return (
      knownPlace(cx, base, it.off, sizeOf(it)) ?? {
        local: group.local,
        offset: at - group.from,
        known: undefined,
      }
    );
  }
  const place = knownPlace(cx, base, it.off, sizeOf(it));
  if (place !== undefined) return place;
  if (!cx.isProved(k)) return checked(cx, () => cx.push(base), it, k, access);
  // It has been tested; adding may not carry into the upper half, which is gone.
  cx.pushLow(base);
  code.i32(it.off);
  code.op('i32.add');
  code.set(cx.at);
  return { local: cx.at, offset: 0, known: undefined };
}

/** The place of a load that reads 0 where there is nothing: the interpreter carries it out then. */
export function reachGuarded(cx: FunctionContext, it: PlacedOp, live: RegisterSet): MemoryAddress {
  const leave = (): void => {
    cx.code.if();
    cx.leaveAt({ kind: 'interpret', slot: it.slot, uncounted: cx.pending - 1, inlined: cx.inlined }, live);
    cx.code.end();
  };
  return (
    knownPlace(cx, it.src, it.off, sizeOf(it)) ??
    checkedOr(cx, () => cx.push(it.src), it, { access: 'read', leave })
  );
}

/** The place of a this_cpu operation: through a register plus this CPU's offset. */
export function reachPercpu(cx: FunctionContext, it: PlacedOp, k: number, percpu: number): MemoryAddress {
  const { code } = cx;
  cx.push(it.dst);
  cx.thread();
  code.access('i64.load', percpu, 3);
  code.op('i64.add');
  code.set(cx.wide);
  return checked(cx, () => code.get(cx.wide), it, k, 'atomic');
}
