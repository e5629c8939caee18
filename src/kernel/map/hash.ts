// cspell:ignore untouch
import type { LeafCall } from '../../machine/leaf.js';
import { E2BIG, EEXIST, EINVAL, ENOENT } from '../errno.js';
import { bucketOf, findElement, insertElement, popFree, pushFree, removeElement } from './buckets.js';
import { BPF_EXIST, BPF_NOEXIST } from './flags.js';
import { takeElement, touch, untouch } from './lru.js';
import type { BpfMap } from './storage.js';
import type { MapTable } from './table.js';
import type { MapTypeInfo, MapTypes } from './types.js';

export const isHash = (t: MapTypeInfo): boolean => t.family === 'hash';
/** Of lookups, those with values for each CPU too. */
const isAnyLru = (t: MapTypeInfo): boolean => isHash(t) && t.lru;
const isLru = (t: MapTypeInfo): boolean => isAnyLru(t) && !t.perCpu;
const isPlain = (t: MapTypeInfo): boolean => isHash(t) && !t.lru && !t.perCpu && !t.holdsMaps;

/** The map in argument 1, and the offset of the key in argument 2. */
export function operands(
  call: LeafCall,
  maps: MapTable,
  types: MapTypes = isHash,
): { map: BpfMap; key: number } {
  const map = maps.argument(call, 1, types);
  return { map, key: call.pointer(2, map.definition.keySize) };
}

/** Gives the address of an element's value, or its per-CPU pointer; 0 without an element. */
export function give(call: LeafCall, map: BpfMap, element: number): void {
  if (element === 0) call.giveNumber(0);
  else if (map.info.perCpu) call.give(map.memory.readU64(map.slot(element)));
  else call.giveAddress(map.slot(element));
}

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
  const { map, key } = operands(call, maps, isAnyLru);
  const element = findElement(map, map.memory.u8, key);
  if (element !== 0) touch(map, element);
  give(call, map, element);
}

/** Why an element that is there (or is not) cannot be updated; 0 if it can (check_flags). */
export function presenceError(isThere: boolean, flags: bigint): number {
  if (isThere && flags === BPF_NOEXIST) return EEXIST;
  return !isThere && flags === BPF_EXIST ? ENOENT : 0;
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

/**
 * Of LRU maps: 0, -EEXIST, -ENOENT or -EINVAL. As in the kernel an element is taken before
 * the key is looked for, so that a full map loses its least recently used element even if the key is there already or
 * the flags forbid the update.
 */
export function htabLruInsert(call: LeafCall, maps: MapTable): number {
  const { map, key } = operands(call, maps, isLru);
  const value = call.pointer(3, map.definition.valueSize);
  const flags = call.arg(4);
  if (flags > BPF_EXIST) return EINVAL;
  // Evicting may free the memory that `value` points into; its bytes are still there, as in the kernel.
  const fresh = takeElement(map);
  const found = findElement(map, map.memory.u8, key);
  const error = presenceError(found !== 0, flags);
  if (error !== 0) {
    pushFree(map, fresh);
    return error;
  }
  const element = found === 0 ? fresh : found;
  copyValue(map, element, value);
  if (found === 0) insertElement(map, fresh, key);
  else pushFree(map, fresh);
  touch(map, element);
  return 0;
}

/** htab_remove(map, key): 0 or -ENOENT. The value is poisoned and its element goes to the end of the free list. */
export function htabRemove(call: LeafCall, maps: MapTable): number {
  const { map, key } = operands(call, maps);
  const element = findElement(map, map.memory.u8, key);
  if (element === 0) return ENOENT;
  removeElement(map, element);
  if (map.info.lru) untouch(map, element);
  pushFree(map, element);
  return 0;
}
