// cspell:ignore untouch
/**
 * Which element of an LRU hash map goes when there is no room. The elements in use are kept in the exact order of their
 * last use. Those that a CPU has taken are pending on its list; when it next needs one, and has none that is free, they go to the
 * map's list, whose oldest goes where no element is free. What is pending on another CPU goes last.
 *
 * The kernel (kernel/bpf/bpf_lru_list.c) approximates the order: lookups and updates only set a bit, and elements with the bit
 * get a second chance on two lists; and a CPU takes up to 128 elements of the map's list at a time, so that several are
 * evicted at once. What is as in the kernel: the locks (programs/kernel/map.bpf); a lookup by a program and an update count as
 * uses, a lookup by a system call does not; and an update takes its element before it looks for the key.
 */
import type { LeafCall } from '../../machine/leaf.js';
import { KIND } from '../../machine/memory.js';
import { HTAB_ELEM, LRU_LIST } from '../layout.js';
import { findElement, insertElement, popFree, pushFree } from './buckets.js';
import { elementArgument, giveElement } from './element.js';
import { listAt, pushOn } from './lists.js';
import { clearOthers, setPercpuValues } from './percpu-hash.js';
import { type BpfMap, KEY, NEWER, OLDER, round8 } from './storage.js';
import type { MapTable } from './table.js';
import type { MapTypeInfo } from './types.js';

const LIST = HTAB_ELEM.fields.list.offset;

/** In an element's `list`: it is in no bucket, and somebody has to make it free. */
export const LRU_PENDING_FREE = 0x8000_0000;

/** The same where somebody has taken it, and not put it on another list yet. */
export const LRU_NO_LIST = 0x7fff_ffff;

export const isLru = (t: MapTypeInfo): boolean => t.lru;

const listOf = (map: BpfMap, element: number): number =>
  (map.memory.readU32(element + LIST) & ~LRU_PENDING_FREE) >>> 0;

/** Lets the kernel's code reach the field of elements that names their list, and says whose each CPU looks at next. */
export function createLruLists(map: BpfMap): void {
  const { memory, cpus, definition } = map;
  for (let cpu = 0; cpu < cpus; cpu += 1)
    memory.writeU32(listAt(map, cpu) + LRU_LIST.fields.next_steal.offset, cpu);
  for (let i = 0; i < definition.maxEntries; i += 1) {
    memory.unpoison(map.element(i) + LIST, 4, KIND.object);
    memory.writeU32(map.element(i) + LIST, cpus);
  }
}

/** Takes an element out of the order of use, if it is there. */
function untouch(map: BpfMap, element: number): void {
  const { memory } = map;
  const older = memory.readU32(element + OLDER.offset);
  const newer = memory.readU32(element + NEWER.offset);
  if (newer === 0 && map.get('newest') !== element) return;
  if (older === 0) map.set('oldest', newer);
  else memory.writeU32(older + NEWER.offset, newer);
  if (newer === 0) map.set('newest', older);
  else memory.writeU32(newer + OLDER.offset, older);
  memory.writeU32(element + OLDER.offset, 0);
  memory.writeU32(element + NEWER.offset, 0);
}

/** Makes an element the most recently used one. */
export function touch(map: BpfMap, element: number): void {
  const { memory } = map;
  untouch(map, element);
  const newest = map.get('newest');
  memory.writeU32(element + OLDER.offset, newest);
  if (newest === 0) map.set('oldest', element);
  else memory.writeU32(newest + NEWER.offset, element);
  map.set('newest', element);
}

/** Offset of bytes that an argument points to, which may be those of an element that has just been evicted. */
function source(call: LeafCall, n: number, size: number): number {
  const { memory } = call.machine;
  const at = call.offset(n);
  if (at === undefined || memory.kinds[at >> 3] !== KIND.freed || at + size > memory.limit)
    return call.pointer(n, size);
  call.touched?.(at, size, 'read');
  return at;
}

const lruArgument = (call: LeafCall, maps: MapTable): BpfMap => maps.argument(call, 1, isLru);

/** What is pending on a CPU goes to the map's list (__local_list_flush). */
function flush(map: BpfMap, cpu: number): void {
  const { memory } = map;
  let element = map.get('oldest');
  while (element !== 0) {
    const newer = memory.readU32(element + NEWER.offset);
    if (listOf(map, element) === cpu) {
      const isFree = memory.readU32(element + LIST) !== cpu;
      memory.writeU32(element + LIST, map.cpus);
      if (isFree) freeElement(map, element, map.cpus);
    }
    element = newer;
  }
}

/** lru_take_free(map): an element that was free on the map's list, 0 if there is none. What is pending on this CPU goes there first. */
export function lruTakeFree(call: LeafCall, maps: MapTable): void {
  const map = lruArgument(call, maps);
  flush(map, call.cpu);
  giveElement(call, popFree(map));
}

/** lru_oldest(map, list, after): the element on a list that was used first, or first after another one; 0 if there is none. */
export function lruOldest(call: LeafCall, maps: MapTable): void {
  const map = lruArgument(call, maps);
  const { memory } = map;
  let element = call.isZero(3)
    ? map.get('oldest')
    : memory.readU32(elementArgument(call, map, 3) + NEWER.offset);
  while (element !== 0 && listOf(map, element) !== call.arg32(2))
    element = memory.readU32(element + NEWER.offset);
  giveElement(call, element);
}

/** lru_add_pending(map, element, key): gives an element its key, and puts it on this CPU's list. */
export function lruAddPending(call: LeafCall, maps: MapTable): number {
  const map = lruArgument(call, maps);
  const { memory, definition } = map;
  const element = elementArgument(call, map, 2);
  const key = source(call, 3, definition.keySize);
  memory.u8.copyWithin(element + KEY, key, key + definition.keySize);
  memory.unpoison(element + KEY, definition.keySize, KIND.object);
  memory.writeU32(element + LIST, call.cpu);
  touch(map, element);
  return 0;
}

function freeElement(map: BpfMap, element: number, list: number): void {
  untouch(map, element);
  map.close(element);
  if (list >= map.cpus) pushFree(map, element);
  else pushOn(map, list, element);
}

/** lru_free(map, element): makes an element free that is in no bucket, on the list that it is on, or else on this CPU's. */
export function lruFree(call: LeafCall, maps: MapTable): number {
  const map = lruArgument(call, maps);
  const element = elementArgument(call, map, 2);
  const list = map.memory.readU32(element + LIST);
  freeElement(map, element, list === LRU_NO_LIST ? call.cpu : list);
  return 0;
}

/**
 * lru_store(map, element, value, onallcpus, fresh): sets the value of an element, which is put into its bucket if it is in none. Where
 * the kernel puts `fresh` into the place of another one, they change lists.
 */
export function lruStore(call: LeafCall, maps: MapTable): number {
  const map = lruArgument(call, maps);
  const { memory, info, definition } = map;
  const element = elementArgument(call, map, 2);
  const onAll = call.arg32(4) !== 0;
  const size = onAll ? round8(definition.valueSize) * map.cpus : definition.valueSize;
  const from = source(call, 3, size);
  const isNew = findElement(map, memory.u8, element + KEY) === 0;
  if (isNew) insertElement(map, element, element + KEY);
  if (!info.perCpu) memory.u8.copyWithin(map.slot(element), from, from + size);
  else {
    if (isNew && !onAll) clearOthers(call, map, element);
    setPercpuValues(call, map, element, from, onAll);
  }
  if (!isNew && !info.perCpu && !call.isZero(5)) {
    const fresh = elementArgument(call, map, 5);
    const list = memory.readU32(fresh + LIST);
    memory.writeU32(fresh + LIST, memory.readU32(element + LIST));
    memory.writeU32(element + LIST, list);
  }
  touch(map, element);
  return 0;
}
