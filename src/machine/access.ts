// biome-ignore-all lint/complexity/useMaxParams: the interpreter calls these for each instruction, and nothing is allocated then.
import type { Compute } from '../isa/operation.js';
import type { Registers } from '../isa/semantics/alu64.js';
import { KERNEL_HIGH, type Memory } from './memory.js';
import { type Access, Trap } from './trap.js';

/**
 * How a machine model checks alignment. Where an architecture accepts what WebAssembly does not, the engines take a
 * slower path.
 */
export interface AlignmentRules {
  /** Misaligned atomics, acquire loads and release stores fault (arm64). */
  readonly atomics: boolean;
  /** Misaligned plain accesses fault too (`--strict-alignment`). */
  readonly plain: boolean;
}

/** What the access functions need: memory and the rules of the model. */
export interface Reachable {
  readonly memory: Memory;
  readonly alignment: AlignmentRules;
}

function trap(w: Registers, base: number, off: number, size: number, access: Access): never {
  const address = ((BigInt(w[base + 1]!) << 32n) | BigInt(w[base]! >>> 0)) + BigInt(off);
  throw new Trap(undefined, address, size, access);
}

function misaligned(w: Registers, base: number, off: number, size: number, access: Access): never {
  const address = ((BigInt(w[base + 1]!) << 32n) | BigInt(w[base]! >>> 0)) + BigInt(off);
  throw new Trap('misaligned', address, size, access);
}

const WORD_RANGE = 0x1_0000_0000;

/** As `reach`, whatever the words of the address are, and if adding `off` carries between them. */
function reachCarried(
  m: Reachable,
  w: Registers,
  base: number,
  off: number,
  size: number,
  access: Access,
): number {
  const at = (w[base]! >>> 0) + off;
  const carry = at < 0 ? -1 : at >= WORD_RANGE ? 1 : 0;
  const inside = at - carry * WORD_RANGE;
  const { memory } = m;
  if (w[base + 1]! + carry !== KERNEL_HIGH || inside > memory.limit - size) trap(w, base, off, size, access);
  for (let i = inside; i < inside + size; i += 1) if (memory.isPoisoned(i)) trap(w, base, off, size, access);
  if (m.alignment.plain && (inside & (size - 1)) !== 0) misaligned(w, base, off, size, access);
  return inside;
}

/** The offset in linear memory of an access through the register at `base`; traps if any byte of it is poisoned. */
function reach(m: Reachable, w: Registers, base: number, off: number, size: number, access: Access): number {
  // In 32 bits with a sign: as unsigned numbers they would be added as doubles.
  const low = w[base]!;
  const at = (low + off) | 0;
  const { memory } = m;
  if (w[base + 1] !== KERNEL_HIGH || low < 0 || at < 0 || at > memory.limit - size) {
    return reachCarried(m, w, base, off, size, access);
  }
  const bit = at & 7;
  const mask = (1 << size) - 1;
  let bits = memory.poison[at >>> 3]! >> bit;
  if (bit + size > 8) bits |= memory.poison[(at >>> 3) + 1]! << (8 - bit);
  if ((bits & mask) !== 0) trap(w, base, off, size, access);
  if (m.alignment.plain && (at & (size - 1)) !== 0) misaligned(w, base, off, size, access);
  return at;
}

export function load8(m: Reachable, w: Registers, d: number, s: number, off: number): void {
  w[d] = m.memory.u8[reach(m, w, s, off, 1, 'read')]!;
  w[d + 1] = 0;
}

export function load16(m: Reachable, w: Registers, d: number, s: number, off: number): void {
  w[d] = m.memory.view.getUint16(reach(m, w, s, off, 2, 'read'), true);
  w[d + 1] = 0;
}

export function load32(m: Reachable, w: Registers, d: number, s: number, off: number): void {
  const at = reach(m, w, s, off, 4, 'read');
  // Registers are memory, too.
  w[d] = (at & 3) === 0 ? w[at >> 2]! : m.memory.view.getInt32(at, true);
  w[d + 1] = 0;
}

export function load64(m: Reachable, w: Registers, d: number, s: number, off: number): void {
  const at = reach(m, w, s, off, 8, 'read');
  if ((at & 3) === 0) {
    w[d] = w[at >> 2]!;
    w[d + 1] = w[(at >> 2) + 1]!;
    return;
  }
  const { view } = m.memory;
  w[d] = view.getInt32(at, true);
  w[d + 1] = view.getInt32(at + 4, true);
}

export function loadSigned8(m: Reachable, w: Registers, d: number, s: number, off: number): void {
  const value = m.memory.view.getInt8(reach(m, w, s, off, 1, 'read'));
  w[d] = value;
  w[d + 1] = value >> 31;
}

export function loadSigned16(m: Reachable, w: Registers, d: number, s: number, off: number): void {
  const value = m.memory.view.getInt16(reach(m, w, s, off, 2, 'read'), true);
  w[d] = value;
  w[d + 1] = value >> 31;
}

export function loadSigned32(m: Reachable, w: Registers, d: number, s: number, off: number): void {
  const value = m.memory.view.getInt32(reach(m, w, s, off, 4, 'read'), true);
  w[d] = value;
  w[d + 1] = value >> 31;
}

/** Stores return the offset they wrote, for observers. */
export function store8(m: Reachable, w: Registers, d: number, s: number, off: number): number {
  const at = reach(m, w, d, off, 1, 'write');
  m.memory.u8[at] = w[s]!;
  return at;
}

export function store16(m: Reachable, w: Registers, d: number, s: number, off: number): number {
  const at = reach(m, w, d, off, 2, 'write');
  m.memory.view.setInt16(at, w[s]!, true);
  return at;
}

export function store32(m: Reachable, w: Registers, d: number, s: number, off: number): number {
  const at = reach(m, w, d, off, 4, 'write');
  if ((at & 3) === 0) w[at >> 2] = w[s]!;
  else m.memory.view.setInt32(at, w[s]!, true);
  return at;
}

export function store64(m: Reachable, w: Registers, d: number, s: number, off: number): number {
  const at = reach(m, w, d, off, 8, 'write');
  if ((at & 3) === 0) {
    w[at >> 2] = w[s]!;
    w[(at >> 2) + 1] = w[s + 1]!;
    return at;
  }
  const { view } = m.memory;
  view.setInt32(at, w[s]!, true);
  view.setInt32(at + 4, w[s + 1]!, true);
  return at;
}

function reachAtomic(m: Reachable, w: Registers, base: number, off: number, size: number): number {
  const low = w[base]!;
  const near = (low + off) | 0;
  const { memory } = m;
  const isNear = w[base + 1] === KERNEL_HIGH && low >= 0 && near >= 0 && near <= memory.limit - size;
  // Aligned bytes have their bits in one byte of the plane.
  if (
    isNear &&
    (near & (size - 1)) === 0 &&
    ((memory.poison[near >>> 3]! >> (near & 7)) & ((1 << size) - 1)) === 0
  )
    return near;
  const at = reach(m, w, base, off, size, 'atomic');
  if (m.alignment.atomics && (at & (size - 1)) !== 0) misaligned(w, base, off, size, 'atomic');
  return at;
}

function take(memory: Memory, w: Registers, to: number, at: number, size: number): void {
  if ((at & 3) === 0 && size >= 4) {
    // Registers are memory, too.
    w[to] = w[at >> 2]!;
    w[to + 1] = size === 8 ? w[(at >> 2) + 1]! : 0;
    return;
  }
  w[to] =
    size === 1
      ? memory.u8[at]!
      : size === 2
        ? memory.view.getUint16(at, true)
        : memory.view.getInt32(at, true);
  w[to + 1] = size === 8 ? memory.view.getInt32(at + 4, true) : 0;
}

function put(memory: Memory, w: Registers, from: number, at: number, size: number): void {
  if ((at & 3) === 0 && size >= 4) {
    w[at >> 2] = w[from]!;
    if (size === 8) w[(at >> 2) + 1] = w[from + 1]!;
    return;
  }
  if (size === 1) memory.u8[at] = w[from]!;
  else if (size === 2) memory.view.setInt16(at, w[from]!, true);
  else memory.view.setInt32(at, w[from]!, true);
  if (size === 8) memory.view.setInt32(at + 4, w[from + 1]!, true);
}

/** Memory = compute(memory, source) in one step; with `fetch` the source register gets the old value. */
function update(
  m: Reachable,
  w: Registers,
  at: number,
  s: number,
  t: number,
  size: number,
  compute: Compute,
  fetch: boolean,
): number {
  const { memory } = m;
  take(memory, w, t, at, size);
  const oldLow = w[t]!;
  const oldHigh = w[t + 1]!;
  compute(w, t, s);
  put(memory, w, t, at, size);
  if (fetch) {
    w[s] = oldLow;
    w[s + 1] = oldHigh;
  }
  return at;
}

/** An atomic update begins: what memory holds goes to the scratch register at `t`. Returns its offset. */
export function beginUpdate(
  m: Reachable,
  w: Registers,
  d: number,
  off: number,
  t: number,
  size: number,
): number {
  const at = reachAtomic(m, w, d, off, size);
  take(m.memory, w, t, at, size);
  return at;
}

/** It ends: the scratch register goes to memory. */
export function endUpdate(m: Reachable, w: Registers, t: number, at: number, size: number): void {
  put(m.memory, w, t, at, size);
}

/** Adds this CPU's offset to a per-CPU pointer into the scratch register at `t`. `p` is the index of the offset. */
function toThisCpu(w: Registers, t: number, d: number, p: number): void {
  const low = (w[d]! >>> 0) + (w[p]! >>> 0);
  w[t] = low;
  w[t + 1] = w[d + 1]! + w[p + 1]! + (low > 0xffff_ffff ? 1 : 0);
}

/** this_cpu operations: address and update in one step, so that no interrupt or migration comes between. */
export function thisCpu(
  m: Reachable,
  w: Registers,
  d: number,
  s: number,
  off: number,
  t: number,
  p: number,
  size: number,
  compute: Compute,
  fetches: boolean,
): number {
  toThisCpu(w, t, d, p);
  return update(m, w, reach(m, w, t, off, size, 'atomic'), s, t, size, compute, fetches);
}

/** Compares r0 (at `r0`) with memory; if equal, memory = source. r0 gets the old value either way. */
export function compareExchange(
  m: Reachable,
  w: Registers,
  d: number,
  s: number,
  off: number,
  t: number,
  size: number,
  r0: number,
): number {
  const at = reachAtomic(m, w, d, off, size);
  take(m.memory, w, t, at, size);
  if (w[t] === w[r0] && (size === 4 || w[t + 1] === w[r0 + 1])) put(m.memory, w, s, at, size);
  w[r0] = w[t]!;
  w[r0 + 1] = w[t + 1]!;
  return at;
}

export function loadAcquire(
  m: Reachable,
  w: Registers,
  d: number,
  s: number,
  off: number,
  size: number,
): void {
  take(m.memory, w, d, reachAtomic(m, w, s, off, size), size);
}

export function storeRelease(
  m: Reachable,
  w: Registers,
  d: number,
  s: number,
  off: number,
  size: number,
): number {
  const at = reachAtomic(m, w, d, off, size);
  put(m.memory, w, s, at, size);
  return at;
}
