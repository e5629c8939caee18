import { type LeafCall, TAIL_CALL } from '../../machine/leaf.js';
import { fromAddress, type Memory, toAddress } from '../../machine/memory.js';
import { countTailCall } from '../../machine/stack.js';
import { Trap } from '../../machine/trap.js';
import { E2BIG, EBADF, EBUSY, EINVAL, ENOENT, ENOTSUPP } from '../errno.js';
import { PROG, PROG_AUX } from '../layout.js';
import { hasCgroups, ROOT_CGROUP } from './cgroup-array.js';
import { innerFetch, innerStore } from './maps-of-maps.js';
import type { BpfMap } from './storage.js';
import type { MapTable, ProgramEntry } from './table.js';
import type { MapTypeInfo } from './types.js';

const hasPrograms = (t: MapTypeInfo): boolean => t.family === 'pointers';

/** Arrays that a system call gives file descriptors to. */
const isFdArray = (t: MapTypeInfo): boolean => hasPrograms(t) || hasCgroups(t) || t.family === 'maps';

function operands(call: LeafCall, maps: MapTable): { map: BpfMap; index: number } {
  const map = maps.argument(call, 1, isFdArray);
  return { map, index: map.memory.readU32(call.pointer(2, 4)) };
}

/** Offset of the struct bpf_prog at an index that is in range; 0 where there is none. */
export function programAt(map: BpfMap, index: number): number {
  return map.memory.readU32(map.element(index));
}

/** Offset of the number of the program whose struct bpf_prog is at an offset. */
export function idOffset(memory: Memory, at: number): number {
  return (fromAddress(memory.readU64(at + PROG.fields.aux.offset)) ?? 0) + PROG_AUX.fields.id.offset;
}

/** Whether a program is in an array of programs. */
export const isInArray = (maps: Iterable<BpfMap>, at: number): boolean =>
  [...maps].some(
    (map) =>
      hasPrograms(map.info) &&
      Array.from({ length: map.definition.maxEntries }, (_, i) => programAt(map, i)).includes(at),
  );

function setProgram(map: BpfMap, index: number, at: number): void {
  map.memory.writeU64(map.element(index), at === 0 ? 0n : toAddress(at));
}

/**
 * Puts a program at an index: 0, -E2BIG, -EINVAL for a program that is not compatible with those that are in the array or were
 * before, or -EBUSY for one that is replaced.
 */
export function putProgram(map: BpfMap, index: number, program: ProgramEntry): number {
  if (index >= map.definition.maxEntries) return E2BIG;
  const owner = map.get('owner');
  if (owner !== 0 && owner !== program.owner) return EINVAL;
  if (program.isKeptOut()) return EBUSY;
  map.set('owner', program.owner);
  setProgram(map, index, program.at);
  return 0;
}

/**
 * fd_array_store(map, key, value, flags): puts the program, the cgroup or the map with the number in the value (as a system call
 * would give its file descriptor) into the array. As `putProgram`, -EINVAL for flags, -EBADF for anything else
 * (bpf_fd_array_map_update_elem).
 */
export function fdArrayStore(call: LeafCall, maps: MapTable): number {
  const { map, index } = operands(call, maps);
  if (map.info.holdsMaps) return innerStore(call, maps);
  if (call.arg(4) !== 0n) return EINVAL;
  if (index >= map.definition.maxEntries) return E2BIG;
  const number = map.memory.readU32(call.pointer(3, 4));
  if (hasCgroups(map.info)) {
    if (number !== ROOT_CGROUP) return EBADF;
    map.memory.writeU32(map.element(index), number);
    return 0;
  }
  const program = maps.programs.get(number);
  return program === undefined ? EBADF : putProgram(map, index, program);
}

/** fd_array_remove(map, key): 0, -E2BIG or -ENOENT. */
export function fdArrayRemove(call: LeafCall, maps: MapTable): number {
  const { map, index } = operands(call, maps);
  if (index >= map.definition.maxEntries) return E2BIG;
  if (programAt(map, index) === 0) return ENOENT;
  setProgram(map, index, 0);
  return 0;
}

/** fd_array_fetch(map, key, value): the number of the program into the value; 0 or -ENOENT. Cgroups are not told. */
export function fdArrayFetch(call: LeafCall, maps: MapTable): number {
  const { map, index } = operands(call, maps);
  if (map.info.holdsMaps) return innerFetch(call, maps);
  if (hasCgroups(map.info)) return ENOTSUPP;
  const at = index < map.definition.maxEntries ? programAt(map, index) : 0;
  if (at === 0) return ENOENT;
  const { memory } = map;
  memory.writeU32(call.pointer(3, 4, 'write'), memory.readU32(idOffset(memory, at)));
  return 0;
}

/**
 * bpf_tail_call(ctx, map, index): goes on in the program at the index, in the caller's frame. Where there is none, the
 * index is out of range, or the invocation has made MAX_TAIL_CALL_CNT tail calls, the caller goes on after the call.
 * In the kernel this is not a function but an instruction (BPF_TAIL_CALL); the order of its tests is that of the JITs.
 */
export function bpfTailCall(call: LeafCall, maps: MapTable): typeof TAIL_CALL | undefined {
  const map = maps.argument(call, 2, hasPrograms);
  const index = call.arg32(3);
  const { memory, text } = call.machine;
  const at = index < map.definition.maxEntries ? programAt(map, index) : 0;
  const isProgram = (slot: number): boolean => text.at(slot)?.fn.kind === 'program';
  if (at === 0 || !countTailCall(memory, call.r, isProgram)) {
    call.giveNumber(0);
    return undefined;
  }
  const address = memory.readU64(at + PROG.fields.bpf_func.offset);
  const slot = text.slotOf(address);
  const fn = slot === undefined ? undefined : text.functionStartingAt(slot);
  if (fn === undefined) throw new Trap('bad_call', address, 0, 'call');
  call.target = fn.index;
  return TAIL_CALL;
}
