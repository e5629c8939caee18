import type { LeafCall } from '../../machine/leaf.js';
import type { BpfMap } from './storage.js';
import { type MapTable, refuse } from './table.js';
import type { MapTypeInfo, MapTypes } from './types.js';

/** What leaves of hash maps are given, and give. */
export const isHash = (t: MapTypeInfo): boolean => t.family === 'hash';

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

/** The element whose offset is in an argument. */
export function elementArgument(call: LeafCall, map: BpfMap, n: number): number {
  const element = call.arg32(n);
  const i = map.indexOf(element);
  if (Number.isInteger(i) && i >= 0 && i < map.definition.maxEntries) return element;
  return refuse(element, `argument ${n} is not an element of map ${map.definition.name}`);
}

/** Gives the address of an element; 0 for none. */
export function giveElement(call: LeafCall, element: number): void {
  if (element === 0) call.giveNumber(0);
  else call.giveAddress(element);
}
