import type { LeafCall } from '../../machine/leaf.js';
import { EINVAL, ENOENT } from '../errno.js';
import { copyOut } from './array.js';
import { findElement } from './buckets.js';
import { isHash, operands } from './element.js';
import { BPF_EXIST, presence } from './flags.js';
import { type BpfMap, round8 } from './storage.js';
import type { MapTable } from './table.js';
import type { MapTypeInfo } from './types.js';

const isPerCpu = (t: MapTypeInfo): boolean => isHash(t) && t.perCpu;

/** Sets an element's values: that of this CPU, or those of all. */
export function setPercpuValues(
  call: LeafCall,
  map: BpfMap,
  element: number,
  from: number,
  onAll: boolean,
): void {
  const { valueSize } = map.definition;
  const { u8 } = map.memory;
  for (let cpu = 0; cpu < map.cpus; cpu += 1) {
    if (!onAll && cpu !== call.cpu) continue;
    const value = onAll ? from + cpu * round8(valueSize) : from;
    u8.copyWithin(map.valueOn(element, cpu), value, value + valueSize);
  }
}

/** Zeroes the values of other CPUs, which an element may have of the key that had it before. */
export function clearOthers(call: LeafCall, map: BpfMap, element: number): void {
  for (let cpu = 0; cpu < map.cpus; cpu += 1) {
    if (cpu === call.cpu) continue;
    const at = map.valueOn(element, cpu);
    map.memory.u8.fill(0, at, at + map.definition.valueSize);
  }
}

/**
 * Of maps with values of each CPU: 0, -EEXIST, -ENOENT, -EINVAL or NEEDS_ELEMENT. With `onallcpus` there
 * is a value for each CPU, each padded to 8 bytes.
 */
export function htabPercpuInsert(call: LeafCall, maps: MapTable): number {
  const { map, key } = operands(call, maps, isPerCpu);
  const { valueSize } = map.definition;
  const onAll = call.arg32(5) !== 0;
  const from = call.pointer(3, onAll ? round8(valueSize) * map.cpus : valueSize);
  const flags = call.arg(4);
  if (flags > BPF_EXIST) return EINVAL;
  const found = findElement(map, map.memory.u8, key);
  const result = presence(found !== 0, flags);
  if (result === 0) setPercpuValues(call, map, found, from, onAll);
  return result;
}

/** Sets the values of an element that has been taken (pcpu_init_value). */
export function setNewPercpuValues(call: LeafCall, map: BpfMap, element: number): void {
  const onAll = call.arg32(5) !== 0;
  if (!onAll) clearOthers(call, map, element);
  const { valueSize } = map.definition;
  setPercpuValues(
    call,
    map,
    element,
    call.pointer(4, onAll ? round8(valueSize) * map.cpus : valueSize),
    onAll,
  );
}

/** htab_percpu_fetch(map, key, values): copies the values of all CPUs out; 0 or -ENOENT. */
export function htabPercpuFetch(call: LeafCall, maps: MapTable): number {
  const { map, key } = operands(call, maps, isPerCpu);
  const element = findElement(map, map.memory.u8, key);
  if (element === 0) return ENOENT;
  copyOut(call, map, element);
  return 0;
}
