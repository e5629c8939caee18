// cspell:disable: names as the kernel spells them.
import { CallTable } from './row.js';

/**
 * The kernel functions that programs can call by name and that are provided, in the same columns as the helpers. From their
 * definitions and the sets of them in kernel/bpf/helpers.c, kernel/bpf/cpumask.c and kernel/trace/bpf_trace.c, and
 * from bpf_prog_type_to_kfunc_hook (kernel/bpf/btf.c), which says what each kind of program gets.
 */
export const KFUNCS = new CallTable(`
  bpf_rcu_read_lock               6.2  every () -> void
  bpf_rcu_read_unlock             6.2  every () -> void
  bpf_cast_to_kern_ctx            6.2  every (ctx obj) -> btf_object
  bpf_rdonly_cast                 6.2  every (any obj, any btf_id) -> btf_object
  bpf_task_acquire                6.2  btf,syscall,tc,perf-events@6.12 (task_struct p) -> task_struct_or_null acquires
  bpf_task_release                6.2  btf,syscall,tc,perf-events@6.12 (task_struct p) -> void releases
  bpf_cpumask_create              6.3  btf,syscall@6.10,perf-events@6.12 () -> bpf_cpumask_or_null acquires
  bpf_cpumask_acquire             6.3  btf,syscall@6.10,perf-events@6.12 (bpf_cpumask cpumask) -> bpf_cpumask acquires
  bpf_cpumask_release             6.3  btf,syscall@6.10,perf-events@6.12 (bpf_cpumask cpumask) -> void releases
  bpf_cpumask_first               6.3  btf,syscall@6.10,perf-events@6.12 (cpumask cpumask) -> int
  bpf_cpumask_first_zero          6.3  btf,syscall@6.10,perf-events@6.12 (cpumask cpumask) -> int
  bpf_cpumask_first_and           6.5  btf,syscall@6.10,perf-events@6.12 (cpumask src1, cpumask src2) -> int
  bpf_cpumask_set_cpu             6.3  btf,syscall@6.10,perf-events@6.12 (any cpu, bpf_cpumask cpumask) -> void
  bpf_cpumask_clear_cpu           6.3  btf,syscall@6.10,perf-events@6.12 (any cpu, bpf_cpumask cpumask) -> void
  bpf_cpumask_test_cpu            6.3  btf,syscall@6.10,perf-events@6.12 (any cpu, cpumask cpumask) -> bool
  bpf_cpumask_test_and_set_cpu    6.3  btf,syscall@6.10,perf-events@6.12 (any cpu, bpf_cpumask cpumask) -> bool
  bpf_cpumask_test_and_clear_cpu  6.3  btf,syscall@6.10,perf-events@6.12 (any cpu, bpf_cpumask cpumask) -> bool
  bpf_cpumask_setall              6.3  btf,syscall@6.10,perf-events@6.12 (bpf_cpumask cpumask) -> void
  bpf_cpumask_clear               6.3  btf,syscall@6.10,perf-events@6.12 (bpf_cpumask cpumask) -> void
  bpf_cpumask_and                 6.3  btf,syscall@6.10,perf-events@6.12 (bpf_cpumask dst, cpumask src1, cpumask src2) -> bool
  bpf_cpumask_or                  6.3  btf,syscall@6.10,perf-events@6.12 (bpf_cpumask dst, cpumask src1, cpumask src2) -> void
  bpf_cpumask_xor                 6.3  btf,syscall@6.10,perf-events@6.12 (bpf_cpumask dst, cpumask src1, cpumask src2) -> void
  bpf_cpumask_equal               6.3  btf,syscall@6.10,perf-events@6.12 (cpumask src1, cpumask src2) -> bool
  bpf_cpumask_intersects          6.3  btf,syscall@6.10,perf-events@6.12 (cpumask src1, cpumask src2) -> bool
  bpf_cpumask_subset              6.3  btf,syscall@6.10,perf-events@6.12 (cpumask src1, cpumask src2) -> bool
  bpf_cpumask_empty               6.3  btf,syscall@6.10,perf-events@6.12 (cpumask cpumask) -> bool
  bpf_cpumask_full                6.3  btf,syscall@6.10,perf-events@6.12 (cpumask cpumask) -> bool
  bpf_cpumask_copy                6.3  btf,syscall@6.10,perf-events@6.12 (bpf_cpumask dst, cpumask src) -> void
  bpf_cpumask_any_distribute      6.5  btf,syscall@6.10,perf-events@6.12 (cpumask cpumask) -> int
  bpf_cpumask_any_and_distribute  6.5  btf,syscall@6.10,perf-events@6.12 (cpumask src1, cpumask src2) -> int
  bpf_cpumask_weight              6.8  btf,syscall@6.10,perf-events@6.12 (cpumask cpumask) -> int
  bpf_cpumask_populate            6.15 btf,syscall,perf-events (cpumask cpumask, mem src, size src__sz) -> int
  bpf_iter_num_new                6.4  every (iter_num it, any start, any end) -> int iter_new with_lock
  bpf_iter_num_next               6.4  every (iter_num it) -> mem_or_null iter_next with_lock
  bpf_iter_num_destroy            6.4  every (iter_num it) -> void iter_destroy with_lock
  bpf_dynptr_slice                6.4  every (dynptr p, any offset, mem_or_null buffer__nullable, const_size buffer__szk) -> dynptr_rdonly_slice_or_null
  bpf_dynptr_slice_rdwr           6.4  every (dynptr p, any offset, mem_or_null buffer__nullable, const_size buffer__szk) -> dynptr_slice_or_null
  bpf_dynptr_adjust               6.5  every (dynptr p, any start, any end) -> int
  bpf_dynptr_is_null              6.5  every (dynptr p) -> bool
  bpf_dynptr_is_rdonly            6.5  every (dynptr p) -> bool
  bpf_dynptr_size                 6.5  every (dynptr p) -> int
  bpf_dynptr_clone                6.5  every (dynptr p, uninit_dynptr clone__uninit) -> int
  bpf_modify_return_test_tp       6.10 every (any nonce) -> int
  bpf_preempt_disable             6.10 every () -> void
  bpf_preempt_enable              6.10 every () -> void
  bpf_session_is_return           6.10 session (ctx@7.0 ctx) -> bool
  bpf_session_cookie              6.10 session (ctx@7.0 ctx) -> mem
  bpf_local_irq_save              6.14 every (irq_flag flags__irq_flag) -> void
  bpf_local_irq_restore           6.14 every (irq_flag flags__irq_flag) -> void
  bpf_res_spin_lock               6.15 every (res_lock lock) -> int with_lock may_fail
  bpf_res_spin_unlock             6.15 every (res_lock lock) -> void with_lock
  bpf_res_spin_lock_irqsave       6.15 every (res_lock lock, irq_flag flags__irq_flag) -> int with_lock may_fail
  bpf_res_spin_unlock_irqrestore  6.15 every (res_lock lock, irq_flag flags__irq_flag) -> void with_lock
`);
