import type { ErrnoName } from '../kernel/errno.js';

/** What keeps programs out, besides the guard of trampolines and raw tracepoints. */
interface Layer {
  /** The function of the kernel that tells of one that was kept out. */
  readonly counter: string;
  /** What that function is given: the program, or its link. */
  readonly of: 'program' | 'link';
  /** What happened to the program. */
  readonly told: string;
  /** The same after how often it was missed. */
  readonly by: string;
  /** True where no counter of the kernel tells of it, as programs read with bpf_prog_info or a link's information. */
  readonly isUncounted?: true;
}

/** A layer is a row; its function says so in a comment of its own. */
export const LAYERS = {
  bpf_prog_active: {
    counter: 'bpf_prog_inc_misses_counter',
    of: 'program',
    told: 'kept out by bpf_prog_active',
    by: 'by bpf_prog_active',
  },
  uncounted: {
    counter: 'bpf_prog_uncounted_miss',
    of: 'program',
    told: 'kept out by bpf_prog_active, which counts no miss of it',
    by: 'by bpf_prog_active, which counts no miss of it',
    isUncounted: true,
  },
  kprobe: {
    counter: 'kprobes_inc_nmissed_count',
    of: 'link',
    told: 'dropped by the kprobe layer: current_kprobe',
    by: 'by the kprobe layer',
  },
  kretprobe: {
    counter: 'kretprobe_inc_nmissed_count',
    of: 'link',
    told: 'no instance was left to wait for the return',
    by: 'for want of an instance to wait for the return',
  },
  uretprobe: {
    counter: 'uretprobe_omit',
    of: 'link',
    told: 'the task waits for 64 returns of user space already: depth',
    by: 'for the depth of returns that a task can wait for',
    isUncounted: true,
  },
  ftrace: {
    counter: 'ftrace_record_recursion',
    of: 'link',
    told: 'kept out by ftrace, which this context is inside of twice: trace_recursion',
    by: 'by ftrace',
  },
} as const satisfies Readonly<Record<string, Layer>>;

export type LayerName = keyof typeof LAYERS;

export const LAYER_NAMES = Object.keys(LAYERS) as LayerName[];

/** What a function returns that did not get what it takes. */
export type Refusal = 'NULL' | '-1' | ErrnoName;

/** A function of the kernel that takes a lock or a buffer, which whoever comes on top of its holder does not get. */
export interface Taker {
  /** What it returns then; undefined: anything but 0. */
  readonly refusals?: readonly Refusal[];
  /** A leaf, which nobody sees return: whether it can get what it takes is asked when it is called. */
  readonly isLeaf?: true;
  /** Why it did not get it. */
  readonly told: string;
}

const TIMER: Taker = {
  refusals: ['EOPNOTSUPP', 'EDEADLK'],
  told: 'what it would wait for may be what it is on top of',
};

/** A lock or a buffer is a row: nothing in the kernel tells of a refusal but what the function that takes it returns. */
export const TAKERS = {
  htab_lock_bucket: { told: 'the lock of the bucket is held' },
  bpf_res_spin_lock: { told: 'the lock is held' },
  bpf_res_spin_lock_irqsave: { told: 'the lock is held' },
  map_lock_irqsave: { told: 'a lock of the map is held' },
  lru_lock_irqsave: { told: 'the lock of a list of the LRU map is held' },
  get_perf_callchain: {
    refusals: ['EFAULT'],
    told: 'the buffer of this context is in use: callchain_recursion',
  },
  get_bpf_raw_tp_regs: { told: 'all registers are in use: bpf_raw_tp_nest_level' },
  task_storage_locked: { refusals: ['EDEADLK', 'ETIMEDOUT'], told: "the lock of the task's storage is held" },
  bpf_task_storage_refuse: { told: 'another helper is at task storage: bpf_task_storage_busy' },
  bpf_try_get_buffers: { refusals: ['NULL'], told: 'all buffers are in use: bpf_bprintf_nest_level' },
  bpf_perf_event_output: { refusals: ['EBUSY'], told: 'all samples are in use: bpf_trace_nest_level' },
  perf_swevent_get_recursion_context: {
    refusals: ['-1'],
    told: 'perf is in an event of this context: recursion',
  },
  bpf_tail_call: { isLeaf: true, told: 'this run has made 33 tail calls' },
  bpf_timer_init: TIMER,
  bpf_timer_set_callback: TIMER,
  bpf_timer_start: TIMER,
  bpf_timer_cancel: TIMER,
} as const satisfies Readonly<Record<string, Taker>>;

export type TakerName = keyof typeof TAKERS;

/** Those that are functions. */
export const TAKER_NAMES = (Object.keys(TAKERS) as TakerName[]).filter((name) => {
  const taker: Taker = TAKERS[name];
  return taker.isLeaf !== true;
});
