import type { LeafCall } from '../../machine/leaf.js';
import { KIND } from '../../machine/memory.js';
import { E2BIG, EINVAL, ENOENT } from '../errno.js';
import { bucketOf, findElement, insertElement, popFree, pushFree, removeElement } from './buckets.js';
import { elementArgument, give, giveElement, isHash, operands } from './element.js';
import { BPF_EXIST, presenceError } from './flags.js';
import { isLru, touch } from './lru.js';
import { type BpfMap, KEY } from './storage.js';
import type { MapTable } from './table.js';
import type { MapTypeInfo } from './types.js';

const isPlain = (t: MapTypeInfo): boolean => isHash(t) && !t.lru && !t.perCpu && !t.holdsMaps;

/** htab_find(map, key): address of the value, or the per-CPU pointer to its values, or 0. */
export function htabFind(call: LeafCall, maps: MapTable): void {
  const { map, key } = operands(call, maps);
  give(call, map, findElement(map, map.memory.u8, key));
}

/** htab_bucket(map, key): address of the bucket that a key belongs to. */
export function htabBucket(call: LeafCall, maps: MapTable): void {
  const { map, key } = operands(call, maps);
  call.giveAddress(bucketOf(map, map.memory.u8, key));
}

/** htab_lru_find(map, key): as htab_find, and the element becomes the most recently used one. */
export function htabLruFind(call: LeafCall, maps: MapTable): void {
  const { map, key } = operands(call, maps, isLru);
  const element = findElement(map, map.memory.u8, key);
  if (element !== 0) touch(map, element);
  give(call, map, element);
}

function copyValue(map: BpfMap, element: number, value: number): void {
  map.memory.u8.copyWithin(map.slot(element), value, value + map.definition.valueSize);
}

/**
 * Of plain hash maps: 0, -EEXIST, -ENOENT, -E2BIG or -EINVAL. The value of a key that is there is
 * overwritten, where the kernel puts a new element into the place of the old.
 */
export function htabPlainInsert(call: LeafCall, maps: MapTable): number {
  const { map, key } = operands(call, maps, isPlain);
  const value = call.pointer(3, map.definition.valueSize);
  const flags = call.arg(4);
  if (flags > BPF_EXIST) return EINVAL;
  const found = findElement(map, map.memory.u8, key);
  const error = presenceError(found !== 0, flags);
  if (error !== 0) return error;
  const element = found === 0 ? popFree(map) : found;
  if (element === 0) return E2BIG;
  copyValue(map, element, value);
  if (found === 0) insertElement(map, element, key);
  return 0;
}

/** htab_element(map, key): address of the element itself, or 0. */
export function htabElement(call: LeafCall, maps: MapTable): void {
  const { map, key } = operands(call, maps);
  giveElement(call, findElement(map, map.memory.u8, key));
}

/** htab_unlink(map, element): takes an element out of its bucket. Its value is poisoned, its key when it is free. */
export function htabUnlink(call: LeafCall, maps: MapTable): number {
  const map = maps.argument(call, 1, isHash);
  const element = elementArgument(call, map, 2);
  removeElement(map, element);
  map.memory.unpoison(element + KEY, map.definition.keySize, KIND.object);
  return 0;
}

/** htab_remove(map, key): 0 or -ENOENT. The value is poisoned and its element goes to the end of the free list. */
export function htabRemove(call: LeafCall, maps: MapTable): number {
  const { map, key } = operands(call, maps);
  const element = findElement(map, map.memory.u8, key);
  if (element === 0) return ENOENT;
  removeElement(map, element);
  pushFree(map, element);
  return 0;
}
