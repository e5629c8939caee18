/**
 * Lists of what is free in a map, each with a lock: one of each CPU, and one more, whose number comes after theirs. They are
 * linked where elements of hash maps have `older`, and lie after the elements. What is given back goes to the end, where the kernel has
 * it at the head: it is used again as late as possible, so that whoever still has a pointer to it is found out.
 */
import type { LeafCall } from '../../machine/leaf.js';
import { LRU_LIST, PCPU_FREELIST_HEAD } from '../layout.js';
import { elementArgument, giveElement } from './element.js';
import { type BpfMap, hasLists, OLDER } from './storage.js';
import type { MapTable } from './table.js';

const FREE = LRU_LIST.fields.free.offset;
const LAST = PCPU_FREELIST_HEAD.fields.last.offset;

/** Offset of a list. */
export const listAt = (map: BpfMap, list: number): number =>
  map.head + map.layout.lists + LRU_LIST.size * Math.min(list, map.cpus);

/** Puts an element at the head of a list. */
export function pushOn(map: BpfMap, list: number, element: number): void {
  const { memory } = map;
  memory.writeU32(element + OLDER.offset, memory.readU32(listAt(map, list) + FREE));
  memory.writeU32(listAt(map, list) + FREE, element);
}

/** Puts an element at the end of a list that is not an LRU map's. */
function append(map: BpfMap, list: number, element: number): void {
  const { memory } = map;
  const at = listAt(map, list);
  memory.writeU32(element + OLDER.offset, 0);
  const isFirst = memory.readU32(at + FREE) === 0;
  memory.writeU32(isFirst ? at + FREE : memory.readU32(at + LAST) + OLDER.offset, element);
  memory.writeU32(at + LAST, element);
}

/** Spreads the elements over the lists of the CPUs, the first ones over the first (pcpu_freelist_populate). */
export function spread(map: BpfMap): void {
  const { maxEntries } = map.definition;
  for (let i = 0, cpu = 0; cpu < map.cpus; cpu += 1) {
    const end = i + Math.floor(maxEntries / map.cpus) + (cpu < maxEntries % map.cpus ? 1 : 0);
    for (; i < end; i += 1) append(map, cpu, map.element(i));
  }
}

/** map_list(map, list): address of a list. */
export function mapList(call: LeafCall, maps: MapTable): void {
  call.giveAddress(listAt(maps.argument(call, 1, hasLists), call.arg32(2)));
}

function takeFrom(map: BpfMap, list: number): number {
  const { memory } = map;
  const free = listAt(map, list) + FREE;
  const first = memory.readU32(free);
  if (first !== 0) {
    memory.writeU32(free, memory.readU32(first + OLDER.offset));
    memory.writeU32(first + OLDER.offset, 0);
  }
  return first;
}

/** Takes an element before anything runs; 0 where none is left. */
export function takeFirst(map: BpfMap): number {
  for (let cpu = 0; cpu < map.cpus; cpu += 1) {
    const element = takeFrom(map, cpu);
    if (element !== 0) return element;
  }
  return 0;
}

/** list_pop(map, list): the first of a list, which loses it; 0 if it is empty. */
export function listPop(call: LeafCall, maps: MapTable): void {
  giveElement(call, takeFrom(maps.argument(call, 1, hasLists), call.arg32(2)));
}

/** list_push(map, list, element) */
export function listPush(call: LeafCall, maps: MapTable): number {
  const map = maps.argument(call, 1, hasLists);
  append(map, call.arg32(2), elementArgument(call, map, 3));
  return 0;
}
