import type { AlignmentRules } from '../machine/access.js';
import type { HintRules } from './percpu/hints.js';

/**
 * Fields of preempt_count (include/linux/preempt.h):
 *
 *                   until 7.0      from 7.2
 *     PREEMPT       bits 0-7       0-7
 *     SOFTIRQ       8-15           8-15    (bit 8: serving one; each local_bh_disable adds 0x200)
 *     HARDIRQ       16-19          24-27   (16-23: HARDIRQ_DISABLE)
 *     NMI           20-23          28-31
 */
export interface PreemptLayout {
  readonly softirqMask: number;
  readonly softirqOffset: number;
  readonly hardirqMask: number;
  readonly hardirqOffset: number;
  readonly nmiMask: number;
  readonly nmiOffset: number;
}

const CLASSIC_LAYOUT: PreemptLayout = {
  softirqMask: 0x0000_ff00,
  softirqOffset: 0x100,
  hardirqMask: 0x000f_0000,
  hardirqOffset: 0x0001_0000,
  nmiMask: 0x00f0_0000,
  nmiOffset: 0x0010_0000,
};

const NEW_LAYOUT: PreemptLayout = {
  softirqMask: 0x0000_ff00,
  softirqOffset: 0x100,
  hardirqMask: 0x0f00_0000,
  hardirqOffset: 0x0100_0000,
  nmiMask: 0xf000_0000,
  nmiOffset: 0x1000_0000,
};

export type Arch = 'arm64' | 'amd64';

/** What architectures are called. */
export const ARCH_NAMES: Readonly<Record<Arch, string>> = { arm64: 'arm64', amd64: 'x86-64' };

/** What a release has on one architecture. */
interface Features {
  /** Name of the guard this kernel has. */
  readonly guard: string;
  readonly preempt: PreemptLayout;
  /** Most programs on one function, over all kinds (BPF_MAX_TRAMP_LINKS or the image's size, whichever is less). */
  readonly maxLinks: number;
  /** Most fmod_ret programs on one function, whose code in the image is longer. */
  readonly maxFmodRet: number;
  /** Programs can be attached to kernel functions by trampolines. */
  readonly trampolines: boolean;
  readonly fsession: boolean;
  /** BPF_PROG_TEST_RUN of a raw tracepoint program takes the guard (__bpf_prog_test_run_raw_tp). */
  readonly testRunTakesGuard: boolean;
  /**
   * A program kept out by bpf_prog_active counts a miss, and a kprobe link what the kprobe layer dropped (trace_call_bpf,
   * kernel/trace/bpf_trace.c, Linux 6.7).
   */
  readonly countsActiveMisses: boolean;
  /** BPF_PROG_TEST_RUN of fmod_ret programs calls bpf_modify_return_test2 too (Linux 6.6). */
  readonly modifyReturnTest2: boolean;
  /** BPF_PROG_TEST_RUN of network programs keeps bottom halves off (bpf_test_run, net/bpf/test_run.c, Linux 6.4). */
  readonly testRunDisablesBh: boolean;
  /**
   * How the per-CPU allocator keeps its hints. Traces of 6.1 and 6.12 come out only by the old rules, that of 6.19 and that of 7.3
   * by both: 6.18 and 6.19 are taken to be as what came before them, 7.0 and 7.3 as mended (see `unverified`).
   */
  readonly percpuHints: HintRules;
  /** Map operations return an int: a helper's negative result is not sign-extended to 64 bits. */
  readonly mapOperationsReturnInt: boolean;
  readonly fprobes: FprobeKind;
  /** kprobe.session programs (kprobe_multi_link_handler and bpf_session_cookie, kernel/trace/bpf_trace.c, Linux 6.10). */
  readonly kprobeSession: boolean;
  /**
   * Where a function with a kretprobe returns to is a breakpoint (kretprobe_brk_handler, arch/arm64/kernel/probes/kprobes.c, Linux
   * 6.9), and not code that calls the probe (__kretprobe_trampoline).
   */
  readonly kretprobesAtBreakpoint: boolean;
  /**
   * Locks of maps find out that they would wait for ever (kernel/bpf/rqspinlock.c, Linux 6.15). Before, each CPU counts who holds
   * buckets of a hash map (map_locked, kernel/bpf/hashtab.c).
   */
  readonly resilientLocks: boolean;
  /**
   * A deletion from a hash map gives the element back while it holds the bucket (htab_map_delete_elem, kernel/bpf/hashtab.c): not
   * since Linux 6.13, 6.12.5 and 6.6.66.
   */
  readonly freesUnderBucketLock: boolean;
  /** Locks of the lists of LRU hash maps find that out too (bpf_lru_pop_free, kernel/bpf/bpf_lru_list.c, Linux 7.2). */
  readonly resilientLruLocks: boolean;
  /**
   * perf's recursion counters are in the task, not on the CPU (perf_swevent_get_recursion_context, kernel/events/core.c, Linux
   * 6.11).
   */
  readonly perfRecursionInTask: boolean;
  /**
   * Tracing programs may trace tracing programs, one level deep: aux->attach_tracing_prog (bpf_check_attach_target,
   * kernel/bpf/verifier.c, Linux 6.8).
   */
  readonly tracesTracing: boolean;
  /**
   * A program that is in an array of programs cannot be replaced, nor one that is replaced put into one: neither can a tail call go round
   * for ever (__bpf_trampoline_link_prog, kernel/bpf/trampoline.c, and prog_fd_array_get_ptr, kernel/bpf/arraymap.c, Linux 6.13 and
   * 6.12.5).
   */
  readonly keepsReplacedFromArrays: boolean;
  /** Timers have no lock, and NMIs may use them (bpf_async_schedule_op, kernel/bpf/helpers.c, Linux 7.0). */
  readonly lockFreeTimers: boolean;
  readonly taskStorage: TaskStorage;
  /** What is said of this release without a source or a recording that tells. */
  readonly unverified: readonly string[];
}

/**
 * How probes that run from ftrace are called (kernel/trace/fprobe.c): each for itself, waiting for returns by rethook, which arm64 has
 * not got (FPROBE, kernel/trace/Kconfig); since 6.14 all from the function graph tracer; since 6.19 those without a return half
 * from ftrace again (fprobe_ftrace_entry, which stable kernels of 6.18 have too from May 2026 on: the model is 6.18 as it was
 * released).
 */
type FprobeKind = 'none' | 'rethook' | 'fgraph' | 'both';

/**
 * What helpers do that come on top of one that is at storage of tasks (kernel/bpf/bpf_task_storage.c): a counter on each CPU
 * refuses them; from 6.2 on it lets them find what is there; since 7.0 whoever changes a task's storage has its lock.
 */
type TaskStorage = 'counted' | 'finds' | 'locked';

/** What differs between kernels. Recordings of such kernels settle it (see the suite of recorded scenarios). */
export interface KernelModel extends Features {
  readonly name: string;
  readonly arch: Arch;
  /** Major and minor number of the release. */
  readonly release: string;
  /** Whether a task can be preempted while it is an RCU reader. */
  readonly preemptRcu: boolean;
  /** PREEMPT_RT: softirqs run in a thread, preempt_count does not count them, and they can be preempted. */
  readonly rt: boolean;
  readonly alignment: AlignmentRules;
  /** Kprobes at a function's entry run from ftrace (amd64), or from a breakpoint on the instruction before the call to ftrace. */
  readonly kprobesOnFtrace: boolean;
  /**
   * NMIs on top of each other that a CPU takes: on arm64 one can interrupt another (SError and SDEI), as deep as the
   * four bits of preempt_count allow (nmi_enter); on x86 the processor holds the second one back.
   */
  readonly maxNmis: number;
  readonly summary: string;
}

interface Release {
  readonly release: string;
  readonly arm64: Features;
  readonly amd64: Features;
}

/** That its recordings come out by both rules, or there are none. */
const HINTS = "when the per-CPU allocator's hints were mended";
/** Known from change logs: no source of these series was found. */
const GIVING_BACK = 'when deletions from hash maps gave back after the lock';
/** Known from the date of the change: no source of 7.1 or 7.2 was found. */
const LRU_LOCKS = 'when locks of LRU hash maps began to find deadlocks';

const AT_6_1: Features = {
  guard: 'generic',
  preempt: CLASSIC_LAYOUT,
  maxLinks: 38,
  maxFmodRet: 38,
  trampolines: true,
  fsession: false,
  testRunTakesGuard: false,
  countsActiveMisses: false,
  modifyReturnTest2: false,
  testRunDisablesBh: false,
  percpuHints: 'old',
  mapOperationsReturnInt: true,
  fprobes: 'rethook',
  kprobeSession: false,
  kretprobesAtBreakpoint: false,
  resilientLocks: false,
  resilientLruLocks: false,
  freesUnderBucketLock: true,
  tracesTracing: false,
  keepsReplacedFromArrays: false,
  lockFreeTimers: false,
  perfRecursionInTask: false,
  taskStorage: 'counted',
  unverified: ['how many returns a kretprobe waits for before 6.1.3', GIVING_BACK],
};
/** Trampolines on arm64 have come by then: ftrace calls what is there directly (arch/arm64/kernel/ftrace.c, Linux 6.4). */
const AT_6_6: Features = {
  ...AT_6_1,
  modifyReturnTest2: true,
  testRunDisablesBh: true,
  mapOperationsReturnInt: false,
  taskStorage: 'finds',
  freesUnderBucketLock: false,
  unverified: [GIVING_BACK],
};
const BEFORE_6_15: Features = {
  ...AT_6_6,
  countsActiveMisses: true,
  kprobeSession: true,
  tracesTracing: true,
  keepsReplacedFromArrays: true,
  perfRecursionInTask: true,
};
const AT_6_18: Features = {
  ...BEFORE_6_15,
  fprobes: 'fgraph',
  resilientLocks: true,
  unverified: [HINTS],
};
const AT_6_19: Features = { ...AT_6_18, fprobes: 'both' };
const AT_7_0: Features = {
  ...AT_6_19,
  fsession: true,
  lockFreeTimers: true,
  percpuHints: 'mended',
  taskStorage: 'locked',
  unverified: [HINTS, LRU_LOCKS],
};
const AT_7_3: Features = {
  ...AT_7_0,
  preempt: NEW_LAYOUT,
  testRunTakesGuard: true,
  resilientLruLocks: true,
  unverified: [HINTS],
};
const ARM64_FMOD_RET = { maxFmodRet: 36 } as const;
const ARM64_BEFORE_6_14 = { fprobes: 'none' } as const;
const ARM64_SINCE_6_9 = { ...ARM64_FMOD_RET, kretprobesAtBreakpoint: true } as const;

/** Kernels from the oldest; one between two rows behaves as the older. */
const RELEASES: readonly Release[] = [
  {
    release: '6.1',
    amd64: AT_6_1,
    arm64: { ...AT_6_1, ...ARM64_FMOD_RET, ...ARM64_BEFORE_6_14, trampolines: false },
  },
  ...(
    [
      ['6.6', AT_6_6, { ...ARM64_FMOD_RET, ...ARM64_BEFORE_6_14 }],
      ['6.12', BEFORE_6_15, { ...ARM64_SINCE_6_9, ...ARM64_BEFORE_6_14 }],
      ['6.18', AT_6_18, ARM64_SINCE_6_9],
      ['6.19', AT_6_19, ARM64_SINCE_6_9],
      ['7.0', AT_7_0, { ...ARM64_SINCE_6_9, guard: 'arm64' }],
    ] as const
  ).map(([release, features, arm64]) => ({ release, amd64: features, arm64: { ...features, ...arm64 } })),
  {
    release: '7.3',
    amd64: { ...AT_7_3, maxLinks: 36, maxFmodRet: 36 },
    arm64: { ...AT_7_3, ...ARM64_SINCE_6_9, maxLinks: 37, maxFmodRet: 34, guard: 'arm64' },
  },
];

/** How a kernel was built or booted, as far as it matters here. */
type Preemption = '' | 'preempt-rcu' | 'rt';

/** True where RCU readers can be preempted without PREEMPT_RT or a boot option: amd64 from 6.18. */
const defaultPreemptRcu = (arch: Arch, release: string): boolean =>
  arch === 'amd64' && !isOlder(release, '6.18');

/** Whether a release came before another. */
export function isOlder(a: string, b: string): boolean {
  const [major = 0, minor = 0] = a.split('.').map(Number);
  const [major2 = 0, minor2 = 0] = b.split('.').map(Number);
  return major < major2 || (major === major2 && minor < minor2);
}

function summarize(
  arch: Arch,
  features: Features,
  release: string,
  preemptRcu: boolean,
  rt: boolean,
): string {
  const guard = features.guard === 'arm64' ? 'byte counters' : 'one int per CPU';
  const where = arch === 'arm64' ? 'preempt_count in the task' : 'preempt_count per CPU';
  const readers = `RCU readers ${preemptRcu ? 'can' : 'cannot'} be preempted`;
  return `Linux ${release} on ${ARCH_NAMES[arch]}: ${guard}, ${where}, ${readers}${rt ? ', softirqs in threads (PREEMPT_RT)' : ''}`;
}

function makeModel(row: Release, arch: Arch, variant: Preemption): KernelModel {
  const features = row[arch];
  const rt = variant === 'rt';
  const preemptRcu = variant !== '' || defaultPreemptRcu(arch, row.release);
  return {
    ...features,
    name: `${arch}-${row.release}${variant === '' ? '' : `-${variant}`}`,
    arch,
    release: row.release,
    preemptRcu,
    rt,
    alignment: { atomics: arch === 'arm64', plain: false },
    kprobesOnFtrace: arch === 'amd64',
    maxNmis: arch === 'arm64' ? 15 : 1,
    summary: summarize(arch, features, row.release, preemptRcu, rt),
  };
}

const VARIANTS: readonly Preemption[] = ['', 'preempt-rcu', 'rt'];

/** All models, the newest first. */
export const MODELS: readonly KernelModel[] = [...RELEASES]
  .reverse()
  .flatMap((row) =>
    (['arm64', 'amd64'] as const).flatMap((arch) =>
      VARIANTS.filter((v) => v !== 'preempt-rcu' || !defaultPreemptRcu(arch, row.release)).map((v) =>
        makeModel(row, arch, v),
      ),
    ),
  );

export const DEFAULT_MODEL = 'arm64-7.3';

export function findModel(name: string): KernelModel | undefined {
  return MODELS.find((m) => m.name === name);
}

/**
 * Where a running kernel says what it is: uname(2) and the command line.
 * @internal
 */
export interface KernelIdentity {
  readonly release: string;
  readonly version: string;
  readonly machine: string;
  readonly bootOption?: string;
}

const ARCHITECTURES: Readonly<Record<string, Arch>> = { aarch64: 'arm64', x86_64: 'amd64' };

/**
 * The model of a real kernel; undefined for a machine that is not emulated or a release older than all of them.
 * @internal
 */
export function modelOf(kernel: KernelIdentity): KernelModel | undefined {
  const arch = ARCHITECTURES[kernel.machine];
  const row = RELEASES.findLast((r) => !isOlder(kernel.release, r.release));
  if (arch === undefined || row === undefined) return undefined;
  if (/\bPREEMPT_RT\b/.test(kernel.version)) return makeModel(row, arch, 'rt');
  const full = arch === 'amd64' && /\bpreempt=full\b/.test(kernel.bootOption ?? '');
  return makeModel(row, arch, full && !defaultPreemptRcu(arch, row.release) ? 'preempt-rcu' : '');
}

/** The model's constants, by the names kernel files use. */
export function modelConstants(model: KernelModel): Map<string, bigint> {
  const { preempt } = model;
  const flag = (on: boolean): bigint => (on ? 1n : 0n);
  return new Map([
    ['CONFIG_PREEMPT_RCU', flag(model.preemptRcu)],
    ['CONFIG_PREEMPT_RT', flag(model.rt)],
    ['SOFTIRQ_MASK', BigInt(preempt.softirqMask)],
    ['SOFTIRQ_OFFSET', BigInt(preempt.softirqOffset)],
    ['SOFTIRQ_DISABLE_OFFSET', BigInt(2 * preempt.softirqOffset)],
    ['HARDIRQ_MASK', BigInt(preempt.hardirqMask)],
    ['HARDIRQ_OFFSET', BigInt(preempt.hardirqOffset)],
    ['NMI_MASK', BigInt(preempt.nmiMask)],
    ['NMI_OFFSET', BigInt(preempt.nmiOffset)],
    ['TEST_RUN_TAKES_GUARD', flag(model.testRunTakesGuard)],
    ['PERF_RECURSION_IN_TASK', flag(model.perfRecursionInTask)],
    ['COUNTS_ACTIVE_MISSES', flag(model.countsActiveMisses)],
    ['MODIFY_RETURN_TEST2', flag(model.modifyReturnTest2)],
    ['TEST_RUN_DISABLES_BH', flag(model.testRunDisablesBh)],
    ['MAP_OPERATIONS_RETURN_INT', flag(model.mapOperationsReturnInt)],
    ['RESILIENT_LOCKS', flag(model.resilientLocks)],
    ['FREES_UNDER_BUCKET_LOCK', flag(model.freesUnderBucketLock)],
    ['RESILIENT_LRU_LOCKS', flag(model.resilientLruLocks)],
    ['LOCK_FREE_TIMERS', flag(model.lockFreeTimers)],
    ['TASK_STORAGE_COUNTED', flag(model.taskStorage !== 'locked')],
    ['TASK_STORAGE_FINDS', flag(model.taskStorage !== 'counted')],
  ]);
}

/** CPUs that a machine can have at most. */
export const MOST_CPUS = 64;

/** Page of the model, which bounds the alignment of per-CPU allocations. */
export const PAGE_SIZE = 4096;
