import type { LeafCall } from '../../machine/leaf.js';
import { KIND } from '../../machine/memory.js';
import { EINVAL } from '../errno.js';
import { bucketOf, findElement, removeElement } from './buckets.js';
import { elementArgument, give, giveElement, isHash, operands } from './element.js';
import { BPF_EXIST, presence } from './flags.js';
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
 * Of plain hash maps: 0, -EEXIST, -ENOENT, -EINVAL or NEEDS_ELEMENT. The value of a key that is there is
 * overwritten, where the kernel puts a new element into the place of the old.
 */
export function htabPlainInsert(call: LeafCall, maps: MapTable): number {
  const { map, key } = operands(call, maps, isPlain);
  const value = call.pointer(3, map.definition.valueSize);
  const flags = call.arg(4);
  if (flags > BPF_EXIST) return EINVAL;
  const found = findElement(map, map.memory.u8, key);
  const result = presence(found !== 0, flags);
  if (result === 0) copyValue(map, found, value);
  return result;
}

/** Sets the value of an element that has been taken. */
export function setPlainValue(call: LeafCall, map: BpfMap, element: number): void {
  copyValue(map, element, call.pointer(4, map.definition.valueSize));
}

/** htab_element(map, key): address of the element itself, or 0. */
export function htabElement(call: LeafCall, maps: MapTable): void {
  const { map, key } = operands(call, maps);
  giveElement(call, findElement(map, map.memory.u8, key));
}

/**
 * htab_unlink(map, element): takes an element out of its bucket. Its value is poisoned, and its key, of an LRU map not before it is
 * free.
 */
export function htabUnlink(call: LeafCall, maps: MapTable): number {
  const map = maps.argument(call, 1, isHash);
  const element = elementArgument(call, map, 2);
  removeElement(map, element);
  if (map.info.lru) map.memory.unpoison(element + KEY, map.definition.keySize, KIND.object);
  return 0;
}
