import type { LeafCall } from '../../machine/leaf.js';
import { E2BIG, EINVAL, ENOENT } from '../errno.js';
import { copyOut } from './array.js';
import { findElement, insertElement, popFree } from './buckets.js';
import { BPF_EXIST } from './flags.js';
import { operands, presenceError } from './hash.js';
import { type BpfMap, round8 } from './storage.js';
import type { MapTable } from './table.js';
import { mapTypesWhere } from './types.js';

const PERCPU = mapTypesWhere((t) => t.family === 'hash' && t.perCpu);
/** Those that evict no element of another key when they are full. */
const FILLED = mapTypesWhere((t) => t.family === 'hash' && t.perCpu && !t.lru);

/** Sets an element's values: of this CPU (the others are zeroed in a new element), or of all. */
function setPercpuValues(
  call: LeafCall,
  map: BpfMap,
  element: number,
  from: number,
  onAll: boolean,
  isNew: boolean,
): void {
  const { valueSize } = map.definition;
  const { u8 } = map.memory;
  for (let cpu = 0; cpu < map.cpus; cpu += 1) {
    const to = map.valueOn(element, cpu);
    const value = onAll ? from + cpu * round8(valueSize) : from;
    if (onAll || cpu === call.cpu) u8.copyWithin(to, value, value + valueSize);
    else if (isNew) u8.fill(0, to, to + valueSize);
  }
}

/**
 * htab_percpu_insert(map, key, value, flags, onallcpus): 0, -EEXIST, -ENOENT, -E2BIG or -EINVAL. With `onallcpus` there
 * is a value for each CPU, each padded to 8 bytes.
 */
export function htabPercpuInsert(call: LeafCall, maps: MapTable): number {
  const { map, key } = operands(call, maps, FILLED);
  const { valueSize } = map.definition;
  const onAll = call.arg32(5) !== 0;
  const from = call.pointer(3, onAll ? round8(valueSize) * map.cpus : valueSize);
  const flags = call.arg(4);
  if (flags > BPF_EXIST) return EINVAL;
  const found = findElement(map, map.memory.u8, key);
  const error = presenceError(found !== 0, flags);
  if (error !== 0) return error;
  const element = found === 0 ? popFree(map) : found;
  if (element === 0) return E2BIG;
  setPercpuValues(call, map, element, from, onAll, found === 0);
  if (found === 0) insertElement(map, element, key);
  return 0;
}

/** htab_percpu_fetch(map, key, values): copies the values of all CPUs out; 0 or -ENOENT. */
export function htabPercpuFetch(call: LeafCall, maps: MapTable): number {
  const { map, key } = operands(call, maps, PERCPU);
  const element = findElement(map, map.memory.u8, key);
  if (element === 0) return ENOENT;
  copyOut(call, map, element);
  return 0;
}
