import type { LeafCall } from '../machine/leaf.js';
import { KIND, type Memory, type Region, toAddress } from '../machine/memory.js';
import { reserve } from './boot/context.js';
import { EACCES } from './errno.js';
import { MOST_CPUS } from './model.js';

/**
 * Masks of CPUs that programs make (kernel/bpf/cpumask.c). In memory:
 *
 *     for each mask   0   a bit for each CPU, 64 at most
 *                     8   the number of its references; 0 of a free one
 *     for each CPU    the CPU that a walk through a mask gave it last
 */
const CPUMASKS = 32;
const MASK_SIZE = 16;
const USAGE = 8;

export const CPUMASKS_BYTES = CPUMASKS * MASK_SIZE + MOST_CPUS * 4;

/** The masks, and how many CPUs there are. */
export interface CpuMasks {
  readonly region: Region;
  readonly cpus: number;
}

export function createCpuMasks(memory: Memory, cpus: number): CpuMasks {
  const region = reserve(memory, 'the masks of CPUs', 'structure', CPUMASKS_BYTES);
  memory.unpoison(region.start, CPUMASKS_BYTES, KIND.object);
  return { region, cpus };
}

type Run = (call: LeafCall, masks: CpuMasks) => void;

const allOf = (cpus: number): bigint => (1n << BigInt(cpus)) - 1n;

/** The mask that an argument points to. */
const bitsOf = (call: LeafCall, n: number): bigint => call.machine.memory.readU64(call.pointer(n, 8));

function setBits(call: LeafCall, n: number, bits: bigint): void {
  call.machine.memory.writeU64(call.pointer(n, 8, 'write'), BigInt.asUintN(64, bits));
}

/** bpf_cpumask_create(): an empty mask with one reference, or null where there is none left. */
function create(call: LeafCall, { region }: CpuMasks): void {
  const { memory } = call.machine;
  for (let i = 0; i < CPUMASKS; i += 1) {
    const at = call.range(toAddress(region.start + i * MASK_SIZE), MASK_SIZE, 'write');
    if (memory.readU32(at + USAGE) !== 0) continue;
    memory.writeU64(at, 0n);
    memory.writeU32(at + USAGE, 1);
    call.giveAddress(at);
    return;
  }
}

function count(call: LeafCall, by: 1 | -1): void {
  const at = call.pointer(1, MASK_SIZE, 'write') + USAGE;
  const { memory } = call.machine;
  memory.writeU32(at, (memory.readU32(at) + by) >>> 0);
}

/** The first set bit at or after a number; the number of CPUs where there is none. */
function next(bits: bigint, from: number, cpus: number): number {
  for (let cpu = from; cpu < cpus; cpu += 1) if (((bits >> BigInt(cpu)) & 1n) !== 0n) return cpu;
  return cpus;
}

/** Goes round: the one after the one that this CPU was given last (cpumask_any_and_distribute, lib/cpumask.c). */
function distribute(call: LeafCall, { region, cpus }: CpuMasks, bits: bigint): void {
  const { memory } = call.machine;
  const last = toAddress(region.start + CPUMASKS * MASK_SIZE + 4 * call.cpu);
  const at = call.range(last, 4, 'write');
  const after = next(bits, memory.readU32(at) + 1, cpus);
  const found = after < cpus ? after : next(bits, 0, cpus);
  if (found < cpus) memory.writeU32(at, found);
  call.giveNumber(found);
}

/** The bit of a CPU, which is the first argument; 0 for one that does not exist. */
function bitOf(call: LeafCall, { cpus }: CpuMasks): bigint {
  const cpu = call.arg32(1);
  return cpu < cpus ? 1n << BigInt(cpu) : 0n;
}

/** Tells whether a CPU is in a mask, and changes that. */
const testAnd =
  (change: (bits: bigint, bit: bigint) => bigint): Run =>
  (call, masks) => {
    const bit = bitOf(call, masks);
    const bits = bitsOf(call, 2);
    setBits(call, 2, change(bits, bit));
    call.giveNumber((bits & bit) === 0n ? 0 : 1);
  };

/** As the same without telling, which returns nothing. */
const only =
  (run: Run): Run =>
  (call, masks) => {
    run(call, masks);
    call.giveNumber(0);
  };

const insert = testAnd((bits, bit) => bits | bit);
const remove = testAnd((bits, bit) => bits & ~bit);

/** Writes what two masks come to into a third. */
const combine =
  (of: (a: bigint, b: bigint) => bigint): Run =>
  (call) =>
    setBits(call, 1, of(bitsOf(call, 2), bitsOf(call, 3)));

const tell =
  (of: (first: bigint, all: bigint) => boolean): Run =>
  (call, { cpus }) =>
    call.giveNumber(of(bitsOf(call, 1), allOf(cpus)) ? 1 : 0);

const compare =
  (of: (a: bigint, b: bigint) => boolean): Run =>
  (call) =>
    call.giveNumber(of(bitsOf(call, 1), bitsOf(call, 2)) ? 1 : 0);

const first =
  (of: (call: LeafCall) => bigint): Run =>
  (call, { cpus }) =>
    call.giveNumber(next(of(call), 0, cpus));

const both = (call: LeafCall): bigint => bitsOf(call, 1) & bitsOf(call, 2);

/** How many CPUs are in a mask. */
function weight(call: LeafCall, { cpus }: CpuMasks): void {
  const bits = bitsOf(call, 1) & allOf(cpus);
  call.giveNumber([...bits.toString(2)].filter((digit) => digit === '1').length);
}

/** bpf_cpumask_populate(cpumask, src, size): the mask becomes what `size` bytes of memory say. */
function populate(call: LeafCall, { cpus }: CpuMasks): void {
  if (call.arg(3) < 8n) {
    call.giveNumber(EACCES);
    return;
  }
  setBits(call, 1, bitsOf(call, 2) & allOf(cpus));
}

/** What each of the kfuncs does, by its name without `bpf_cpumask_`. */
export const CPUMASK_KFUNCS: Readonly<Record<string, Run>> = {
  create,
  acquire: (call) => {
    count(call, 1);
    call.give(call.arg(1));
  },
  release: (call) => count(call, -1),
  first: first((call) => bitsOf(call, 1)),
  first_zero: first((call) => ~bitsOf(call, 1)),
  first_and: first(both),
  set_cpu: only(insert),
  clear_cpu: only(remove),
  test_cpu: (call, masks) => call.giveNumber((bitsOf(call, 2) & bitOf(call, masks)) === 0n ? 0 : 1),
  test_and_set_cpu: insert,
  test_and_clear_cpu: remove,
  setall: (call, { cpus }) => setBits(call, 1, allOf(cpus)),
  clear: (call) => setBits(call, 1, 0n),
  and: (call) => {
    const bits = bitsOf(call, 2) & bitsOf(call, 3);
    setBits(call, 1, bits);
    call.giveNumber(bits === 0n ? 0 : 1);
  },
  or: combine((a, b) => a | b),
  xor: combine((a, b) => a ^ b),
  equal: compare((a, b) => a === b),
  intersects: compare((a, b) => (a & b) !== 0n),
  subset: compare((a, b) => (a & ~b) === 0n),
  empty: tell((bits) => bits === 0n),
  full: tell((bits, all) => (bits & all) === all),
  copy: (call) => setBits(call, 1, bitsOf(call, 2)),
  any_distribute: (call, masks) => distribute(call, masks, bitsOf(call, 1)),
  any_and_distribute: (call, masks) => distribute(call, masks, both(call)),
  weight,
  populate,
};
