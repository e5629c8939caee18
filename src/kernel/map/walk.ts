import type { LeafCall } from '../../machine/leaf.js';
import { elementArgument, give, giveElement, isHash } from './element.js';
import { NEXT } from './storage.js';
import type { MapTable } from './table.js';

/** htab_buckets(map): how many buckets it has. */
export function htabBuckets(call: LeafCall, maps: MapTable): number {
  return maps.argument(call, 1, isHash).layout.nBuckets;
}

/** htab_first(map, bucket): address of the first element of a bucket, 0 if it is empty. */
export function htabFirst(call: LeafCall, maps: MapTable): void {
  const map = maps.argument(call, 1, isHash);
  const bucket = call.arg32(2);
  giveElement(call, bucket < map.layout.nBuckets ? map.memory.readU32(map.bucket(bucket)) : 0);
}

/** htab_next(map, element): address of the next element in the bucket, 0 at its end. */
export function htabNext(call: LeafCall, maps: MapTable): void {
  const map = maps.argument(call, 1, isHash);
  giveElement(call, map.memory.readU32(elementArgument(call, map, 2) + NEXT.offset));
}

/** htab_value(map, element): address of an element's value, or the per-CPU pointer to its values. */
export function htabValue(call: LeafCall, maps: MapTable): void {
  const map = maps.argument(call, 1, isHash);
  give(call, map, elementArgument(call, map, 2));
}
