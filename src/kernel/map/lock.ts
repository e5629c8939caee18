import type { LeafCall } from '../../machine/leaf.js';
import { HEAD } from './storage.js';
import type { MapTable } from './table.js';
import type { MapTypeInfo } from './types.js';

/** Families whose maps have one lock each. */
const HAS_LOCK: Readonly<Record<MapTypeInfo['family'], boolean>> = {
  hash: false,
  array: false,
  pointers: false,
  ring: true,
  perf: false,
  stacks: false,
  queue: true,
  cgroups: false,
  maps: false,
  trie: true,
  tasks: false,
};

export const hasLock = ({ family }: MapTypeInfo): boolean => HAS_LOCK[family];

/** map_lock(map): address of the word of its lock. */
export function mapLock(call: LeafCall, maps: MapTable): void {
  call.giveAddress(maps.argument(call, 1, hasLock).head + HEAD.lock);
}
