import type { LeafCall } from '../../machine/leaf.js';
import { isHash } from './element.js';
import { htabPlainInsert } from './hash.js';
import { innerStore } from './maps-of-maps.js';
import { htabPercpuInsert } from './percpu-hash.js';
import type { MapTable } from './table.js';

/**
 * htab_insert(map, key, value, flags, onallcpus): what an update of a hash map that is not LRU does under the lock of its
 * bucket, by the kind of map; 0 or an error.
 */
export function htabInsert(call: LeafCall, maps: MapTable): number {
  const { perCpu, holdsMaps } = maps.argument(call, 1, isHash).info;
  if (perCpu) return htabPercpuInsert(call, maps);
  return holdsMaps ? innerStore(call, maps) : htabPlainInsert(call, maps);
}
