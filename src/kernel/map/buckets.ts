import { type BpfMap, KEY, NEXT, OLDER } from './storage.js';
import { refuse } from './table.js';

/** FNV-1a over the key's bytes: the kernel's hash is seeded at random, so no order can be relied on. */
function hashKey(bytes: Uint8Array, key: number, size: number): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < size; i += 1) h = Math.imul(h ^ bytes[key + i]!, 0x01000193);
  return h >>> 0;
}

/** Offset of the bucket of the key at `key` in `bytes`; its first word holds its first element. */
export function bucketOf(map: BpfMap, bytes: Uint8Array, key: number): number {
  const hash = hashKey(bytes, key, map.definition.keySize);
  return map.bucket(hash & (map.layout.nBuckets - 1));
}

function hasKey(map: BpfMap, element: number, bytes: Uint8Array, key: number): boolean {
  const { u8 } = map.memory;
  const { keySize } = map.definition;
  for (let i = 0; i < keySize; i += 1) if (u8[element + KEY + i] !== bytes[key + i]) return false;
  return true;
}

/** Offset of the element with the key at `key` in `bytes`; 0 if there is none. */
export function findElement(map: BpfMap, bytes: Uint8Array, key: number): number {
  const { memory } = map;
  let element = memory.readU32(bucketOf(map, bytes, key));
  while (element !== 0 && !hasKey(map, element, bytes, key)) element = memory.readU32(element + NEXT.offset);
  return element;
}

/** The first free element, taken off the list; 0 if there is none. */
export function popFree(map: BpfMap): number {
  const element = map.get('freeFirst');
  if (element === 0) return 0;
  const next = map.memory.readU32(element + OLDER.offset);
  map.set('freeFirst', next);
  if (next === 0) map.set('freeLast', 0);
  return element;
}

/** Puts an element at the end of the free list, so that it is used again as late as possible. */
export function pushFree(map: BpfMap, element: number): void {
  const { memory } = map;
  memory.writeU32(element + OLDER.offset, 0);
  const last = map.get('freeLast');
  if (last === 0) map.set('freeFirst', element);
  else memory.writeU32(last + OLDER.offset, element);
  map.set('freeLast', element);
}

/** Puts an element at the head of its key's bucket. */
export function insertElement(map: BpfMap, element: number, key: number): void {
  const { memory } = map;
  memory.u8.copyWithin(element + KEY, key, key + map.definition.keySize);
  map.open(element);
  const bucket = bucketOf(map, memory.u8, element + KEY);
  memory.writeU32(element + NEXT.offset, memory.readU32(bucket));
  memory.writeU32(bucket, element);
}

/**
 * Takes an element out of its bucket and frees its value. Its own link stays, so that whoever is at it while walking
 * the bucket finds the rest (hlist_nulls_del_rcu).
 */
export function removeElement(map: BpfMap, element: number): void {
  const { memory } = map;
  let link = bucketOf(map, memory.u8, element + KEY);
  while (memory.readU32(link) !== element) {
    link = memory.readU32(link);
    // A program that has written over a key in use has lost the element; it stays where it is.
    if (link === 0) refuse(element, `a key of map ${map.definition.name} was written over`);
    link += NEXT.offset;
  }
  memory.writeU32(link, memory.readU32(element + NEXT.offset));
  map.close(element);
}
