// cspell:disable: names as the kernel spells them.
import { type RecordLayout, recordOfText } from './record.js';

/**
 * Fields of the records that programs of kind `tp` get of tracepoints that people trace most (TP_STRUCT__entry in
 * include/trace/events of Linux 6.12), by the tracepoint or by several that share a record. See `recordOfText`. Those of sched,
 * block, kfree_skb and inet_sock_set_state were compared with sources and generated headers of 6.11 to 7.x, in which only comm
 * of most of sched has become a place since; the others are from knowledge of 6.12. What an object has in its own
 * trace_event_raw structure counts more.
 */
const RECORDS = `
  sched_switch: u8[16] prev_comm, s32 prev_pid, s32 prev_prio, s64 prev_state, u8[16] next_comm, s32 next_pid, s32 next_prio
  sched_wakeup sched_wakeup_new sched_waking: u8[16] comm, s32 pid, s32 prio, s32 target_cpu
  sched_process_exec: place filename, s32 pid, s32 old_pid
  sched_process_exit sched_process_free sched_process_wait: u8[16] comm, s32 pid, s32 prio
  sched_process_fork: u8[16] parent_comm, s32 parent_pid, u8[16] child_comm, s32 child_pid
  sched_migrate_task: u8[16] comm, s32 pid, s32 prio, s32 orig_cpu, s32 dest_cpu
  sched_stat_wait sched_stat_sleep sched_stat_iowait sched_stat_blocked: u8[16] comm, s32 pid, u64 delay
  sched_stat_runtime: u8[16] comm, s32 pid, u64 runtime
  sys_enter: s64 id, u64 args x6
  sys_exit: s64 id, s64 ret
  task_newtask: s32 pid, u8[16] comm, u64 clone_flags, s16 oom_score_adj
  task_rename: s32 pid, u8[16] oldcomm, u8[16] newcomm, s16 oom_score_adj
  signal_generate: s32 sig, s32 errno, s32 code, u8[16] comm, s32 pid, s32 group, s32 result
  signal_deliver: s32 sig, s32 errno, s32 code, u64 sa_handler, u64 sa_flags
  block_rq_issue block_rq_insert: u32 dev, u64 sector, u32 nr_sector, u32 bytes, u16 ioprio, u8[9] rwbs, u8[16] comm, place cmd
  block_rq_complete: u32 dev, u64 sector, u32 nr_sector, s32 error, u16 ioprio, u8[9] rwbs, place cmd
  irq_handler_entry: s32 irq, place name
  irq_handler_exit: s32 irq, s32 ret
  softirq_entry softirq_exit softirq_raise: u32 vec
  cpu_idle cpu_frequency: u32 state, u32 cpu_id
  inet_sock_set_state: u64 skaddr, s32 oldstate, s32 newstate, u16 sport, u16 dport, u16 family, u16 protocol, u8[4] saddr, u8[4] daddr, u8[16] saddr_v6, u8[16] daddr_v6
  kfree_skb: u64 skbaddr, u64 location, u64 rx_sk, u16 protocol, s32 reason
  netif_receive_skb net_dev_queue netif_rx: u64 skbaddr, u32 len, place name
  net_dev_xmit: u64 skbaddr, u32 len, s32 rc, place name
  kmalloc: u64 call_site, u64 ptr, u64 bytes_req, u64 bytes_alloc, u64 gfp_flags, s32 node
  kmem_cache_alloc: u64 call_site, u64 ptr, u64 bytes_req, u64 bytes_alloc, u64 gfp_flags, s32 node, u8 accounted
  kfree: u64 call_site, u64 ptr
  kmem_cache_free: u64 call_site, u64 ptr, place name
  mm_page_alloc: u64 pfn, u32 order, u64 gfp_flags, s32 migratetype
  mm_page_free: u64 pfn, u32 order
  page_fault_user page_fault_kernel: u64 address, u64 ip, u64 error_code
  contention_begin: u64 lock_addr, u32 flags
  contention_end: u64 lock_addr, s32 ret
  workqueue_execute_start workqueue_execute_end: u64 work, u64 function
  mm_vmscan_direct_reclaim_begin: s32 order, u64 gfp_flags
  mm_vmscan_direct_reclaim_end: u64 nr_reclaimed
  module_load: u32 taints, place name
`;

let records: ReadonlyMap<string, string> | undefined;

function read(): ReadonlyMap<string, string> {
  const lines = RECORDS.split('\n').flatMap((line) => {
    const [names, fields] = line.split(':');
    return fields === undefined
      ? []
      : names!
          .trim()
          .split(' ')
          .map((name) => [name, fields] as const);
  });
  return new Map(lines);
}

/** The tracepoints of single system calls have the records of those of all (kernel/trace/trace_syscalls.c). */
const SYSCALL = /^(sys_enter|sys_exit)_\w+$/;

/** The record of a tracepoint of Linux; undefined if it is not among those that are traced most. */
export function wellKnownRecord(name: string): RecordLayout | undefined {
  records ??= read();
  const fields = records.get(SYSCALL.exec(name)?.[1] ?? name);
  return fields === undefined ? undefined : recordOfText(fields);
}
