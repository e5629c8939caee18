import type { TargetField, TargetStruct, TargetType, TargetTypes } from '../object/core/target.js';
import { type MapOperation, OPERATIONS } from './map/types.js';
import type { Arch } from './model.js';

/**
 * Structures of the emulated kernel, as far as something reads them. Kernel files name a field `bpf_prog.active` and a
 * size `sizeof.bpf_prog`; fields are laid out in order, each at a multiple of its size, or of 8 if it is larger.
 */
type FieldSize = 4 | 8 | 16;

export interface Field {
  readonly offset: number;
  readonly size: FieldSize;
  readonly isPointer: boolean;
}

export interface Struct<F extends string> {
  readonly name: string;
  readonly size: number;
  readonly fields: Readonly<Record<F, Field>>;
}

function struct<F extends string>(
  name: string,
  fields: Readonly<Record<F, FieldSize | 'pointer'>>,
): Struct<F> {
  const placed = {} as Record<F, Field>;
  let offset = 0;
  for (const field of Object.keys(fields) as F[]) {
    const said: FieldSize | 'pointer' = fields[field];
    const size: FieldSize = said === 'pointer' ? 8 : said;
    const align = Math.min(size, 8);
    offset = Math.ceil(offset / align) * align;
    placed[field] = { offset, size, isPointer: said === 'pointer' };
    offset += size;
  }
  return { name, size: Math.ceil(offset / 8) * 8, fields: placed };
}

/** Bytes of a task's name (TASK_COMM_LEN, include/linux/sched.h). */
export const TASK_COMM_LEN = 16;

/**
 * A task (struct task_struct). It begins with its struct thread_info, of which each architecture has its own fields
 * (`threadInfo`); `preempt_count` is used where the architecture keeps it there.
 */
export const TASK = struct('task_struct', {
  thread_flags: 8,
  preempt_count: 4,
  need_resched: 4,
  thread_status: 4,
  cpu: 4,
  bpf_ctx: 'pointer',
  migration_disabled: 4,
  rcu_read_lock_nesting: 4,
  trc_reader_nesting: 4,
  /** PREEMPT_RT: what preempt_count does not count there. */
  softirq_disable_cnt: 4,
  /** Bits of what ftrace is handling, one for each context, and one more. */
  trace_recursion: 4,
  /** perf's counters, a byte for each context. */
  perf_recursion: 4,
  /** References to the structure (bpf_task_acquire). */
  rcu_users: 4,
  /** The lock of its storage (struct bpf_local_storage), which is a structure of its own in Linux. */
  storage_lock: 4,
  /** Functions of user space that it is in and whose return a uprobe waits for (struct uprobe_task, `depth`). */
  uprobe_depth: 4,
  /** Signals that were sent to it and not taken, a bit each. Tasks of a scenario take none. */
  pending: 8,
  // What follows says who the task is, and does not change while it runs.
  flags: 4,
  pid: 4,
  tgid: 4,
  real_parent: 'pointer',
  parent: 'pointer',
  group_leader: 'pointer',
  /** The registers that it has in user space (task_pt_regs): all 0. */
  user_regs: 'pointer',
  comm: TASK_COMM_LEN,
});

/** Bytes at the start of a task's structure that change while it runs. */
export const TASK_STATE_SIZE = TASK.fields.flags.offset;

/** A loaded program. `active` and `stats` are per-CPU pointers. */
export const PROG = struct('bpf_prog', {
  active: 'pointer',
  stats: 'pointer',
  bpf_func: 'pointer',
  aux: 'pointer',
});

export const PROG_AUX = struct('bpf_prog_aux', { id: 4 });

/** Per-CPU statistics of a program. */
export const STATS = struct('bpf_prog_stats', { cnt: 8, nsecs: 8, misses: 8 });

/** What a program was attached with, on the trampoline's stack while it runs. */
export const RUN_CTX = struct('bpf_tramp_run_ctx', { bpf_cookie: 8, saved_run_ctx: 8 });

/** The same of a program that may run at both ends of a function (kprobe.session): which it is at, and where its 8 bytes are. */
const SESSION_RUN_CTX = struct('bpf_session_run_ctx', {
  bpf_cookie: 8,
  saved_run_ctx: 8,
  is_return: 8,
  data: 8,
});

/**
 * What ties a program to what triggers it. `nmissed` counts what the kprobe layer dropped; `free` are the calls whose return a probe
 * can still wait for; `offset` is where in the function a kprobe is, in bytes.
 */
export const LINK = struct('bpf_link', {
  prog: 8,
  cookie: 8,
  nmissed: 8,
  free: 8,
  offset: 8,
});

/** The programs of one perf event: a count, and after it that many items. */
export const PROG_ARRAY = struct('bpf_prog_array', { count: 8 });
export const PROG_ARRAY_ITEM = struct('bpf_prog_array_item', { prog: 8, bpf_cookie: 8 });
/** Most programs on one perf event (include/linux/trace_events.h). */
export const BPF_TRACE_MAX_PROGS = 64;

/** A trampoline's image; `pcref` is a per-CPU pointer to the number of calls that are inside it. */
export const TRAMP_IMAGE = struct('bpf_tramp_image', { pcref: 8 });

/** What an iterator over programs is given. */
const ITER_PROG = struct('bpf_iter__bpf_prog', { meta: 'pointer', prog: 'pointer' });

/** Most arguments of a function that can be traced (MAX_BPF_FUNC_ARGS, include/linux/bpf.h). */
export const MAX_ARGUMENTS = 12;

/** One thing a scenario makes the kernel do: a function's address, and after it up to 12 arguments. */
export const ACTION = {
  ...struct('lab_action', { fn: 8, args: 8 }),
  size: 8 + 8 * MAX_ARGUMENTS,
};

/**
 * What a scenario raises as a softirq, once for each CPU: whether it is queued there, what was queued after it, and the
 * actions it consists of.
 */
export const TASKLET = struct('lab_tasklet', { next: 8, queued: 4, actions: 8, count: 8 });

/** An hrtimer of a bpf_timer. `key` is what the callback is given a pointer to. */
export const TIMER = struct('bpf_hrtimer', {
  /** 0 free, 1 initialised, 2 queued. */
  state: 4,
  /** Where it is queued; and where its callback runs, plus 1, or 0. */
  cpu: 4,
  running: 4,
  expires: 8,
  callback: 8,
  map: 8,
  value: 8,
  key: 8,
});

/** What a program has in 16 bytes of its stack: the upper bits of `size` say of which kind it is. */
const DYNPTR = struct('bpf_dynptr_kern', { data: 'pointer', size: 4, offset: 4 });

export const MAP_OPS = struct(
  'bpf_map_ops',
  Object.fromEntries(OPERATIONS.map((name) => [name, 8])) as Readonly<Record<MapOperation, 8>>,
);

/** A map, as far as functions of the kernel read it. Whatever else its elements need is kept with them. */
export const MAP = struct('bpf_map', {
  ops: 8,
  map_type: 4,
  key_size: 4,
  value_size: 4,
  max_entries: 4,
  id: 4,
});

/**
 * What lies before the key of an element of a hash map. Links are offsets into memory, 0 at the end: `next` in the
 * bucket, `older` and `newer` in the order of use; free lists are linked by `older`. `list` is of LRU maps: the CPU on whose list
 * it is pending, or the number of CPUs where it is on the map's; the highest bit is LRU_PENDING_FREE.
 */
export const HTAB_ELEM = struct('htab_elem', { next: 4, older: 4, newer: 4, list: 4 });

/** What a list of what is free in a map begins with: its lock, and the first one. */
const FREE_LIST = { lock: 4, free: 4 } as const;
/** A list of another hash map or of stack traces: it has its last one as well. */
export const PCPU_FREELIST_HEAD = struct('pcpu_freelist_head', { ...FREE_LIST, last: 4 });

/** A list of an LRU hash map: of a CPU's it has as well which CPU's comes next where it has none. All maps' lists take as much room. */
export const LRU_LIST = struct('bpf_lru_locallist', { ...FREE_LIST, next_steal: 4 });

/**
 * A bucket of a hash map: offset of its first element, the word of its lock, and until Linux 6.14 the per-CPU pointer to what
 * counts this CPU's holders of this and of every eighth bucket from it (the kernel keeps those in struct bpf_htab).
 */
export const BUCKET = struct('bucket', { first: 4, lock: 4, map_locked: 'pointer' });

const STRUCTS: readonly Struct<string>[] = [
  TASK,
  PROG,
  PROG_AUX,
  STATS,
  RUN_CTX,
  SESSION_RUN_CTX,
  DYNPTR,
  LINK,
  PROG_ARRAY,
  PROG_ARRAY_ITEM,
  TRAMP_IMAGE,
  ITER_PROG,
  ACTION,
  TASKLET,
  MAP_OPS,
  MAP,
  HTAB_ELEM,
  PCPU_FREELIST_HEAD,
  LRU_LIST,
  BUCKET,
];

const int = (size: 1 | 4 | 8, signed = false): TargetType => ({ kind: 'int', size, signed });
const POINTER: TargetType = { kind: 'pointer' };

function typeOf({ size, isPointer }: Field): TargetType {
  if (isPointer) return POINTER;
  return size === 16 ? { kind: 'array', of: int(1, true), count: size } : int(size);
}

function targetOf({ size, fields }: Struct<string>): TargetStruct {
  const all = Object.entries(fields).map(([name, field]) => ({
    name,
    offset: field.offset,
    type: typeOf(field),
  }));
  return { kind: 'struct', size, fields: all };
}

const TASK_FIELDS = TASK.fields;

/** struct thread_info of an architecture, as in arch/ARCH/include/asm/thread_info.h. */
function threadInfo(arch: Arch): TargetStruct {
  const { thread_flags, preempt_count, need_resched, thread_status, cpu, bpf_ctx } = TASK_FIELDS;
  const preempt: TargetStruct = {
    kind: 'struct',
    size: 8,
    fields: [
      { name: 'count', offset: 0, type: int(4) },
      { name: 'need_resched', offset: need_resched.offset - preempt_count.offset, type: int(4) },
    ],
  };
  const count: TargetStruct = {
    kind: 'union',
    size: 8,
    fields: [
      { name: 'preempt_count', offset: 0, type: int(8) },
      { name: 'preempt', offset: 0, type: preempt },
    ],
  };
  const own: Readonly<Record<Arch, readonly TargetField[]>> = {
    arm64: [{ name: '', offset: preempt_count.offset, type: count }],
    amd64: [
      { name: 'syscall_work', offset: preempt_count.offset, type: int(8) },
      { name: 'status', offset: thread_status.offset, type: int(4) },
    ],
  };
  return {
    kind: 'struct',
    size: bpf_ctx.offset,
    fields: [
      { name: 'flags', offset: thread_flags.offset, type: int(8) },
      ...own[arch],
      { name: 'cpu', offset: cpu.offset, type: int(4) },
    ],
  };
}

/** Fields of a task that are signed in Linux. */
const SIGNED = new Set(['pid', 'tgid', 'rcu_read_lock_nesting', 'trc_reader_nesting']);

/** Fields of a task that point to tasks. */
const RELATIVES = new Set(['real_parent', 'parent', 'group_leader']);

/** struct task_struct. `cpu` was a field of its own until Linux 5.16, and is one here for programs that know only that. */
function taskStruct(): TargetStruct {
  const own = targetOf(TASK);
  const fields = own.fields
    .filter((f) => f.name === 'cpu' || f.offset >= TASK_FIELDS.bpf_ctx.offset)
    .map((f) => (SIGNED.has(f.name) ? { ...f, type: int(4, true) } : f))
    .map((f) => (RELATIVES.has(f.name) ? { ...f, type: { kind: 'pointer', to: TASK.name } as const } : f));
  return {
    ...own,
    fields: [{ name: 'thread_info', offset: 0, type: { kind: 'named', name: 'thread_info' } }, ...fields],
  };
}

/** The registers of x86-64 in struct pt_regs, in their order (arch/x86/include/asm/ptrace.h). */
const X86_REGISTERS = 'r15 r14 r13 r12 bp bx r11 r10 r9 r8 ax cx dx si di orig_ax ip cs flags sp ss'.split(
  ' ',
);

/** What an interrupted task had in its registers, as the architecture lays it out; of what lies after them, what programs read. */
function registers(arch: Arch): [string, TargetStruct][] {
  if (arch === 'amd64') {
    const fields = X86_REGISTERS.map((name, i) => ({ name, offset: 8 * i, type: int(8) }));
    return [['pt_regs', { kind: 'struct', size: 8 * fields.length, fields }]];
  }
  const user: TargetStruct = {
    kind: 'struct',
    size: 272,
    fields: [
      { name: 'regs', offset: 0, type: { kind: 'array', of: int(8), count: 31 } },
      ...['sp', 'pc', 'pstate'].map((name, i) => ({ name, offset: 248 + 8 * i, type: int(8) })),
    ],
  };
  const inner: TargetStruct = {
    kind: 'union',
    size: user.size,
    fields: [
      { name: 'user_regs', offset: 0, type: { kind: 'named', name: 'user_pt_regs' } },
      { name: '', offset: 0, type: user },
    ],
  };
  const whole: TargetStruct = {
    kind: 'struct',
    size: 336,
    fields: [
      { name: '', offset: 0, type: inner },
      { name: 'orig_x0', offset: 272, type: int(8) },
      { name: 'syscallno', offset: 280, type: int(4, true) },
    ],
  };
  return [
    ['user_pt_regs', user],
    ['pt_regs', whole],
  ];
}

const typesMade = new Map<Arch, TargetTypes>();

/** The same structures as types of the machine, for programs that look their offsets up (CO-RE); made once. */
export function kernelTypes(arch: Arch): TargetTypes {
  const made = typesMade.get(arch);
  if (made !== undefined) return made;
  const types: TargetTypes = new Map([
    ...STRUCTS.map((s) => [s.name, targetOf(s)] as const),
    ...registers(arch),
    ['thread_info', threadInfo(arch)],
    [TASK.name, taskStruct()],
  ]);
  typesMade.set(arch, types);
  return types;
}

/** Structures that may get fields after their own, since each of them lies in memory by itself. */
export const EXTENSIBLE: ReadonlySet<string> = new Set([TASK, PROG, PROG_AUX, MAP].map((s) => s.name));

/** Offsets and sizes as the constants that kernel files use. */
export function layoutConstants(): Map<string, bigint> {
  const constants = new Map<string, bigint>();
  for (const s of STRUCTS) {
    constants.set(`sizeof.${s.name}`, BigInt(s.size));
    for (const [field, { offset }] of Object.entries(s.fields))
      constants.set(`${s.name}.${field}`, BigInt(offset));
  }
  return constants;
}
