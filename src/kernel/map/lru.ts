// cspell:ignore untouch
/**
 * Which element of an LRU hash map goes when there is no room. The elements in use are kept in the exact order of their
 * last use, over all CPUs, and the oldest goes.
 *
 * The kernel (kernel/bpf/bpf_lru_list.c) approximates that: lookups and updates only set a bit, elements with the bit
 * get a second chance on two lists, and each CPU keeps up to 128 free elements of its own, so that a map of many CPUs
 * may evict before it is full and evicts several elements at once. What is as in the kernel: a lookup by a program and
 * an update count as uses, a lookup by a system call does not; and an update takes its element before it looks for the
 * key (hash.ts).
 */
import { popFree, removeElement } from './buckets.js';
import { type BpfMap, NEWER, OLDER } from './storage.js';

/** Takes an element out of the order of use. */
export function untouch(map: BpfMap, element: number): void {
  const { memory } = map;
  const older = memory.readU32(element + OLDER.offset);
  const newer = memory.readU32(element + NEWER.offset);
  if (older === 0) map.set('oldest', newer);
  else memory.writeU32(older + NEWER.offset, newer);
  if (newer === 0) map.set('newest', older);
  else memory.writeU32(newer + OLDER.offset, older);
  memory.writeU32(element + OLDER.offset, 0);
  memory.writeU32(element + NEWER.offset, 0);
}

function isListed(map: BpfMap, element: number): boolean {
  return map.get('newest') === element || map.memory.readU32(element + NEWER.offset) !== 0;
}

/** Makes an element in use the most recently used one. */
export function touch(map: BpfMap, element: number): void {
  const { memory } = map;
  if (isListed(map, element)) untouch(map, element);
  const newest = map.get('newest');
  memory.writeU32(element + OLDER.offset, newest);
  memory.writeU32(element + NEWER.offset, 0);
  if (newest === 0) map.set('oldest', element);
  else memory.writeU32(newest + NEWER.offset, element);
  map.set('newest', element);
}

/** An element to be filled: a free one, or else the least recently used one, which the map loses. */
export function takeElement(map: BpfMap): number {
  const free = popFree(map);
  if (free !== 0) return free;
  const oldest = map.get('oldest');
  removeElement(map, oldest);
  untouch(map, oldest);
  return oldest;
}
