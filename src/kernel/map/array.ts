import type { LeafCall, SlotArray } from '../../machine/leaf.js';
import { toAddress } from '../../machine/memory.js';
import { E2BIG, EEXIST, EINVAL, ENOENT } from '../errno.js';
import { checkFlags } from './flags.js';
import { type BpfMap, round8 } from './storage.js';
import type { MapTable } from './table.js';
import type { MapTypeInfo } from './types.js';

const isArray = (t: MapTypeInfo): boolean => t.family === 'array';
/** Those whose values are bytes. */
const hasValues = (t: MapTypeInfo): boolean =>
  !t.holdsMaps && ['array', 'hash', 'trie', 'tasks'].includes(t.family);

function operands(call: LeafCall, maps: MapTable): { map: BpfMap; index: number } {
  const map = maps.argument(call, 1, isArray);
  return { map, index: map.memory.readU32(call.pointer(2, 4)) };
}

/** Gives the address of an element's value, or the per-CPU pointer to its values. */
function give(call: LeafCall, map: BpfMap, index: number): void {
  if (map.info.perCpu) call.give(map.values[index]!.pointer);
  else call.giveAddress(map.slot(map.element(index)));
}

/** array_slot(map, key): address of the value or its per-CPU pointer, or 0 for an index out of range. */
export function arraySlot(call: LeafCall, maps: MapTable): void {
  const { map, index } = operands(call, maps);
  if (index < map.definition.maxEntries) give(call, map, index);
  else call.giveNumber(0);
}

/** As `arraySlot`, but of values for each CPU those of this one. */
export function arrayValue(call: LeafCall, maps: MapTable): void {
  const { map, index } = operands(call, maps);
  if (index < map.definition.maxEntries) call.giveAddress(map.valueOn(map.element(index), call.cpu));
  else call.giveNumber(0);
}

/** The arrays there are, as a leaf finds what is in them that does with values for each CPU as is said. */
export const slotArrays =
  (perCpu: 'pointers' | 'cpu_values') =>
  (maps: MapTable): SlotArray[] => {
    const arrays = [...maps.all()].filter((map) => isArray(map.info));
    return arrays.map((map) => ({
      address: toAddress(map.at),
      length: map.definition.maxEntries,
      first: map.slot(map.element(0)),
      stride: map.layout.stride,
      holds: map.info.perCpu ? perCpu : 'values',
      size: map.info.perCpu ? 0 : map.definition.valueSize,
    }));
  };

/** The checks of array_map_update_elem, in its order. */
function updateError(map: BpfMap, index: number, flags: bigint): number {
  if (checkFlags(flags)) return EINVAL;
  if (index >= map.definition.maxEntries) return E2BIG;
  if ((flags & 1n) !== 0n) return EEXIST;
  // BPF_F_LOCK needs a value with a spin lock in it.
  return flags > 2n ? EINVAL : 0;
}

/** array_slot_for_update(map, key, flags): as array_slot, or -EINVAL, -E2BIG, -EEXIST in place of the address. */
export function arraySlotForUpdate(call: LeafCall, maps: MapTable): void {
  const { map, index } = operands(call, maps);
  const error = updateError(map, index, call.arg(3));
  if (error !== 0) call.giveNumber(error);
  else give(call, map, index);
}

/** percpu_array_store(map, key, values, flags): sets the values of all CPUs, which lie one after the other. */
export function percpuArrayStore(call: LeafCall, maps: MapTable): number {
  const { map, index } = operands(call, maps);
  const flags = call.arg(4);
  if (flags > 2n) return EINVAL;
  const error = updateError(map, index, flags);
  if (error !== 0) return error;
  const size = round8(map.definition.valueSize);
  const from = call.pointer(3, size * map.cpus);
  for (let cpu = 0; cpu < map.cpus; cpu += 1) {
    const value = from + cpu * size;
    map.memory.u8.copyWithin(map.valueOn(map.element(index), cpu), value, value + map.definition.valueSize);
  }
  return 0;
}

/** percpu_array_fetch(map, key, values): copies the values of all CPUs out, each padded to 8 bytes; 0 or -ENOENT. */
export function percpuArrayFetch(call: LeafCall, maps: MapTable): number {
  const { map, index } = operands(call, maps);
  if (index >= map.definition.maxEntries) return ENOENT;
  copyOut(call, map, map.element(index));
  return 0;
}

/** Copies an element's values of all CPUs to the address in argument 3. */
export function copyOut(call: LeafCall, map: BpfMap, element: number): void {
  const { valueSize } = map.definition;
  const size = round8(valueSize);
  const to = call.pointer(3, size * map.cpus, 'write');
  for (let cpu = 0; cpu < map.cpus; cpu += 1) {
    const from = map.valueOn(element, cpu);
    map.memory.u8.copyWithin(to + cpu * size, from, from + valueSize);
    map.memory.u8.fill(0, to + cpu * size + valueSize, to + (cpu + 1) * size);
  }
}

/** copy_map_value(map, to, from): copies a value's bytes. */
export function copyMapValue(call: LeafCall, maps: MapTable): void {
  const map = maps.argument(call, 1, hasValues);
  const { valueSize } = map.definition;
  const to = call.pointer(2, valueSize, 'write');
  const from = call.pointer(3, valueSize);
  map.memory.u8.copyWithin(to, from, from + valueSize);
}
