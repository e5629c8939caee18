import type { LeafCall } from '../../machine/leaf.js';
import { insertElement } from './buckets.js';
import { elementArgument, isHash } from './element.js';
import { htabPlainInsert, setPlainValue } from './hash.js';
import { innerStore, setInner } from './maps-of-maps.js';
import { htabPercpuInsert, setNewPercpuValues } from './percpu-hash.js';
import type { MapTable } from './table.js';

/**
 * htab_insert(map, key, value, flags, onallcpus): what an update of a hash map that is not LRU does under the lock of its
 * bucket, by the kind of map; 0, an error, or NEEDS_ELEMENT.
 */
export function htabInsert(call: LeafCall, maps: MapTable): number {
  const { perCpu, holdsMaps } = maps.argument(call, 1, isHash).info;
  if (perCpu) return htabPercpuInsert(call, maps);
  return holdsMaps ? innerStore(call, maps) : htabPlainInsert(call, maps);
}

/** htab_link(map, element, key, value, onallcpus): sets the value of an element that was taken, and puts it into its bucket. */
export function htabLink(call: LeafCall, maps: MapTable): number {
  const map = maps.argument(call, 1, isHash);
  const element = elementArgument(call, map, 2);
  const key = call.pointer(3, map.definition.keySize);
  if (map.info.perCpu) setNewPercpuValues(call, map, element);
  else if (map.info.holdsMaps) setInner(call, maps, map, element);
  else setPlainValue(call, map, element);
  insertElement(map, element, key);
  return 0;
}
