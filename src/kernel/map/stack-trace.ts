import type { LeafCall, LeafHost } from '../../machine/leaf.js';
import { toAddress } from '../../machine/memory.js';
import { type FrameInfo, walkFrames } from '../../machine/stack.js';
import type { MachineFunction, Text } from '../../machine/text.js';
import { E2BIG, EEXIST, EFAULT, EINVAL, ENOENT } from '../errno.js';
import { probedBy, runsUprobes } from '../names.js';
import { elementArgument, giveElement } from './element.js';
import { type BpfMap, TRACE_HEAD } from './storage.js';
import type { MapTable } from './table.js';
import { MAX_STACK, type MapTypeInfo } from './types.js';

/**
 * Stack traces (kernel/bpf/stackmap.c): what a program was called by, as addresses, under a number that their hash gives.
 *
 *     0  hash
 *     4  next   on a list of free ones
 *     8  nr     how many addresses there are
 *    16  data   the addresses
 *
 * A trace begins in the program, or for one on a probe in the function that was probed (its registers; bpf_get_stackid), and ends
 * where the context does that it runs in: with what the task was made to do, or with the entry of the interrupt. The stack of user
 * space has the functions that stand for its own (uprobes are on them) and what they were called by; other tasks have none, as
 * threads of the kernel have none.
 */
const NR = 8;
const DATA = TRACE_HEAD;
const IP = 8;

const BPF_F_SKIP_FIELD_MASK = 0xffn;
export const BPF_F_USER_STACK = 1n << 8n;
const BPF_F_FAST_STACK_CMP = 1n << 9n;
const BPF_F_REUSE_STACKID = 1n << 10n;

const isStacks = (t: MapTypeInfo): boolean => t.family === 'stacks';

/** What runs a program of a probe, between it and the image of the probe. */
const RUNNERS = new Set([
  'bpf_prog_run',
  'bpf_prog_run_array',
  'trace_call_bpf',
  'kprobe_multi_link_prog_run',
]);

/**
 * What is on the stack where a probe was hit: the function that it is of, at its beginning, and who called it; of one that has
 * returned, only who called it. The frames themselves where the innermost program is not a probe's.
 */
function whereProbed(
  { machine: { text } }: LeafCall,
  frames: readonly FrameInfo[],
): readonly { readonly slot: number }[] {
  // Calls of a function that has images go to those: what a frame is of is known by where it is.
  const at = (frame: FrameInfo): MachineFunction | undefined => text.at(frame.slot)?.fn;
  const image = frames.findIndex((f) => {
    const name = at(f)?.name ?? '';
    return at(f)?.kind !== 'program' && !RUNNERS.has(name) && !runsUprobes(name);
  });
  const frame = frames[image];
  const target = frame && probedBy(at(frame)?.name ?? '');
  const fn = target === undefined ? undefined : text.functions.find((f) => f.name === target);
  if (frame === undefined || fn === undefined) return frames;
  const callers = frames.slice(image + 1);
  return hasReturned(text, frame) && callers.length > 0 ? callers : [{ slot: fn.start }, ...callers];
}

/** Whether the image of a probe has called what it is of: that is the last call that keeps its result in r6. */
function hasReturned(text: Text, { slot }: FrameInfo): boolean {
  const { start } = text.at(slot)!.fn;
  for (let at = slot - 1; at > start; at -= 1) {
    const insn = text.at(at)?.insn;
    if (insn?.op.form === 'mov_reg' && insn.dst === 6 && insn.src === 0) return true;
  }
  return false;
}

/** Functions of the helpers, which are BPF: they are left out of the trace, which begins with the program that called one. */
const isHelper = (name = ''): boolean => /^(?:__)?bpf_get_stack/.test(name);

/** The frames of a call, from the program's on. */
function framesOf(call: LeafCall): readonly FrameInfo[] {
  const { memory, text }: LeafHost = call.machine;
  // Where the innermost is, which called the leaf, is not asked.
  const [, ...frames] = walkFrames(memory, call.r, 0);
  const own = frames.findIndex(({ slot }) => !isHelper(text.at(slot)?.fn.name));
  return own < 0 ? [] : frames.slice(own);
}

/** Return addresses, the innermost first, without `skip` of them. */
function callChain(call: LeafCall, skip: number, most: number): readonly bigint[] {
  const { text }: LeafHost = call.machine;
  // Linux has at most MAX_STACK of them, of which it keeps the last that are asked for.
  return whereProbed(call, framesOf(call))
    .slice(skip, Math.min(skip + most, MAX_STACK))
    .map(({ slot }) => text.addressOfSlot(slot + 1));
}

/** The same of user space: from the innermost function that stands for one of it on; nothing where none of these runs. */
function userChain(call: LeafCall, maps: MapTable, skip: number, most: number): readonly bigint[] {
  const { text }: LeafHost = call.machine;
  const frames = framesOf(call);
  const all = whereProbed(call, frames).filter(({ slot }) => text.at(slot)?.fn.kind !== 'trampoline');
  const isUser = (name = ''): boolean => maps.userFunctions.has(name);
  const nameAt = ({ slot }: { readonly slot: number }): string => text.at(slot)?.fn.name ?? '';
  // Of one that has returned, only the probe's image is there.
  const hasReturnedTo = frames.some((f) => isUser(probedBy(nameAt(f))));
  const first = all.findIndex((f) => isUser(nameAt(f)));
  const chain = first >= 0 ? all.slice(first) : hasReturnedTo ? all : [];
  return chain.slice(skip, Math.min(skip + most, MAX_STACK)).map(({ slot }) => text.addressOfSlot(slot + 1));
}

function hashOf(ips: readonly bigint[]): number {
  let h = 0x811c9dc5;
  for (const ip of ips) {
    h = Math.imul(h ^ Number(ip & 0xffff_ffffn), 0x01000193);
    h = Math.imul(h ^ Number(ip >> 32n), 0x01000193);
  }
  // The lowest bits choose the bucket, and the lowest bits of addresses say little.
  return (h ^ (h >>> 15)) >>> 0;
}

function holds(map: BpfMap, trace: number, ips: readonly bigint[]): boolean {
  const { memory } = map;
  if (memory.readU32(trace + NR) !== ips.length) return false;
  return ips.every((ip, i) => memory.readU64(trace + DATA + i * IP) === ip);
}

const bucketAt = (map: BpfMap, id: number): number => map.buckets + id * 4;

/** The trace that flags ask for, as far as there is room for it. */
function chainFor(call: LeafCall, maps: MapTable, room: number, flags: bigint): readonly bigint[] {
  const [skip, most] = [Number(flags & BPF_F_SKIP_FIELD_MASK), room / IP];
  const isUser = (flags & BPF_F_USER_STACK) !== 0n;
  return isUser ? userChain(call, maps, skip, most) : callChain(call, skip, most);
}

/**
 * stack_find(map, flags, error): the number under which the trace is kept, with bit 32 where it is not yet; -EINVAL, -EEXIST, or -EFAULT,
 * as where `error` says that there is none.
 */
export function stackFind(call: LeafCall, maps: MapTable): bigint {
  const map = maps.argument(call, 1, isStacks);
  const { memory } = map;
  const flags = call.arg(2);
  const known = BPF_F_SKIP_FIELD_MASK | BPF_F_USER_STACK | BPF_F_FAST_STACK_CMP | BPF_F_REUSE_STACKID;
  if ((flags & ~known) !== 0n) return BigInt(EINVAL);
  const ips = call.isZero(3) ? chainFor(call, maps, map.definition.valueSize, flags) : [];
  if (ips.length === 0) return BigInt(EFAULT);
  const hash = hashOf(ips);
  const id = hash & (map.layout.nBuckets - 1);
  const trace = traceAt(map, id);
  const matches = trace !== 0 && memory.readU32(trace) === hash;
  if (matches && ((flags & BPF_F_FAST_STACK_CMP) !== 0n || holds(map, trace, ips))) return BigInt(id);
  if (trace !== 0 && (flags & BPF_F_REUSE_STACKID) === 0n) return BigInt(EEXIST);
  return (1n << 32n) | BigInt(id);
}

/** stack_store(map, id, room, flags): keeps the trace in a room under a number; address of the one that was there, or 0. */
export function stackStore(call: LeafCall, maps: MapTable): void {
  const map = maps.argument(call, 1, isStacks);
  const { memory } = map;
  const id = call.arg32(2) & (map.layout.nBuckets - 1);
  const room = elementArgument(call, map, 3);
  const ips = chainFor(call, maps, map.definition.valueSize, call.arg(4));
  memory.writeU32(room, hashOf(ips));
  memory.writeU32(room + NR, ips.length);
  for (const [i, ip] of ips.entries()) memory.writeU64(room + DATA + i * IP, ip);
  giveElement(call, traceAt(map, id));
  memory.writeU32(bucketAt(map, id), room);
}

/** stack_copy(buf, size, flags, error): writes the trace itself; how many bytes it has, -EINVAL or -EFAULT (bpf_get_stack). */
export function stackCopy(call: LeafCall, maps: MapTable): number {
  const size = call.arg32(2);
  const flags = call.arg(3);
  const to = call.pointer(1, size, 'write');
  const { memory } = call.machine;
  memory.u8.fill(0, to, to + size);
  const isUser = (flags & BPF_F_USER_STACK) !== 0n;
  // BPF_F_USER_BUILD_ID is known where the stack is user space's only.
  const known = BPF_F_SKIP_FIELD_MASK | BPF_F_USER_STACK | (isUser ? 1n << 11n : 0n);
  if ((flags & ~known) !== 0n || size % IP !== 0) return EINVAL;
  const ips = call.isZero(4) ? chainFor(call, maps, size, flags) : [];
  if (ips.length === 0) return EFAULT;
  for (const [i, ip] of ips.entries()) memory.writeU64(to + i * IP, ip);
  return ips.length * IP;
}

/** Offset of the trace with a number; 0 where there is none. */
export const traceAt = (map: BpfMap, id: number): number =>
  id < map.layout.nBuckets ? map.memory.readU32(bucketAt(map, id)) : 0;

/** The addresses of a trace. */
function addresses(map: BpfMap, bucket: number): bigint[] {
  const { memory } = map;
  const count = memory.readU32(bucket + NR);
  return Array.from({ length: count }, (_, i) => memory.readU64(bucket + DATA + i * IP));
}

/** The traces that a map holds: for each its number, and where its calls are, as `NAME+N`, the innermost first. */
export function tracesOf(
  map: BpfMap,
  text: Text,
): { readonly id: number; readonly frames: readonly string[] }[] {
  return Array.from({ length: map.layout.nBuckets }, (_, id) => id).flatMap((id) => {
    const bucket = traceAt(map, id);
    if (bucket === 0) return [];
    const frames = addresses(map, bucket).map((ip) => {
      const slot = (text.slotOf(ip) ?? 0) - 1;
      const fn = text.at(slot)?.fn;
      return fn === undefined ? '?' : `${fn.name}+${slot - fn.start}`;
    });
    return [{ id, frames }];
  });
}

/** A trace as user space gets it: its addresses, zeroes after them. */
export function traceBytes(map: BpfMap, bucket: number): Uint8Array {
  const { memory, definition } = map;
  const data = bucket + DATA;
  const bytes = new Uint8Array(definition.valueSize);
  bytes.set(memory.u8.subarray(data, data + memory.readU32(bucket + NR) * IP));
  return bytes;
}

/** stack_fetch(map, key, value): 0 or -ENOENT (bpf_stackmap_copy). */
export function stackFetch(call: LeafCall, maps: MapTable): number {
  const map = maps.argument(call, 1, isStacks);
  const bucket = traceAt(map, map.memory.readU32(call.pointer(2, 4)));
  if (bucket === 0) return ENOENT;
  map.memory.u8.set(traceBytes(map, bucket), call.pointer(3, map.definition.valueSize, 'write'));
  return 0;
}

/** stack_remove(map, key): address of the trace, which is under that number no more, -E2BIG or -ENOENT (stack_map_delete_elem). */
export function stackRemove(call: LeafCall, maps: MapTable): bigint {
  const map = maps.argument(call, 1, isStacks);
  const id = map.memory.readU32(call.pointer(2, 4));
  const trace = traceAt(map, id);
  if (trace === 0) return BigInt(id >= map.layout.nBuckets ? E2BIG : ENOENT);
  map.memory.writeU32(bucketAt(map, id), 0);
  return toAddress(trace);
}
