import { BLOCK } from '../thread.js';
import type { FunctionContext } from './context.js';
import type { PlacedOp } from './graph.js';
import { writeSettled } from './lookups.js';
import type { Opcode } from './opcodes.js';
import { type MemoryAddress, reach, reachGuarded, reachPercpu, testAlignment } from './reach.js';
import { settledBy } from './settled.js';
import { writeMeaning } from './template.js';

export type Size = 1 | 2 | 4 | 8;

export const LOADS: Readonly<Record<Size, Opcode>> = {
  1: 'i64.load8_u',
  2: 'i64.load16_u',
  4: 'i64.load32_u',
  8: 'i64.load',
};
const SIGNED_LOADS: Readonly<Record<Size, Opcode>> = {
  1: 'i64.load8_s',
  2: 'i64.load16_s',
  4: 'i64.load32_s',
  8: 'i64.load',
};
export const STORES: Readonly<Record<Size, Opcode>> = {
  1: 'i64.store8',
  2: 'i64.store16',
  4: 'i64.store32',
  8: 'i64.store',
};
const EXTENSIONS = { 1: 'i64.extend8_s', 2: 'i64.extend16_s', 4: 'i64.extend32_s' } as const;
export const EXPONENT: Readonly<Record<Size, number>> = { 1: 0, 2: 1, 4: 2, 8: 3 };

export function sizeOf(it: PlacedOp): Size {
  const { size } = it.op;
  if (size === 0) throw new Error(`${it.op.name} accesses nothing`);
  return size;
}

export function writeLoad(cx: FunctionContext, it: PlacedOp, k: number): void {
  const size = sizeOf(it);
  const slot = cx.slot(it.src, it.off, size);
  if (slot !== undefined) {
    cx.assign(it.dst, () => {
      cx.code.get(slot);
      if (it.op.signed && size !== 8) cx.code.op(EXTENSIONS[size]);
    });
    return;
  }
  const word = settledBy(cx.unit.machine.memory, it, cx.allKnown);
  if (word !== undefined) {
    // It may be the one that tests what others access.
    reach(cx, it, k, 'read');
    writeSettled(cx, it, k, word);
    return;
  }
  const isGuarded = cx.unit.machine.text.isGuarded(it.slot);
  const place = isGuarded ? reachGuarded(cx, it, cx.before(k, it)) : reach(cx, it, k, 'read');
  cx.assign(it.dst, () => {
    cx.code.get(place.local);
    cx.code.access((it.op.signed ? SIGNED_LOADS : LOADS)[size], place.offset);
  });
}

export function writeStore(cx: FunctionContext, it: PlacedOp, k: number, value: () => void): void {
  const size = sizeOf(it);
  const slot = cx.slot(it.dst, it.off, size);
  if (slot !== undefined) {
    value();
    if (size !== 8) {
      cx.code.wide((1n << BigInt(size * 8)) - 1n);
      cx.code.op('i64.and');
    }
    cx.code.set(slot);
    return;
  }
  const place = reach(cx, it, k, 'write');
  cx.code.get(place.local);
  value();
  cx.code.access(STORES[size], place.offset);
}

/**
 * Carries out an atomic access: with `atomic` where its address is a multiple of its size. Elsewhere WebAssembly traps;
 * there the thread faults, or where the model has no such rule `plain` is carried out. So it is everywhere in memory that
 * no other thread of the host has: whoever could see the access begun and not ended does not run meanwhile.
 */
export function aligned(
  cx: FunctionContext,
  place: MemoryAddress,
  it: PlacedOp,
  atomic: () => void,
  plain: () => void,
): void {
  const { code } = cx;
  const size = sizeOf(it);
  const { options, machine } = cx.unit;
  const { alignment, memory } = machine;
  const isAligned = size === 1 || (place.known !== undefined && (place.known & (size - 1)) === 0);
  if (!isAligned && alignment.atomics) testAlignment(cx, place, it, 'atomic');
  if (!memory.isShared && !options.atomics) {
    plain();
    return;
  }
  if (isAligned || alignment.atomics) {
    atomic();
    return;
  }
  code.get(place.local);
  if (place.offset !== 0) {
    code.i32(place.offset);
    code.op('i32.add');
  }
  code.i32(size - 1);
  code.op('i32.and');
  code.if();
  plain();
  code.else();
  atomic();
  code.end();
}

/** Pushes an operand of a read-modify-write of `size` bytes, for a meaning of that width. */
function operand(cx: FunctionContext, it: PlacedOp, local: number | undefined): () => void {
  return () => {
    if (local === undefined) cx.push(it.src);
    else cx.code.get(local);
    if (it.op.width === 32) cx.code.op('i32.wrap_i64');
  };
}

/** Memory = compute(memory, source) with plain instructions; leaves the old value in `wide`. */
function plainUpdate(cx: FunctionContext, place: MemoryAddress, it: PlacedOp): void {
  const { code } = cx;
  const size = sizeOf(it);
  code.get(place.local);
  code.access(LOADS[size], place.offset);
  code.set(cx.wide);
  code.get(place.local);
  writeMeaning(code, it.op, operand(cx, it, cx.wide), operand(cx, it, undefined));
  if (it.op.width === 32) code.op('i64.extend_i32_u');
  code.access(STORES[size], place.offset);
}

export function rmw(it: PlacedOp): Opcode {
  const { size, rmw: name } = it.op;
  if (name === undefined) throw new Error(`${it.op.name} is not a read-modify-write`);
  return size === 8 ? `i64.atomic.rmw.${name}` : `i64.atomic.rmw32.${name}_u`;
}

/** `lock` operations and exchange; with `fetch` the source register gets the old value. */
export function writeLock(cx: FunctionContext, it: PlacedOp, k: number, fetch: boolean): void {
  const { code } = cx;
  const size = sizeOf(it);
  const place = reach(cx, it, k, 'atomic');
  aligned(
    cx,
    place,
    it,
    () => {
      code.get(place.local);
      cx.push(it.src);
      code.access(rmw(it), place.offset, EXPONENT[size]);
      code.set(cx.wide);
    },
    () => plainUpdate(cx, place, it),
  );
  if (fetch) cx.assign(it.src, () => code.get(cx.wide));
}

/** this_cpu operations are one step to an interrupt on this CPU, and plain accesses to all others. */
export function writeThisCpu(cx: FunctionContext, it: PlacedOp, k: number, fetch: boolean): void {
  const place = reachPercpu(cx, it, k, BLOCK.percpu);
  plainUpdate(cx, place, it);
  if (fetch) cx.assign(it.src, () => cx.code.get(cx.wide));
}
