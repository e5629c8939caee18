import { PT_REGS } from '../attach/probe.js';
import { FUNC_META_IS_RETURN_SHIFT } from '../attach/trampoline.js';
import { errnoConstants } from '../errno.js';
import { layoutConstants } from '../layout.js';
import { BPF_EXIST, BPF_NOEXIST } from '../map/flags.js';
import { LRU_NO_LIST, LRU_PENDING_FREE } from '../map/lru.js';
import { BPF_F_USER_STACK } from '../map/stack-trace.js';
import { mapTypeConstants } from '../map/types.js';
import { type KernelModel, modelConstants } from '../model.js';
import { MAX_BPRINTF_BUF, MAX_BPRINTF_NEST_LEVEL, MAX_BPRINTF_VARARGS } from '../printk.js';
import { PF_KTHREAD } from '../task.js';

/** The softirq in which hrtimers expire (include/linux/interrupt.h). */
export const HRTIMER_SOFTIRQ = 8;

/** Numbers of the kernel's headers that its files use. */
const HEADERS: Readonly<Record<string, bigint>> = {
  // include/linux/interrupt.h, kernel/softirq.c
  TASKLET_SOFTIRQ: 6n,
  HRTIMER_SOFTIRQ: BigInt(HRTIMER_SOFTIRQ),
  MAX_SOFTIRQ_RESTART: 10n,
  // include/uapi/linux/bpf.h, enum bpf_cmd
  BPF_MAP_LOOKUP_ELEM: 1n,
  BPF_MAP_UPDATE_ELEM: 2n,
  BPF_MAP_DELETE_ELEM: 3n,
  BPF_PROG_TEST_RUN: 10n,
  BPF_OBJ_GET_INFO_BY_FD: 15n,
  // include/linux/bpf.h
  BPF_MAX_LOOPS: 8n * 1024n * 1024n,
  MAX_BPRINTF_BUF: BigInt(MAX_BPRINTF_BUF),
  MAX_BPRINTF_NEST_LEVEL: BigInt(MAX_BPRINTF_NEST_LEVEL),
  MAX_BPRINTF_VARARGS: BigInt(MAX_BPRINTF_VARARGS),
  // What an element of an LRU hash map says of its list, as map/lru.ts has it
  LRU_PENDING_FREE: BigInt(LRU_PENDING_FREE),
  LRU_NO_LIST: BigInt(LRU_NO_LIST),
  // include/asm-generic/rqspinlock.h: locks in the table of a CPU, and nanoseconds after which one gives up
  RES_NR_HELD: 31n,
  RES_DEF_TIMEOUT: 250_000_000n,
  // include/uapi/linux/bpf.h
  BPF_NOEXIST,
  BPF_EXIST,
  BPF_F_USER_STACK,
  BPF_LOCAL_STORAGE_GET_F_CREATE: 1n,
  // kernel/bpf/helpers.c: sizes of dynptrs, and what their upper bits say (enum bpf_dynptr_type)
  DYNPTR_SIZE_MASK: 0xffffffn,
  DYNPTR_LOCAL: 1n << 28n,
  DYNPTR_RINGBUF: 2n << 28n,
  DYNPTR_RDONLY_SHIFT: 31n,
  // kernel/trace/bpf_trace.c
  BPF_TRACE_NEST_LEVELS: 3n,
  // BPF_RB_NO_WAKEUP and BPF_RB_FORCE_WAKEUP
  BPF_RB_FLAGS: 3n,
  // include/linux/uprobes.h
  MAX_URETPROBE_DEPTH: 64n,
  // include/linux/sched.h
  PF_KTHREAD: BigInt(PF_KTHREAD),
  // include/linux/trace_recursion.h: the bit after those of the four contexts
  TRACE_CTX_TRANSITION: 1n << 4n,
  // include/linux/cgroup-defs.h: the root of a hierarchy
  ROOT_CGROUP_ID: 1n,
  // include/linux/jiffies.h, of a kernel with CONFIG_HZ=250: it counts from five minutes before it overflows 32 bits
  INITIAL_JIFFIES: (1n << 32n) - 300n * 250n,
  TICK_NSEC: 1_000_000_000n / 250n,
  // the word before a trampoline's arguments
  FUNC_META_IS_RETURN_SHIFT: BigInt(FUNC_META_IS_RETURN_SHIFT),
};

/** Constants that declarations and the kernel's code may use. */
export function kernelConstants(model: KernelModel, cpus: number): Map<string, bigint> {
  return new Map([
    ...layoutConstants(),
    ...modelConstants(model),
    ...errnoConstants(),
    ...mapTypeConstants(),
    ...Object.entries(HEADERS),
    ['NR_CPUS', BigInt(cpus)],
    ['PT_REGS_IP', BigInt(PT_REGS[model.arch].ip)],
  ]);
}
