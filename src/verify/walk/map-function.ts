import type { VerifiedMap } from '../request.js';
import { refuse } from './refused.js';

const words = (text: string): readonly string[] =>
  text
    .trim()
    .split(/\s+/)
    .map((w) => `bpf_${w}`);

/** Types of maps that only certain helpers take, by the number in `enum bpf_map_type` (check_map_func_compatibility). */
const TAKEN_BY: Readonly<Record<number, readonly string[]>> = {
  3: words('tail_call'),
  4: words('perf_event_read perf_event_output skb_output perf_event_read_value xdp_output'),
  27: words(
    'ringbuf_output ringbuf_reserve ringbuf_query ringbuf_reserve_dynptr ringbuf_submit_dynptr ringbuf_discard_dynptr',
  ),
  31: words('user_ringbuf_drain'),
  7: words('get_stackid'),
  8: words('skb_under_cgroup current_task_under_cgroup'),
  19: words('get_local_storage'),
  21: words('get_local_storage'),
  14: words('redirect_map map_lookup_elem'),
  25: words('redirect_map map_lookup_elem'),
  16: words('redirect_map'),
  17: words('redirect_map map_lookup_elem'),
  12: words('map_lookup_elem'),
  13: words('map_lookup_elem'),
  15: words('sk_redirect_map sock_map_update msg_redirect_map sk_select_reuseport map_lookup_elem'),
  18: words('sk_redirect_hash sock_hash_update msg_redirect_hash sk_select_reuseport map_lookup_elem'),
  20: words('sk_select_reuseport'),
  22: words('map_peek_elem map_pop_elem map_push_elem'),
  23: words('map_peek_elem map_pop_elem map_push_elem'),
  24: words('sk_storage_get sk_storage_delete kptr_xchg'),
  28: words('inode_storage_get inode_storage_delete kptr_xchg'),
  29: words('task_storage_get task_storage_delete kptr_xchg'),
  32: words('cgrp_storage_get cgrp_storage_delete kptr_xchg'),
  30: words('map_peek_elem map_push_elem'),
};

/** Helpers that only take certain types of maps. */
const TAKES: Readonly<Record<string, readonly number[]>> = Object.fromEntries(
  [
    ['tail_call', [3]],
    ['perf_event_read', [4]],
    ['perf_event_output', [4]],
    ['perf_event_read_value', [4]],
    ['skb_output', [4]],
    ['xdp_output', [4]],
    ['ringbuf_output', [27]],
    ['ringbuf_reserve', [27]],
    ['ringbuf_query', [27]],
    ['ringbuf_reserve_dynptr', [27]],
    ['ringbuf_submit_dynptr', [27]],
    ['ringbuf_discard_dynptr', [27]],
    ['user_ringbuf_drain', [31]],
    ['get_stackid', [7]],
    ['current_task_under_cgroup', [8]],
    ['skb_under_cgroup', [8]],
    ['redirect_map', [14, 25, 16, 17]],
    ['get_local_storage', [19, 21]],
    ['map_pop_elem', [22, 23]],
    ['map_peek_elem', [22, 23, 30]],
    ['map_push_elem', [22, 23, 30]],
    ['map_lookup_percpu_elem', [6, 5, 10]],
    ['sk_storage_get', [24]],
    ['sk_storage_delete', [24]],
    ['inode_storage_get', [28]],
    ['inode_storage_delete', [28]],
    ['task_storage_get', [29]],
    ['task_storage_delete', [29]],
    ['cgrp_storage_get', [32]],
    ['cgrp_storage_delete', [32]],
  ].map(([name, types]) => [`bpf_${String(name)}`, types as number[]]),
);

/** Whether a helper takes a map of that type. */
export function checkMapFunction(map: VerifiedMap, name: string, number: number): void {
  const takenBy = TAKEN_BY[map.type];
  const takes = TAKES[name];
  const fits =
    (takenBy === undefined || takenBy.includes(name)) && (takes === undefined || takes.includes(map.type));
  if (!fits) refuse('EINVAL', `cannot pass map_type ${map.type} into func ${name}#${number}`);
}
