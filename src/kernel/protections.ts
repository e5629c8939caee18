import { isOlder, type KernelModel } from './model.js';

/**
 * What keeps BPF from entering itself, layer by layer: each has a counter or a lock of its own, and its own way of failing.
 * `prog->active`, for which guards can be chosen and written, is one of them.
 */
export interface Protection {
  /** What is entered once at a time, or a few times. */
  readonly what: string;
  /** What shares a counter. */
  readonly scope: string;
  /** The counter or lock, by its name in the kernel. */
  readonly counter: string;
  /** Where it is in the emulated kernel: a variable of `programs/kernel`, a field, or what a guard has for each program. */
  readonly here: string;
  /** What the refused one gets, and where that is counted. */
  readonly refused: string;
  /** The first release that has it, where an emulated one is older; and the first that has it no more. */
  readonly since?: string;
  readonly until?: string;
  readonly arch?: KernelModel['arch'];
  /** File and function of the kernel. */
  readonly source: string;
  /** The lab that shows it, from `programs`. */
  readonly lab: string;
}

const ACTIVE = 'does not run: recursion_misses';

export const PROTECTIONS: readonly Protection[] = [
  {
    what: 'a program on a trampoline (fentry, fexit, fmod_ret, fsession)',
    scope: 'program, CPU',
    counter: 'prog->active, an int',
    here: 'bpf_prog.active',
    refused: ACTIVE,
    arch: 'amd64',
    source: 'kernel/bpf/trampoline.c: __bpf_prog_enter_recur',
    lab: 'recursion.bpf',
  },
  {
    what: 'a program on a trampoline (fentry, fexit, fmod_ret, fsession)',
    scope: 'program, CPU',
    counter: 'prog->active, an int',
    here: 'bpf_prog.active',
    refused: ACTIVE,
    arch: 'arm64',
    until: '7.0',
    source: 'kernel/bpf/trampoline.c: __bpf_prog_enter_recur',
    lab: 'recursion.bpf',
  },
  {
    what: 'a program on a trampoline (fentry, fexit, fmod_ret, fsession)',
    scope: 'program, CPU, a byte for each context level',
    counter: 'prog->active, four bytes',
    here: 'bpf_prog.active',
    refused: ACTIVE,
    arch: 'arm64',
    since: '7.0',
    source: 'include/linux/bpf.h: bpf_prog_get_recursion_context',
    lab: 'softirq-then-hardirq.bpf',
  },
  {
    what: 'a program on a raw tracepoint (raw_tp, tp_btf)',
    scope: 'program, CPU; as on trampolines',
    counter: 'prog->active',
    here: 'bpf_prog.active',
    refused: ACTIVE,
    source: 'kernel/trace/bpf_trace.c: __bpf_trace_run',
    lab: 'printk-recursion.bpf',
  },
  {
    what: 'any program of a kprobe, tracepoint or perf event, and map operations of system calls',
    scope: 'CPU, all such programs',
    counter: 'bpf_prog_active',
    here: 'bpf_prog_active',
    refused: 'does not run: nothing counts it',
    until: '6.7',
    source: 'kernel/trace/bpf_trace.c: trace_call_bpf',
    lab: 'kprobe-blocks-tracepoint.bpf',
  },
  {
    what: 'any program of a kprobe, tracepoint or perf event, and map operations of system calls',
    scope: 'CPU, all such programs',
    counter: 'bpf_prog_active',
    here: 'bpf_prog_active',
    refused: 'does not run: recursion_misses',
    since: '6.7',
    source: 'kernel/trace/bpf_trace.c: trace_call_bpf',
    lab: 'kprobe-blocks-tracepoint.bpf',
  },
  {
    what: 'a kprobe',
    scope: 'CPU, all kprobes',
    counter: 'current_kprobe',
    here: 'current_kprobe',
    refused: 'no program is called: nmissed of the link',
    source: 'kernel/kprobes.c: kprobe_running',
    lab: 'missed-kprobe.bpf',
  },
  {
    what: "a kretprobe's wait for a return",
    scope: 'probe, all CPUs',
    counter: 'its pool of instances',
    here: 'bpf_link.free',
    refused: 'the return is not seen: nmissed of the link',
    source: 'kernel/kprobes.c: pre_handler_kretprobe',
    lab: 'guards-of-linux/kretprobe-instances.bpf',
  },
  {
    what: "a uretprobe's wait for a return, 64 levels",
    scope: 'task, all functions of user space',
    counter: 'current->utask->depth',
    here: 'task_struct.uprobe_depth',
    refused: 'the return is not seen: the log says so, nothing counts it',
    source: 'kernel/events/uprobes.c: prepare_uretprobe',
    lab: 'guards-of-linux/uretprobe-depth.bpf',
  },
  {
    what: "a callback of ftrace, such as a probe at a function's entry; twice in a context",
    scope: 'task, context level',
    counter: 'current->trace_recursion',
    here: 'task_struct.trace_recursion',
    refused: 'is not called: nothing counts it',
    source: 'include/linux/trace_recursion.h: trace_test_and_set_recursion',
    lab: 'guards-of-linux/ftrace-recursion.bpf',
  },
  {
    what: 'an event of perf, such as a tracepoint',
    scope: 'CPU, context level',
    counter: 'swevent recursion',
    here: 'swevent_recursion',
    refused: 'the event is dropped: nothing counts it',
    until: '6.11',
    source: 'kernel/events/core.c: perf_swevent_get_recursion_context',
    lab: 'guards-of-linux/perf-recursion.bpf',
  },
  {
    what: 'an event of perf, such as a tracepoint',
    scope: 'task, context level',
    counter: 'current->perf_recursion',
    here: 'task_struct.perf_recursion',
    refused: 'the event is dropped: nothing counts it',
    since: '6.11',
    source: 'kernel/events/core.c: perf_swevent_get_recursion_context',
    lab: 'guards-of-linux/perf-recursion.bpf',
  },
  {
    what: 'a bucket of a hash map that is changed',
    scope: 'CPU and map, eighths of the buckets',
    counter: 'htab->map_locked',
    here: 'bucket.map_locked',
    refused: '-EBUSY',
    until: '6.15',
    source: 'kernel/bpf/hashtab.c: htab_lock_bucket',
    lab: 'guards-of-linux/bucket-lock.bpf',
  },
  {
    what: 'a bucket of a hash map that is changed',
    scope: 'bucket, all CPUs',
    counter: 'a resilient spin lock',
    here: 'bucket.lock',
    refused: '-EDEADLK where its own CPU holds it, or two CPUs wait for each other',
    since: '6.15',
    source: 'kernel/bpf/rqspinlock.c: resilient_queued_spin_lock_slowpath',
    lab: 'guards-of-linux/bucket-lock.bpf',
  },
  {
    what: 'an element of an LRU hash map that is taken or given back',
    scope: 'map, a list of each CPU and one of all',
    counter: 'a raw_spinlock_t of each list',
    here: 'bpf_lru_locallist.lock',
    refused: 'nobody: an NMI waits for ever where its own CPU holds it',
    until: '7.2',
    source: 'kernel/bpf/bpf_lru_list.c: bpf_lru_pop_free',
    lab: 'guards-of-linux/lru-lists.bpf',
  },
  {
    what: 'an element of an LRU hash map that is taken or given back',
    scope: 'map, a list of each CPU and one of all',
    counter: 'a resilient spin lock of each list',
    here: 'bpf_lru_locallist.lock',
    refused: 'no element, -ENOMEM; what is given back takes room until later (pending_free)',
    since: '7.2',
    source: 'kernel/bpf/bpf_lru_list.c: bpf_lru_pop_free',
    lab: 'guards-of-linux/lru-lists.bpf',
  },
  {
    what: 'a queue or a stack that is changed or looked at',
    scope: 'map, all CPUs',
    counter: 'its raw_spinlock_t, which an NMI only tries',
    here: 'a word at the head of the map',
    refused: '-EBUSY in an NMI; others wait',
    until: '6.16',
    source: 'kernel/bpf/queue_stack_maps.c: queue_stack_map_push_elem',
    lab: 'guards-of-linux/queue-lock.bpf',
  },
  {
    what: 'a queue or a stack that is changed or looked at',
    scope: 'map, all CPUs',
    counter: 'its resilient spin lock',
    here: 'a word at the head of the map',
    refused: '-EBUSY where its own CPU holds it, or two CPUs wait for each other',
    since: '6.16',
    source: 'kernel/bpf/queue_stack_maps.c: queue_stack_map_push_elem',
    lab: 'guards-of-linux/queue-lock.bpf',
  },
  {
    what: 'a record of a ring buffer that is about to be given',
    scope: 'map, all CPUs',
    counter: 'its raw_spinlock_t, which an NMI only tries',
    here: 'a word at the head of the map',
    refused: 'in an NMI: NULL, -EAGAIN from bpf_ringbuf_output; others wait',
    until: '6.16',
    source: 'kernel/bpf/ringbuf.c: __bpf_ringbuf_reserve',
    lab: 'guards-of-linux/ring-buffer-lock.bpf',
  },
  {
    what: 'a record of a ring buffer that is about to be given',
    scope: 'map, all CPUs',
    counter: 'its resilient spin lock',
    here: 'a word at the head of the map',
    refused:
      'NULL, -EAGAIN from bpf_ringbuf_output, where its own CPU holds it, or two CPUs wait for each other',
    since: '6.16',
    source: 'kernel/bpf/ringbuf.c: __bpf_ringbuf_reserve',
    lab: 'guards-of-linux/ring-buffer-lock.bpf',
  },
  {
    what: 'a trie (lpm_trie) that is changed',
    scope: 'map, all CPUs',
    counter: 'its raw_spinlock_t',
    here: 'a word at the head of the map',
    refused: 'nobody: an NMI waits for ever where its own CPU holds it',
    until: '6.15',
    source: 'kernel/bpf/lpm_trie.c: trie_update_elem',
    lab: 'guards-of-linux/trie-lock.bpf',
  },
  {
    what: 'a trie (lpm_trie) that is changed',
    scope: 'map, all CPUs',
    counter: 'its resilient spin lock',
    here: 'a word at the head of the map',
    refused: '-EDEADLK where its own CPU holds it, or two CPUs wait for each other',
    since: '6.15',
    source: 'kernel/bpf/lpm_trie.c: trie_update_elem',
    lab: 'guards-of-linux/trie-lock.bpf',
  },
  {
    what: 'a value of a map, by bpf_spin_lock of programs',
    scope: 'lock, all CPUs',
    counter: 'the lock; on its own CPU the guard of the program',
    here: 'the word of the lock',
    refused: 'nobody: an NMI waits for ever where its own CPU holds it, unless the guard refuses its program',
    source: 'kernel/bpf/helpers.c: __bpf_spin_lock_irqsave',
    lab: 'guards-of-linux/spin-lock.bpf',
  },
  {
    what: 'a value of a map, by bpf_res_spin_lock of programs',
    scope: 'lock, all CPUs',
    counter: 'the lock, which is resilient',
    here: 'the word of the lock',
    refused: '-EDEADLK where its own CPU holds it, or two CPUs wait for each other',
    since: '6.15',
    source: 'kernel/bpf/rqspinlock.c: bpf_res_spin_lock',
    lab: 'guards-of-linux/res-spin-lock.bpf',
  },
  {
    what: 'a helper that is at task storage',
    scope: 'CPU, all such maps',
    counter: 'bpf_task_storage_busy',
    here: 'bpf_task_storage_busy',
    refused: 'bpf_task_storage_get: NULL; bpf_task_storage_delete: -EBUSY',
    until: '6.2',
    source: 'kernel/bpf/bpf_task_storage.c: bpf_task_storage_get',
    lab: 'guards-of-linux/task-storage.bpf',
  },
  {
    what: 'a helper that is at task storage',
    scope: 'CPU, all such maps',
    counter: 'bpf_task_storage_busy',
    here: 'bpf_task_storage_busy',
    refused: 'bpf_task_storage_get makes nothing: NULL; bpf_task_storage_delete: -EBUSY',
    since: '6.2',
    until: '7.0',
    source: 'kernel/bpf/bpf_task_storage.c: bpf_task_storage_get_recur',
    lab: 'guards-of-linux/task-storage.bpf',
  },
  {
    what: 'task storage that is changed',
    scope: 'task, all CPUs',
    counter: 'a resilient spin lock of its storage',
    here: 'task_struct.storage_lock',
    refused: 'bpf_task_storage_get: NULL; bpf_task_storage_delete: -EDEADLK',
    since: '7.0',
    source: 'kernel/bpf/bpf_local_storage.c: bpf_local_storage_update',
    lab: 'guards-of-linux/task-storage.bpf',
  },
  {
    what: 'bpf_trace_printk, bpf_snprintf and their like, three levels',
    scope: 'CPU',
    counter: 'bpf_bprintf_nest_level',
    here: 'bpf_bprintf_nest_level',
    refused: '-EBUSY',
    source: 'kernel/bpf/helpers.c: bpf_try_get_buffers',
    lab: 'guards-of-linux/printk-buffers.bpf',
  },
  {
    what: 'bpf_perf_event_output, three levels',
    scope: 'CPU',
    counter: 'bpf_trace_nest_level',
    here: 'bpf_trace_nest_level',
    refused: '-EBUSY',
    source: 'kernel/trace/bpf_trace.c: bpf_perf_event_output',
    lab: 'guards-of-linux/perf-event-output.bpf',
  },
  {
    what: 'bpf_perf_event_output, bpf_get_stackid, bpf_get_stack of raw tracepoints and trampolines, three levels',
    scope: 'CPU',
    counter: 'bpf_raw_tp_nest_level',
    here: 'bpf_raw_tp_nest_level',
    refused: '-EBUSY',
    source: 'kernel/trace/bpf_trace.c: get_bpf_raw_tp_regs',
    lab: 'guards-of-linux/raw-tp-regs.bpf',
  },
  {
    what: 'helpers of timers in an NMI, which may have come on top of one of them',
    scope: 'timer',
    counter: 'its lock, for which an NMI is not let wait',
    here: 'nothing: an NMI is refused',
    refused: '-EOPNOTSUPP',
    until: '7.0',
    source: 'kernel/bpf/helpers.c: bpf_timer_start',
    lab: 'guards-of-linux/timer-in-nmi.bpf',
  },
  {
    what: 'bpf_timer_cancel where interrupts are off, which may be on top of a callback that it would wait for',
    scope: 'context',
    counter: 'those of the context: in_hardirq, irqs_disabled',
    here: 'preempt_count, and whether interrupts are on',
    refused: '-EOPNOTSUPP; in other helpers of timers nothing is refused',
    since: '7.0',
    source: 'kernel/bpf/helpers.c: defer_timer_wq_op',
    lab: 'guards-of-linux/timer-in-nmi.bpf',
  },
  {
    what: 'bpf_timer_cancel in the callback that it would wait for',
    scope: 'CPU',
    counter: 'hrtimer_running, the timer whose callback runs',
    here: 'the CPU that a timer says its callback runs on',
    refused: '-EDEADLK',
    source: 'kernel/bpf/helpers.c: bpf_timer_cancel',
    lab: 'guards-of-linux/timer-in-nmi.bpf',
  },
  {
    what: 'tail calls, 33 of them',
    scope: 'invocation',
    counter: 'MAX_TAIL_CALL_CNT',
    here: 'the frame of the invocation',
    refused: 'the program goes on after the call: nothing counts it',
    source: 'include/linux/bpf.h: MAX_TAIL_CALL_CNT',
    lab: 'guards-of-linux/tail-calls.bpf',
  },
];

/** What a kernel has. */
export const protectionsOf = (model: KernelModel): readonly Protection[] =>
  PROTECTIONS.filter(
    ({ arch, since, until }) =>
      (arch === undefined || arch === model.arch) &&
      (since === undefined || !isOlder(model.release, since)) &&
      (until === undefined || isOlder(model.release, until)),
  );
