// cspell:disable: names as the kernel spells them.
import type { TargetStruct } from '../../object/core/target.js';
import { type RecordLayout, recordOfText, structOfText } from './record.js';

/**
 * Fields of the records that programs of kind `tp` get of tracepoints that people trace most, by the class of events
 * (`trace_event_raw_CLASS`; TP_STRUCT__entry in include/trace/events) and, after `=`, the tracepoints of that class where it is not one of its
 * own name. See `recordOfText`. All were compared with the BTF of a kernel 6.12 (Debian's 6.12.117 for amd64); later kernels have a place for
 * the comm of most of sched, and a longer rwbs. What an object has in its own trace_event_raw structure counts more.
 */
const RECORDS = `
  sched_switch: u8[16] prev_comm, s32 prev_pid, s32 prev_prio, s64 prev_state, u8[16] next_comm, s32 next_pid, s32 next_prio
  sched_wakeup_template = sched_wakeup sched_wakeup_new sched_waking: u8[16] comm, s32 pid, s32 prio, s32 target_cpu
  sched_process_exec: place filename, s32 pid, s32 old_pid
  sched_process_template = sched_process_exit sched_process_free sched_wait_task: u8[16] comm, s32 pid, s32 prio
  sched_process_wait: u8[16] comm, s32 pid, s32 prio
  sched_process_fork: u8[16] parent_comm, s32 parent_pid, u8[16] child_comm, s32 child_pid
  sched_migrate_task: u8[16] comm, s32 pid, s32 prio, s32 orig_cpu, s32 dest_cpu
  sched_stat_template = sched_stat_wait sched_stat_sleep sched_stat_iowait sched_stat_blocked: u8[16] comm, s32 pid, u64 delay
  sched_stat_runtime: u8[16] comm, s32 pid, u64 runtime
  x86_exceptions = page_fault_user page_fault_kernel: u64 address, u64 ip, u64 error_code
  sys_enter: s64 id, u64 args x6
  sys_exit: s64 id, s64 ret
  task_newtask: s32 pid, u8[16] comm, u64 clone_flags, s16 oom_score_adj
  task_rename: s32 pid, u8[16] oldcomm, u8[16] newcomm, s16 oom_score_adj
  signal_generate: s32 sig, s32 errno, s32 code, u8[16] comm, s32 pid, s32 group, s32 result
  signal_deliver: s32 sig, s32 errno, s32 code, u64 sa_handler, u64 sa_flags
  block_rq = block_rq_issue block_rq_insert block_io_start block_io_done block_rq_merge: u32 dev, u64 sector, u32 nr_sector, u32 bytes, u16 ioprio, u8[8] rwbs, u8[16] comm, place cmd
  block_rq_completion = block_rq_complete block_rq_error: u32 dev, u64 sector, u32 nr_sector, s32 error, u16 ioprio, u8[8] rwbs, place cmd
  irq_handler_entry: s32 irq, place name
  irq_handler_exit: s32 irq, s32 ret
  softirq = softirq_entry softirq_exit softirq_raise: u32 vec
  cpu = cpu_idle cpu_frequency: u32 state, u32 cpu_id
  inet_sock_set_state: u64 skaddr, s32 oldstate, s32 newstate, u16 sport, u16 dport, u16 family, u16 protocol, u8[4] saddr, u8[4] daddr, u8[16] saddr_v6, u8[16] daddr_v6
  kfree_skb: u64 skbaddr, u64 location, u64 rx_sk, u16 protocol, u32 reason
  net_dev_template = netif_receive_skb net_dev_queue netif_rx: u64 skbaddr, u32 len, place name
  net_dev_xmit: u64 skbaddr, u32 len, s32 rc, place name
  kmalloc: u64 call_site, u64 ptr, u64 bytes_req, u64 bytes_alloc, u64 gfp_flags, s32 node
  kmem_cache_alloc: u64 call_site, u64 ptr, u64 bytes_req, u64 bytes_alloc, u64 gfp_flags, s32 node, u8 accounted
  kfree: u64 call_site, u64 ptr
  kmem_cache_free: u64 call_site, u64 ptr, place name
  mm_page_alloc: u64 pfn, u32 order, u64 gfp_flags, s32 migratetype
  mm_page_free: u64 pfn, u32 order
  contention_begin: u64 lock_addr, u32 flags
  contention_end: u64 lock_addr, s32 ret
  workqueue_execute_start: u64 work, u64 function
  workqueue_execute_end: u64 work, u64 function
  mm_vmscan_direct_reclaim_begin_template = mm_vmscan_direct_reclaim_begin mm_vmscan_memcg_reclaim_begin: s32 order, u64 gfp_flags
  mm_vmscan_direct_reclaim_end_template = mm_vmscan_direct_reclaim_end mm_vmscan_memcg_reclaim_end: u64 nr_reclaimed
  module_load: u32 taints, place name
  sched_pi_setprio: u8[16] comm, s32 pid, s32 oldprio, s32 newprio
  timer_expire_entry: u64 timer, u64 now, u64 function, u64 baseclk
  hrtimer_start: u64 hrtimer, u64 function, s64 expires, s64 softexpires, u32 mode, u8 was_armed
  hrtimer_expire_entry: u64 hrtimer, s64 now, u64 function
  workqueue_queue_work: u64 work, u64 function, place workqueue, s32 req_cpu, s32 cpu
  consume_skb: u64 skbaddr, u64 location
  net_dev_start_xmit: place name, u16 queue_mapping, u64 skbaddr, u8 vlan_tagged, u16 vlan_proto, u16 vlan_tci, u16 protocol, u8 ip_summed, u32 len, u32 data_len, s32 network_offset, u8 transport_offset_valid, s32 transport_offset, u8 tx_flags, u16 gso_size, u16 gso_segs, u16 gso_type
  napi_poll: u64 napi, place dev_name, s32 work, s32 budget
  tcp_probe: u8[28] saddr, u8[28] daddr, u16 sport, u16 dport, u16 family, u32 mark, u16 data_len, u32 snd_nxt, u32 snd_una, u32 snd_cwnd, u32 ssthresh, u32 snd_wnd, u32 srtt, u32 rcv_wnd, u64 sock_cookie, u64 skbaddr, u64 skaddr
  tcp_event_sk_skb = tcp_retransmit_skb: u64 skbaddr, u64 skaddr, s32 state, u16 sport, u16 dport, u16 family, u8[4] saddr, u8[4] daddr, u8[16] saddr_v6, u8[16] daddr_v6
  tcp_event_sk = tcp_receive_reset tcp_destroy_sock tcp_rcv_space_adjust: u64 skaddr, u16 sport, u16 dport, u16 family, u8[4] saddr, u8[4] daddr, u8[16] saddr_v6, u8[16] daddr_v6, u64 sock_cookie
  module_free: place name
  cgroup_migrate = cgroup_attach_task cgroup_transfer_tasks: s32 dst_root, s32 dst_level, u64 dst_id, s32 pid, place dst_path, place comm
  bpf_xdp_link_attach_failed: place msg
  cgroup = cgroup_mkdir cgroup_rmdir cgroup_release cgroup_rename cgroup_freeze: s32 root, s32 level, u64 id, place path
  fib_table_lookup: u32 tb_id, s32 err, s32 oif, s32 iif, u8 proto, u8 tos, u8 scope, u8 flags, u8[4] src, u8[4] dst, u8[4] gw4, u8[16] gw6, u16 sport, u16 dport, u8[16] name
  tcp_event_skb = tcp_bad_csum: u64 skbaddr, u8[28] saddr, u8[28] daddr
  tcp_retransmit_synack: u64 skaddr, u64 req, u16 sport, u16 dport, u16 family, u8[4] saddr, u8[4] daddr, u8[16] saddr_v6, u8[16] daddr_v6
  tcp_send_reset: u64 skbaddr, u64 skaddr, s32 state, u32 reason, u8[28] saddr, u8[28] daddr
  tcp_cong_state_set: u64 skaddr, u16 sport, u16 dport, u16 family, u8[4] saddr, u8[4] daddr, u8[16] saddr_v6, u8[16] daddr_v6, u8 cong_state
  xdp_exception: s32 prog_id, u32 act, s32 ifindex
  xdp_redirect_template = xdp_redirect xdp_redirect_err xdp_redirect_map xdp_redirect_map_err: s32 prog_id, u32 act, s32 ifindex, s32 err, s32 to_ifindex, u32 map_id, s32 map_index
  xdp_devmap_xmit: s32 from_ifindex, u32 act, s32 to_ifindex, s32 drops, s32 sent, s32 err
  xdp_cpumap_enqueue: s32 map_id, u32 act, s32 cpu, u32 drops, u32 processed, s32 to_cpu
  xdp_cpumap_kthread: s32 map_id, u32 act, s32 cpu, u32 drops, u32 processed, s32 sched, u32 xdp_pass, u32 xdp_drop, u32 xdp_redirect
  sched_process_hang: u8[16] comm, s32 pid
  sched_wake_idle_without_ipi: s32 cpu
  sched_kthread_stop: u8[16] comm, s32 pid
  sched_move_numa: s32 pid, s32 tgid, s32 ngid, s32 src_cpu, s32 src_nid, s32 dst_cpu, s32 dst_nid
  sched_numa_pair_template = sched_swap_numa: s32 src_pid, s32 src_tgid, s32 src_ngid, s32 src_cpu, s32 src_nid, s32 dst_pid, s32 dst_tgid, s32 dst_ngid, s32 dst_cpu, s32 dst_nid
  hrtimer_init: u64 hrtimer, s32 clockid, u32 mode
  hrtimer_class = hrtimer_expire_exit hrtimer_cancel: u64 hrtimer
  timer_class = timer_init timer_expire_exit timer_cancel: u64 timer
  timer_start: u64 timer, u64 function, u64 expires, u64 bucket_expiry, u64 now, u32 flags
  tick_stop: s32 success, s32 dependency
  itimer_state: s32 which, u64 expires, s64 value_sec, s64 value_nsec, s64 interval_sec, s64 interval_nsec
  itimer_expire: s32 which, s32 pid, u64 now
  tasklet = tasklet_entry tasklet_exit: u64 tasklet, u64 func
  workqueue_activate_work: u64 work, u64 function
  ipi_send_cpu: u32 cpu, u64 callsite, u64 callback
  ipi_send_cpumask: place cpumask, u64 callsite, u64 callback
  ipi_raise: place target_cpus, u64 reason
  ipi_handler = ipi_entry ipi_exit: u64 reason
  block_bio = block_bio_queue block_bio_backmerge block_bio_frontmerge block_getrq: u32 dev, u64 sector, u32 nr_sector, u8[8] rwbs, u8[16] comm
  block_bio_complete: u32 dev, u64 sector, u32 nr_sector, s32 error, u8[8] rwbs
  block_plug: u8[16] comm
  block_unplug: s32 nr_rq, u8[16] comm
  block_split: u32 dev, u64 sector, u64 new_sector, u8[8] rwbs, u8[16] comm
  block_bio_remap: u32 dev, u64 sector, u32 nr_sector, u32 old_dev, u64 old_sector, u8[8] rwbs
  block_rq_requeue: u32 dev, u64 sector, u32 nr_sector, u16 ioprio, u8[8] rwbs, place cmd
  block_buffer = block_touch_buffer block_dirty_buffer: u32 dev, u64 sector, u64 size
  mm_page = mm_page_alloc_zone_locked: u64 pfn, u32 order, s32 migratetype, s32 percpu_refill
  mm_page_alloc_extfrag: u64 pfn, s32 alloc_order, s32 fallback_order, s32 alloc_migratetype, s32 fallback_migratetype, s32 change_ownership
  mm_page_pcpu_drain: u64 pfn, u32 order, s32 migratetype
  mm_page_free_batched: u64 pfn
  rss_stat: u32 mm_id, u32 curr, s32 member, s64 size
  mm_vmscan_kswapd_wake: s32 nid, s32 zid, s32 order
  mm_vmscan_kswapd_sleep: s32 nid
  mm_vmscan_wakeup_kswapd: s32 nid, s32 zid, s32 order, u64 gfp_flags
  mm_vmscan_lru_isolate: s32 highest_zoneidx, s32 order, u64 nr_requested, u64 nr_scanned, u64 nr_skipped, u64 nr_taken, s32 lru
  mm_compaction_begin: u64 zone_start, u64 migrate_pfn, u64 free_pfn, u64 zone_end, u8 sync
  mm_compaction_end: u64 zone_start, u64 migrate_pfn, u64 free_pfn, u64 zone_end, u8 sync, s32 status
  mm_filemap_op_page_cache = mm_filemap_add_to_page_cache mm_filemap_delete_from_page_cache: u64 pfn, u64 i_ino, u64 index, u32 s_dev, u8 order
  mm_lru_insertion: u64 folio, u64 pfn, u32 lru, u64 flags
  mm_lru_activate: u64 folio, u64 pfn
  mm_migrate_pages: u64 succeeded, u64 failed, u64 thp_succeeded, u64 thp_failed, u64 thp_split, u64 large_folio_split, u32 mode, s32 reason
  mm_khugepaged_scan_pmd: u64 mm, u64 pfn, u8 writable, s32 referenced, s32 none_or_zero, s32 status, s32 unmapped
  mm_collapse_huge_page: u64 mm, s32 isolated, s32 status
  oom_score_adj_update: s32 pid, u8[16] comm, s16 oom_score_adj
  reclaim_retry_zone: s32 node, s32 zone_idx, s32 order, u64 reclaimable, u64 available, u64 min_wmark, s32 no_progress_loops, u8 wmark_check
  mark_victim: s32 pid, place comm, u64 total_vm, u64 anon_rss, u64 file_rss, u64 shmem_rss, u32 uid, u64 pgtables, s16 oom_score_adj
  compact_retry: s32 order, s32 priority, s32 result, s32 retries, s32 max_retries, u8 ret
  exit_mmap: u64 mm, u64 mt
  vm_unmapped_area: u64 addr, u64 total_vm, u64 flags, u64 length, u64 low_limit, u64 high_limit, u64 align_mask, u64 align_offset
  mmap_lock_acquire_returned: u64 mm, place memcg_path, u8 write, u8 success
  net_dev_rx_verbose_template = netif_receive_skb_entry netif_rx_entry napi_gro_receive_entry napi_gro_frags_entry: place name, u32 napi_id, u16 queue_mapping, u64 skbaddr, u8 vlan_tagged, u16 vlan_proto, u16 vlan_tci, u16 protocol, u8 ip_summed, u32 hash, u8 l4_hash, u32 len, u32 data_len, u32 truesize, u8 mac_header_valid, s32 mac_header, u8 nr_frags, u16 gso_size, u16 gso_type
  net_dev_rx_exit_template = netif_receive_skb_exit: s32 ret
  net_dev_xmit_timeout: place name, place driver, s32 queue_index
  skb_copy_datagram_iovec: u64 skbaddr, s32 len
  sock_rcvqueue_full: s32 rmem_alloc, u32 truesize, s32 sk_rcvbuf
  sock_exceed_buf_limit: u8[32] name, s64 sysctl_mem x3, s64 allocated, s32 sysctl_rmem, s32 rmem_alloc, s32 sysctl_wmem, s32 wmem_alloc, s32 wmem_queued, s32 kind
  inet_sk_error_report: s32 error, u16 sport, u16 dport, u16 family, u16 protocol, u8[4] saddr, u8[4] daddr, u8[16] saddr_v6, u8[16] daddr_v6
  sk_data_ready: u64 skaddr, u16 family, u16 protocol, u64 ip
  sock_msg_length = sock_send_length sock_recv_length: u64 sk, u16 family, u16 protocol, s32 ret, s32 flags
  udp_fail_queue_rcv_skb: s32 rc, u16 sport, u16 dport, u16 family, u8[28] saddr, u8[28] daddr
  neigh_update: u32 family, place dev, u8[32] lladdr, u8 lladdr_len, u8 flags, u8 nud_state, u8 type, u8 dead, s32 refcnt, u8[4] primary_key4, u8[16] primary_key6, u64 confirmed, u64 updated, u64 used, u8[32] new_lladdr, u8 new_state, u32 update_flags, u32 pid
  neigh_create: u32 family, place dev, s32 entries, u8 created, u8 gc_exempt, u8[4] primary_key4, u8[16] primary_key6
  neigh__update = neigh_update_done: u32 family, place dev, u8[32] lladdr, u8 lladdr_len, u8 flags, u8 nud_state, u8 type, u8 dead, s32 refcnt, u8[4] primary_key4, u8[16] primary_key6, u64 confirmed, u64 updated, u64 used, u32 err
  fib6_table_lookup: u32 tb_id, s32 err, s32 oif, s32 iif, u8 tos, u8 scope, u8 flags, u8[16] src, u8[16] dst, u16 sport, u16 dport, u8 proto, u8 rt_type, u8[16] name, u8[16] gw
  br_fdb_add: u8 ndm_flags, place dev, u8[6] addr, u16 vid, u16 nlh_flags
  qdisc_dequeue: u64 qdisc, u64 txq, s32 packets, u64 skbaddr, s32 ifindex, u32 handle, u32 parent, u64 txq_state
  qdisc_enqueue: u64 qdisc, u64 txq, u64 skbaddr, s32 ifindex, u32 handle, u32 parent
  qdisc_reset: place dev, place kind, u32 parent, u32 handle
  dql_stall_detected: u16 thrs, u32 len, u64 last_reap, u64 hist_head, u64 now, u64 hist x4
  page_pool_release: u64 pool, s32 inflight, u32 hold, u32 release, u64 cnt
  page_pool_state_hold: u64 pool, u64 netmem, u32 hold, u64 pfn
  page_pool_state_release: u64 pool, u64 netmem, u32 release, u64 pfn
  writeback_folio_template = writeback_dirty_folio folio_wait_writeback: u8[32] name, u64 ino, u64 index
  writeback_single_inode_template = writeback_single_inode: u8[32] name, u64 ino, u64 state, u64 dirtied_when, u64 writeback_index, s64 nr_to_write, u64 wrote, u64 cgroup_ino
  writeback_pages_written: s64 pages
  writeback_bdi_register: u8[32] name
  balance_dirty_pages: u8[32] bdi, u64 limit, u64 setpoint, u64 dirty, u64 bdi_setpoint, u64 bdi_dirty, u64 dirty_ratelimit, u64 task_ratelimit, u32 dirtied, u32 dirtied_pause, u64 paused, s64 pause, u64 period, s64 think, u64 cgroup_ino
  global_dirty_state: u64 nr_dirty, u64 nr_writeback, u64 background_thresh, u64 dirty_thresh, u64 dirty_limit, u64 nr_dirtied, u64 nr_written
  bdi_dirty_ratelimit: u8[32] bdi, u64 write_bw, u64 avg_write_bw, u64 dirty_rate, u64 dirty_ratelimit, u64 task_ratelimit, u64 balanced_dirty_ratelimit, u64 cgroup_ino
  writeback_dirty_inode_template = writeback_mark_inode_dirty: u8[32] name, u64 ino, u64 state, u64 flags
  writeback_sb_inodes_requeue: u8[32] name, u64 ino, u64 state, u64 dirtied_when, u64 cgroup_ino
  suspend_resume: u64 action, s32 val, u8 start
  cpu_frequency_limits: u32 min_freq, u32 max_freq, u32 cpu_id
  cpu_idle_miss: u32 cpu_id, u32 state, u8 below
  device_pm_callback_start: place device, place driver, place parent, place pm_ops, s32 event
  device_pm_callback_end: place device, place driver, s32 error
  pstate_sample: u32 core_busy, u32 scaled_busy, u32 from, u32 to, u64 mperf, u64 aperf, u64 tsc, u32 freq, u32 io_boost
  clock = clock_enable clock_set_rate: place name, u64 state, u64 cpu_id
  powernv_throttle: s32 chip_id, place reason, s32 pmax
  cpu_latency_qos_request = pm_qos_add_request: s32 value
  wakeup_source = wakeup_source_activate wakeup_source_deactivate: place name, u64 state
  thermal_temperature: place thermal_zone, s32 id, s32 temp_prev, s32 temp
  cdev_update: place type, u64 target
  module_refcnt = module_get module_put: u64 ip, s32 refcnt, place name
  module_request: u64 ip, u8 wait, place name
  console: place msg
  initcall_start: u64 func
  initcall_finish: u64 func, s32 ret
  initcall_level: place level
  cgroup_event = cgroup_notify_populated: s32 root, s32 level, u64 id, place path, s32 val
  cgroup_rstat = cgroup_rstat_lock_contended: s32 root, s32 level, u64 id, s32 cpu, u8 contended
  alarm_class = alarmtimer_start alarmtimer_fired: u64 alarm, u8 alarm_type, s64 expires, s64 now
  csd_queue_cpu: u32 cpu, u64 callsite, u64 func, u64 csd
  csd_function = csd_function_entry csd_function_exit: u64 func, u64 csd
  rcu_utilization: u64 s
  io_uring_create: s32 fd, u64 ctx, u32 sq_entries, u32 cq_entries, u32 flags
  io_uring_register: u64 ctx, u32 opcode, u32 nr_files, u32 nr_bufs, s64 ret
  io_uring_file_get: u64 ctx, u64 req, u64 user_data, s32 fd
  io_uring_submit_req: u64 ctx, u64 req, u64 user_data, u8 opcode, u64 flags, u8 sq_thread, place op_str
  io_uring_complete: u64 ctx, u64 req, u64 user_data, s32 res, u32 cflags, u64 extra1, u64 extra2
  io_uring_queue_async_work: u64 ctx, u64 req, u64 user_data, u8 opcode, u64 flags, u64 work, s32 rw, place op_str
  io_uring_task_add: u64 ctx, u64 req, u64 user_data, u8 opcode, s32 mask, place op_str
  locks_get_lock_context: u64 i_ino, u32 s_dev, u8 type, u64 ctx
  filelock_lock = posix_lock_inode fcntl_setlk flock_lock_inode: u64 fl, u64 i_ino, u32 s_dev, u64 blocker, u64 owner, u32 pid, u32 flags, u8 type, s64 fl_start, s64 fl_end, s32 ret
  filelock_lease = break_lease_noblock: u64 fl, u64 i_ino, u32 s_dev, u64 blocker, u64 owner, u32 flags, u8 type, u64 break_time, u64 downgrade_time
  generic_add_lease: u64 i_ino, s32 wcount, s32 rcount, s32 icount, u32 s_dev, u64 owner, u32 flags, u8 type
  swiotlb_bounced: place dev_name, u64 dma_mask, u64 dev_addr, u64 size, u8 force
  iomap_iter: u32 dev, u64 ino, s64 pos, u64 length, s64 processed, u32 flags, u64 ops, u64 caller
  percpu_alloc_percpu: u64 call_site, u8 reserved, u8 is_atomic, u64 size, u64 align, u64 base_addr, s32 off, u64 ptr, u64 bytes_alloc, u64 gfp_flags
  percpu_free_percpu: u64 base_addr, s32 off, u64 ptr
  percpu_create_chunk: u64 base_addr
  percpu_destroy_chunk: u64 base_addr
  error_report_template = error_report_end: u32 error_detector, u64 id
  notifier_info = notifier_run: u64 cb
  nmi_handler: u64 handler, s64 delta_ns, s32 handled
  mce_record: u64 mcgcap, u64 mcgstatus, u64 status, u64 addr, u64 misc, u64 synd, u64 ipid, u64 ip, u64 tsc, u64 ppin, u64 walltime, u32 cpu, u32 cpuid, u32 apicid, u32 socketid, u8 cs, u8 bank, u8 cpuvendor, u32 microcode
  selinux_audited: u32 requested, u32 denied, u32 audited, s32 result, place scontext, place tcontext, place tclass
  tlb_flush: s32 reason, u64 pages
  xdp_bulk_tx: s32 ifindex, u32 act, s32 drops, s32 sent, s32 err
  mem_disconnect: u64 xa, u32 mem_id, u32 mem_type, u64 allocator
  mem_connect: u64 xa, u32 mem_id, u32 mem_type, u64 allocator, u64 rxq, s32 ifindex
  mem_return_failed: u64 page, u32 mem_id, u32 mem_type
`;

interface Tables {
  /** Fields by tracepoint, and by class. */
  readonly events: ReadonlyMap<string, string>;
  readonly classes: ReadonlyMap<string, string>;
}

let tables: Tables | undefined;

function read(): Tables {
  const lines = RECORDS.split('\n').flatMap((line) => {
    const [head = '', fields] = line.split(':');
    if (fields === undefined) return [];
    const [name = '', events = name] = head.split('=').map((part) => part.trim());
    return [{ name, events: events.split(' '), fields }];
  });
  return {
    events: new Map(lines.flatMap(({ events, fields }) => events.map((e) => [e, fields] as const))),
    classes: new Map(lines.map(({ name, fields }) => [name, fields] as const)),
  };
}

/** The tracepoints of single system calls have the records of those of all (kernel/trace/trace_syscalls.c). */
const SYSCALL = /^(sys_enter|sys_exit)_\w+$/;

/** The record of a tracepoint of Linux; undefined if it is not among those that are traced most. */
export function wellKnownRecord(name: string): RecordLayout | undefined {
  tables ??= read();
  const fields = tables.events.get(SYSCALL.exec(name)?.[1] ?? name);
  return fields === undefined ? undefined : recordOfText(fields);
}

const EVENT = 'trace_event_raw_';

/** Names of the structures by which Linux's BTF describes the records of the table. */
export function wellKnownEvents(): readonly string[] {
  tables ??= read();
  return [...tables.classes.keys()].map((name) => `${EVENT}${name}`);
}

/** The structure by which Linux's BTF describes a record: `trace_event_raw_CLASS`; undefined of one that is not in the table. */
export function wellKnownEvent(name: string): TargetStruct | undefined {
  if (!name.startsWith(EVENT)) return undefined;
  tables ??= read();
  const fields = tables.classes.get(name.slice(EVENT.length));
  return fields === undefined ? undefined : structOfText(fields);
}
