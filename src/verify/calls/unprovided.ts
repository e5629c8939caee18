// cspell:disable: names as the kernel spells them.
import { CallTable } from './row.js';

/**
 * Helpers that are not provided, of which the verifier knows what Linux's would say, in the same columns. From their prototypes in
 * net/core/filter.c, kernel/bpf/helpers.c, kernel/bpf/task_iter.c and kernel/trace/bpf_trace.c.
 */
export const UNPROVIDED_HELPERS = new CallTable(`
  bpf_skb_store_bytes          4.1  tc (ctx skb, any offset, mem from, size len, any flags) -> int changes_packet
  bpf_l3_csum_replace          4.1  tc (ctx skb, any offset, any from, any to, any size) -> int changes_packet
  bpf_l4_csum_replace          4.1  tc (ctx skb, any offset, any from, any to, any flags) -> int changes_packet
  bpf_clone_redirect           4.2  tc (ctx skb, any ifindex, any flags) -> int changes_packet
  bpf_get_cgroup_classid       4.3  tc (ctx skb) -> int
  bpf_skb_vlan_push            4.3  tc (ctx skb, any vlan_proto, any vlan_tci) -> int changes_packet
  bpf_skb_vlan_pop             4.3  tc (ctx skb) -> int changes_packet
  bpf_perf_event_read          4.3  tracing (map map, any flags) -> int gpl
  bpf_redirect                 4.4  redirecting (any ifindex, any flags) -> int
  bpf_get_route_realm          4.4  tc (ctx skb) -> int
  bpf_skb_load_bytes           4.5  skb (ctx skb, any offset, uninit_mem to, size len) -> int
  bpf_csum_diff                4.6  redirecting (mem_or_null from, size_or_zero from_size, mem_or_null to, size_or_zero to_size, any seed) -> int takes_packet
  bpf_skb_change_proto         4.8  tc (ctx skb, any proto, any flags) -> int changes_packet
  bpf_skb_change_type          4.8  tc (ctx skb, any type) -> int
  bpf_skb_under_cgroup         4.8  tc (ctx skb, map map, any index) -> int
  bpf_get_hash_recalc          4.8  tc (ctx skb) -> int
  bpf_skb_change_tail          4.9  tc (ctx skb, any len, any flags) -> int changes_packet
  bpf_skb_pull_data            4.9  tc (ctx skb, any len) -> int changes_packet
  bpf_csum_update              4.9  tc (ctx skb, any csum) -> int
  bpf_set_hash_invalid         4.9  tc (ctx skb) -> int
  bpf_skb_change_head          4.10 tc (ctx skb, any len, any flags) -> int changes_packet
  bpf_get_socket_uid           4.12 skb (ctx skb) -> int
  bpf_set_hash                 4.13 tc (ctx skb, any hash) -> int
  bpf_skb_adjust_room          4.13 tc (ctx skb, any len_diff, any mode, any flags) -> int changes_packet
  bpf_override_return          4.16 placed (ctx regs, any rc) -> int gpl
  bpf_skb_load_bytes_relative  4.18 skb (ctx skb, any offset, uninit_mem to, size len, any start_header) -> int
  bpf_seq_write                5.7  iter (seq_file m, mem data, size_or_zero len) -> int gpl
  bpf_get_task_stack           5.9  tracing (task_struct task, uninit_mem buf, size_or_zero size, any flags) -> int
`);

/** The same of kfuncs: kernel/bpf/helpers.c. */
export const UNPROVIDED_KFUNCS = new CallTable(`
  bpf_task_from_pid            6.2  btf,syscall,tc,perf-events@6.12 (any pid) -> task_struct_or_null acquires
`);
