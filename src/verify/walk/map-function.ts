import { isMapOf, type LinuxMapType, mapTypeOf } from '../map-types.js';
import type { VerifiedMap } from '../request.js';
import { refuse } from './refused.js';

/**
 * Types of maps, and the helpers that take them (check_map_func_compatibility). A type that is not here
 * is taken by any helper that is not here either.
 */
const ROWS: readonly (readonly [types: readonly LinuxMapType[], helpers: string])[] = [
  [['prog_array'], 'tail_call'],
  [['perf_event_array'], 'perf_event_read perf_event_output skb_output perf_event_read_value xdp_output'],
  [
    ['ringbuf'],
    'ringbuf_output ringbuf_reserve ringbuf_query ringbuf_reserve_dynptr ringbuf_submit_dynptr ringbuf_discard_dynptr',
  ],
  [['user_ringbuf'], 'user_ringbuf_drain'],
  [['stack_trace'], 'get_stackid'],
  [['cgroup_array'], 'skb_under_cgroup current_task_under_cgroup'],
  [['cgroup_storage', 'percpu_cgroup_storage'], 'get_local_storage'],
  [['devmap', 'devmap_hash', 'xskmap'], 'redirect_map map_lookup_elem'],
  [['cpumap'], 'redirect_map'],
  [['array_of_maps', 'hash_of_maps'], 'map_lookup_elem'],
  [['sockmap'], 'sk_redirect_map sock_map_update msg_redirect_map sk_select_reuseport map_lookup_elem'],
  [['sockhash'], 'sk_redirect_hash sock_hash_update msg_redirect_hash sk_select_reuseport map_lookup_elem'],
  [['reuseport_sockarray'], 'sk_select_reuseport'],
  [['queue', 'stack'], 'map_peek_elem map_pop_elem map_push_elem'],
  [['bloom_filter'], 'map_peek_elem map_push_elem'],
  [['sk_storage'], 'sk_storage_get sk_storage_delete kptr_xchg'],
  [['inode_storage'], 'inode_storage_get inode_storage_delete kptr_xchg'],
  [['task_storage'], 'task_storage_get task_storage_delete kptr_xchg'],
  [['cgrp_storage'], 'cgrp_storage_get cgrp_storage_delete kptr_xchg'],
];
/** Helpers that take all types besides, but for those that are only taken by others. */
const OF_ANY: ReadonlySet<string> = new Set(['bpf_map_lookup_elem', 'bpf_kptr_xchg']);
/** Per-CPU maps, which other helpers take as well. */
const TAKES_PER_CPU = 'bpf_map_lookup_percpu_elem';
const PER_CPU = ['percpu_hash', 'percpu_array', 'lru_percpu_hash'] as const;

const PAIRS = ROWS.flatMap(([types, helpers]) =>
  helpers.split(' ').flatMap((name) => types.map((type) => [type, `bpf_${name}`] as const)),
);
const EXCLUSIVE_TYPES: ReadonlySet<LinuxMapType> = new Set(PAIRS.map(([type]) => type));
const EXCLUSIVE_HELPERS: ReadonlySet<string> = new Set(
  PAIRS.map(([, name]) => name).filter((name) => !OF_ANY.has(name)),
);

function takes(name: string, map: VerifiedMap): boolean {
  if (name === TAKES_PER_CPU) return isMapOf(map, ...PER_CPU);
  if (!EXCLUSIVE_TYPES.has(mapTypeOf(map)) && !EXCLUSIVE_HELPERS.has(name)) return true;
  return PAIRS.some(([type, helper]) => isMapOf(map, type) && helper === name);
}

/** Whether a helper takes a map of that type. */
export function checkMapFunction(map: VerifiedMap, name: string, number: number): void {
  if (!takes(name, map)) refuse('EINVAL', `cannot pass map_type ${map.type} into func ${name}#${number}`);
}
