import type { LeafCall } from '../../machine/leaf.js';
import { give, isHash } from './hash.js';
import { type BpfMap, NEXT } from './storage.js';
import { type MapTable, refuse } from './table.js';

/** The element whose offset is in argument 2. */
function elementArgument(call: LeafCall, map: BpfMap): number {
  const element = call.arg32(2);
  const i = map.indexOf(element);
  if (Number.isInteger(i) && i >= 0 && i < map.definition.maxEntries) return element;
  return refuse(element, `argument 2 is not an element of map ${map.definition.name}`);
}

/** htab_buckets(map): how many buckets it has. */
export function htabBuckets(call: LeafCall, maps: MapTable): number {
  return maps.argument(call, 1, isHash).layout.nBuckets;
}

/** htab_first(map, bucket): address of the first element of a bucket, 0 if it is empty. */
export function htabFirst(call: LeafCall, maps: MapTable): void {
  const map = maps.argument(call, 1, isHash);
  const bucket = call.arg32(2);
  const element = bucket < map.layout.nBuckets ? map.memory.readU32(map.bucket(bucket)) : 0;
  if (element === 0) call.giveNumber(0);
  else call.giveAddress(element);
}

/** htab_next(map, element): address of the next element in the bucket, 0 at its end. */
export function htabNext(call: LeafCall, maps: MapTable): void {
  const map = maps.argument(call, 1, isHash);
  const next = map.memory.readU32(elementArgument(call, map) + NEXT.offset);
  if (next === 0) call.giveNumber(0);
  else call.giveAddress(next);
}

/** htab_value(map, element): address of an element's value, or the per-CPU pointer to its values. */
export function htabValue(call: LeafCall, maps: MapTable): void {
  const map = maps.argument(call, 1, isHash);
  give(call, map, elementArgument(call, map));
}
