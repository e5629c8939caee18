import type { VerifiedMap } from '../request.js';
import { refuse } from './refused.js';

/**
 * Types of maps, by the number in `enum bpf_map_type`, and the helpers that take them (check_map_func_compatibility). A type that is not here
 * is taken by any helper that is not here either.
 */
const ROWS: readonly (readonly [types: readonly number[], helpers: string])[] = [
  [[3], 'tail_call'],
  [[4], 'perf_event_read perf_event_output skb_output perf_event_read_value xdp_output'],
  [
    [27],
    'ringbuf_output ringbuf_reserve ringbuf_query ringbuf_reserve_dynptr ringbuf_submit_dynptr ringbuf_discard_dynptr',
  ],
  [[31], 'user_ringbuf_drain'],
  [[7], 'get_stackid'],
  [[8], 'skb_under_cgroup current_task_under_cgroup'],
  [[19, 21], 'get_local_storage'],
  [[14, 25, 17], 'redirect_map map_lookup_elem'],
  [[16], 'redirect_map'],
  [[12, 13], 'map_lookup_elem'],
  [[15], 'sk_redirect_map sock_map_update msg_redirect_map sk_select_reuseport map_lookup_elem'],
  [[18], 'sk_redirect_hash sock_hash_update msg_redirect_hash sk_select_reuseport map_lookup_elem'],
  [[20], 'sk_select_reuseport'],
  [[22, 23], 'map_peek_elem map_pop_elem map_push_elem'],
  [[30], 'map_peek_elem map_push_elem'],
  [[24], 'sk_storage_get sk_storage_delete kptr_xchg'],
  [[28], 'inode_storage_get inode_storage_delete kptr_xchg'],
  [[29], 'task_storage_get task_storage_delete kptr_xchg'],
  [[32], 'cgrp_storage_get cgrp_storage_delete kptr_xchg'],
];
/** Helpers that take all types besides, but for those that are only taken by others. */
const OF_ANY: ReadonlySet<string> = new Set(['bpf_map_lookup_elem', 'bpf_kptr_xchg']);
/** Per-CPU maps, which other helpers take as well. */
const TAKES_PER_CPU = 'bpf_map_lookup_percpu_elem';
const PER_CPU = [5, 6, 10];

const PAIRS = ROWS.flatMap(([types, helpers]) =>
  helpers.split(' ').flatMap((name) => types.map((type) => [type, `bpf_${name}`] as const)),
);
const EXCLUSIVE_TYPES: ReadonlySet<number> = new Set(PAIRS.map(([type]) => type));
const EXCLUSIVE_HELPERS: ReadonlySet<string> = new Set(
  PAIRS.map(([, name]) => name).filter((name) => !OF_ANY.has(name)),
);

function takes(name: string, type: number): boolean {
  if (name === TAKES_PER_CPU) return PER_CPU.includes(type);
  if (!EXCLUSIVE_TYPES.has(type) && !EXCLUSIVE_HELPERS.has(name)) return true;
  return PAIRS.some(([t, n]) => t === type && n === name);
}

/** Whether a helper takes a map of that type. */
export function checkMapFunction({ type }: VerifiedMap, name: string, number: number): void {
  if (!takes(name, type)) refuse('EINVAL', `cannot pass map_type ${type} into func ${name}#${number}`);
}
