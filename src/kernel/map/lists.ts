/**
 * Lists of what is free in a map, each with a lock: one of each CPU, and one more, whose number comes after theirs. They are
 * linked where elements of hash maps have `older`, and lie after the elements.
 */
import type { LeafCall } from '../../machine/leaf.js';
import { LRU_LIST } from '../layout.js';
import { elementArgument, giveElement } from './element.js';
import { type BpfMap, hasLists, OLDER } from './storage.js';
import type { MapTable } from './table.js';

const FREE = LRU_LIST.fields.free.offset;

/** Offset of a list. */
export const listAt = (map: BpfMap, list: number): number =>
  map.head + map.layout.lists + LRU_LIST.size * Math.min(list, map.cpus);

/** Puts an element at the head of a list. */
export function pushOn(map: BpfMap, list: number, element: number): void {
  const { memory } = map;
  memory.writeU32(element + OLDER.offset, memory.readU32(listAt(map, list) + FREE));
  memory.writeU32(listAt(map, list) + FREE, element);
}

/** map_list(map, list): address of a list. */
export function mapList(call: LeafCall, maps: MapTable): void {
  call.giveAddress(listAt(maps.argument(call, 1, hasLists), call.arg32(2)));
}

/** list_pop(map, list): the first of a list, which loses it; 0 if it is empty. */
export function listPop(call: LeafCall, maps: MapTable): void {
  const map = maps.argument(call, 1, hasLists);
  const { memory } = map;
  const free = listAt(map, call.arg32(2)) + FREE;
  const first = memory.readU32(free);
  if (first !== 0) {
    memory.writeU32(free, memory.readU32(first + OLDER.offset));
    memory.writeU32(first + OLDER.offset, 0);
  }
  giveElement(call, first);
}

/** list_push(map, list, element) */
export function listPush(call: LeafCall, maps: MapTable): number {
  const map = maps.argument(call, 1, hasLists);
  pushOn(map, call.arg32(2), elementArgument(call, map, 3));
  return 0;
}
