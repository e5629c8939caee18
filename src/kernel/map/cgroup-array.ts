import type { LeafCall } from '../../machine/leaf.js';
import { E2BIG, EAGAIN } from '../errno.js';
import type { MapTable } from './table.js';
import type { MapTypeInfo } from './types.js';

/** There is one cgroup, the root of the hierarchy, which all tasks are in. */
export const ROOT_CGROUP = 1;

export const hasCgroups = (t: MapTypeInfo): boolean => t.family === 'cgroups';

/**
 * bpf_current_task_under_cgroup(map, index): 1, since all tasks are in the only cgroup; -E2BIG, or -EAGAIN for an entry
 * with nothing in it (kernel/trace/bpf_trace.c).
 */
export function bpfCurrentTaskUnderCgroup(call: LeafCall, maps: MapTable): number {
  const map = maps.argument(call, 1, hasCgroups);
  const index = call.arg32(2);
  if (index >= map.definition.maxEntries) return E2BIG;
  return map.memory.readU32(map.element(index)) === 0 ? EAGAIN : 1;
}
