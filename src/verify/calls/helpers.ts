// cspell:disable: names as the kernel spells them.
import { CallTable } from './row.js';

/**
 * The helpers that are provided, one a row: the name, the release it came with, who may call it, its prototype, and what else
 * holds of it (see `row.ts`). From the prototypes beside the helpers in kernel/bpf/helpers.c, kernel/bpf/ringbuf.c and
 * kernel/trace/bpf_trace.c, and from the functions there that say which program may call what (bpf_base_func_proto,
 * bpf_tracing_func_proto, tracing_prog_func_proto, tp_prog_func_proto and their neighbours).
 */
export const HELPERS = new CallTable(`
  bpf_map_lookup_elem          3.19 every (map map, map_key key) -> map_value_or_null takes_packet
  bpf_map_update_elem          3.19 every (map map, map_key key, map_value value, any flags) -> int takes_packet
  bpf_map_delete_elem          3.19 every (map map, map_key key) -> int takes_packet
  bpf_probe_read               4.1  tracing (uninit_mem dst, size_or_zero size, any unsafe_ptr) -> int gpl
  bpf_ktime_get_ns             4.1  every () -> int
  bpf_trace_printk             4.1  every (mem fmt, size fmt_size) -> int gpl
  bpf_get_prandom_u32          4.1  every () -> int
  bpf_get_smp_processor_id     4.1  every () -> int
  bpf_tail_call                4.2  every (ctx ctx, map prog_array_map, any index) -> void
  bpf_get_current_pid_tgid     4.2  tracing,every@6.10 () -> int
  bpf_get_current_uid_gid      4.2  tracing,every@6.16 () -> int
  bpf_get_current_comm         4.2  tracing,every@6.16 (uninit_mem buf, size size_of_buf) -> int
  bpf_perf_event_output        4.4  every (ctx ctx, map map, any flags, mem data, size_or_zero size) -> int gpl
  bpf_get_stackid              4.6  tracing (ctx ctx, map map, any flags) -> int gpl
  bpf_get_current_task         4.8  every () -> int gpl
  bpf_current_task_under_cgroup 4.9 tracing (map map, any index) -> int
  bpf_probe_write_user         4.8  tracing (any dst, mem src, size len) -> int gpl
  bpf_get_numa_node_id         4.10 every () -> int
  bpf_probe_read_str           4.11 tracing (uninit_mem dst, size_or_zero size, any unsafe_ptr) -> int gpl
  bpf_get_current_cgroup_id    4.18 every () -> int
  bpf_get_stack                4.18 tracing (ctx ctx, uninit_mem buf, size_or_zero size, any flags) -> int gpl
  bpf_map_push_elem            4.20 every (map map, map_value value, any flags) -> int takes_packet
  bpf_map_pop_elem             4.20 every (map map, uninit_map_value value) -> int
  bpf_map_peek_elem            4.20 every (map map, uninit_map_value value) -> int
  bpf_spin_lock                5.1  locking (spin_lock lock) -> void
  bpf_spin_unlock              5.1  locking (spin_lock lock) -> void with_lock
  bpf_strtol                   5.2  every (mem buf, size buf_len, any flags, out_u64 res) -> int
  bpf_strtoul                  5.2  every (mem buf, size buf_len, any flags, out_u64 res) -> int
  bpf_send_signal              5.3  tracing,every@6.16 (any sig) -> int
  bpf_probe_read_user          5.5  every (uninit_mem dst, size_or_zero size, any unsafe_ptr) -> int gpl
  bpf_probe_read_kernel        5.5  every (uninit_mem dst, size_or_zero size, any unsafe_ptr) -> int gpl
  bpf_probe_read_user_str      5.5  every (uninit_mem dst, size_or_zero size, any unsafe_ptr) -> int gpl
  bpf_probe_read_kernel_str    5.5  every (uninit_mem dst, size_or_zero size, any unsafe_ptr) -> int gpl
  bpf_send_signal_thread       5.6  tracing,every@6.16 (any sig) -> int
  bpf_jiffies64                5.6  every () -> int
  bpf_get_ns_current_pid_tgid  5.7  tracing,every@6.10 (any dev, any ino, uninit_mem nsdata, size size) -> int
  bpf_get_current_ancestor_cgroup_id 5.7 every (any ancestor_level) -> int
  bpf_seq_printf               5.7  iter (seq_file m, mem fmt, size fmt_size, mem_or_null data, size_or_zero data_len) -> int gpl
  bpf_ktime_get_boot_ns        5.8  every () -> int
  bpf_ringbuf_output           5.8  every (map ringbuf, mem data, size_or_zero size, any flags) -> int
  bpf_ringbuf_reserve          5.8  every (map ringbuf, alloc_size size, any flags) -> alloc_mem_or_null acquires
  bpf_ringbuf_submit           5.8  every (alloc_mem data, any flags) -> void releases
  bpf_ringbuf_discard          5.8  every (alloc_mem data, any flags) -> void releases
  bpf_ringbuf_query            5.8  every (map ringbuf, any flags) -> int
  bpf_copy_from_user           5.10 tracing,every@6.16 (uninit_mem dst, size_or_zero size, any user_ptr) -> int sleeps
  bpf_per_cpu_ptr              5.10 every (percpu percpu_ptr, any cpu) -> percpu_mem_or_null
  bpf_this_cpu_ptr             5.10 every (percpu percpu_ptr) -> percpu_mem
  bpf_d_path                   5.10 paths (path path, uninit_mem buf, size_or_zero sz) -> int
  bpf_get_current_task_btf     5.11 every () -> task_struct gpl
  bpf_task_storage_get         5.11 tracing (map map, task_struct task, map_value_or_null value, any flags) -> map_value_or_null
  bpf_task_storage_delete      5.11 tracing (map map, task_struct task) -> int
  bpf_ktime_get_coarse_ns      5.11 tc () -> int
  bpf_for_each_map_elem        5.13 every (map map, callback callback_fn, stack_or_null callback_ctx, any flags) -> int calls_now
  bpf_snprintf                 5.13 every (uninit_mem_or_null str, size_or_zero str_size, const_str fmt, mem_or_null data, size_or_zero data_len) -> int gpl
  bpf_timer_init               5.15 every (timer timer, map map, any flags) -> int gpl
  bpf_timer_set_callback       5.15 every (timer timer, callback callback_fn) -> int gpl calls_later
  bpf_timer_start              5.15 every (timer timer, any nsecs, any flags) -> int gpl
  bpf_timer_cancel             5.15 every (timer timer) -> int gpl
  bpf_get_func_ip              5.15 tracing (ctx ctx) -> int gpl
  bpf_get_attach_cookie        5.15 attached,tracepoints@6.10 (ctx ctx) -> int
  bpf_task_pt_regs             5.15 every (task_struct task) -> pt_regs gpl
  bpf_trace_vprintk            5.16 every (mem fmt, size fmt_size, mem_or_null data, size_or_zero data_len) -> int gpl
  bpf_loop                     5.17 every (any nr_loops, callback callback_fn, stack_or_null callback_ctx, any flags) -> int calls_now
  bpf_strncmp                  5.17 every (mem s1, size s1_sz, const_str s2) -> int
  bpf_get_func_arg             5.17 trampoline (ctx ctx, any n, out_u64 value) -> int
  bpf_get_func_ret             5.17 trampoline (ctx ctx, out_u64 value) -> int
  bpf_get_func_arg_cnt         5.17 trampoline (ctx ctx) -> int
  bpf_copy_from_user_task      5.18 tracing,every@6.16 (uninit_mem dst, size_or_zero size, any user_ptr, task_struct tsk, any flags) -> int gpl sleeps
  bpf_kptr_xchg                5.19 every (kptr_field dst, kptr_or_null ptr) -> kptr_or_null acquires releases with_lock
  bpf_dynptr_from_mem          5.19 every (uninit_mem data, size_or_zero size, any flags, uninit_dynptr ptr) -> int
  bpf_ringbuf_reserve_dynptr   5.19 every (map ringbuf, any size, any flags, uninit_ringbuf_dynptr ptr) -> int
  bpf_ringbuf_submit_dynptr    5.19 every (ringbuf_dynptr ptr, any flags) -> void releases
  bpf_ringbuf_discard_dynptr   5.19 every (ringbuf_dynptr ptr, any flags) -> void releases
  bpf_dynptr_read              5.19 every (uninit_mem dst, size_or_zero len, dynptr src, any offset, any flags) -> int
  bpf_dynptr_write             5.19 every (dynptr dst, any offset, mem src, size_or_zero len, any flags) -> int
  bpf_dynptr_data              5.19 every (dynptr ptr, any offset, alloc_size len) -> dynptr_mem_or_null
  bpf_map_lookup_percpu_elem   5.19 every (map map, map_key key, any cpu) -> map_value_or_null takes_packet
  bpf_ktime_get_tai_ns         6.1  every () -> int
`);
