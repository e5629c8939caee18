/**
 * What is known of a function of the kernel that programs can call: the same for the linker, which refuses calls, for what is
 * said of a program, and for the list of what there is.
 */

/** What an argument has to be, by the names of `enum bpf_arg_type` or, of a kfunc, by what its BTF and the suffix of its name say. */
const ARGUMENTS = [
  'any',
  'ctx',
  'map',
  'map_key',
  'map_value',
  'map_value_or_null',
  'uninit_map_value',
  'mem',
  'mem_or_null',
  'uninit_mem',
  'uninit_mem_or_null',
  /** Eight bytes, aligned, that the call writes. */
  'out_u64',
  'size',
  'size_or_zero',
  /** Of a kfunc: a size of the memory in front of it that is known when the program is loaded, and may be 0. */
  'const_size',
  /** A size known when the program is loaded, of what the call allocates. */
  'alloc_size',
  'alloc_mem',
  'const_str',
  'callback',
  'stack_or_null',
  'timer',
  'percpu',
  'task_struct',
  'cpumask',
  'bpf_cpumask',
  /** Eight bytes of the stack in which one call leaves what another takes. */
  'irq_flag',
  /** Eight bytes of the stack that hold where a loop over numbers is. */
  'iter_num',
  'spin_lock',
  'res_lock',
  'seq_file',
  'path',
  /** An initialised dynptr; one that the call makes, of a ring buffer or else of memory; and one of a ring buffer that it takes back. */
  'dynptr',
  'uninit_dynptr',
  'uninit_ringbuf_dynptr',
  'ringbuf_dynptr',
  /** The place in a map's value where the address of an object is, and what is put there. */
  'kptr_field',
  'kptr_or_null',
] as const;
export type ArgumentType = (typeof ARGUMENTS)[number];

const RESULTS = [
  'int',
  'bool',
  'void',
  'map_value_or_null',
  'alloc_mem_or_null',
  /** Of a kfunc: the address of a u64. */
  'mem',
  /** Of a kfunc: the address of an int that can only be read. */
  'mem_or_null',
  'percpu_mem',
  'percpu_mem_or_null',
  'task_struct',
  'task_struct_or_null',
  'bpf_cpumask',
  'bpf_cpumask_or_null',
  'pt_regs',
  /** An object of the kernel, of a type that the program names. */
  'btf_object',
  /** What was in a map's value, of the type that belongs there. */
  'kptr_or_null',
  /** A part of what a dynptr describes, as a helper gives it, and as kfuncs do, which tell of which kind the dynptr is. */
  'dynptr_mem_or_null',
  'dynptr_slice_or_null',
  'dynptr_rdonly_slice_or_null',
] as const;
export type ResultType = (typeof RESULTS)[number];

/** Results that are addresses of objects of the kernel, through which a load reads 0 where there is nothing. */
const OBJECTS: ReadonlySet<ResultType> = new Set([
  'task_struct',
  'task_struct_or_null',
  'bpf_cpumask',
  'bpf_cpumask_or_null',
  'pt_regs',
  'btf_object',
  'kptr_or_null',
]);
export const isObject = (result: ResultType): boolean => OBJECTS.has(result);

/**
 * What else holds of a row: only programs under a licence that is compatible with the GPL may call it; it may sleep, so that
 * only sleepable programs may; it gives a reference that has to be given back; it takes one back; it may move the packet, so that
 * addresses in it are good no more; memory that it is handed may be in the packet (pkt_access); it calls its callback while it runs,
 * or has it called later; it begins, continues or ends a loop (KF_ITER_NEW, KF_ITER_NEXT, KF_ITER_DESTROY); it may be called with a
 * lock held; it may fail, in which case it has done nothing, and only what comes after a result of 0 knows that it has.
 */
const FLAGS = [
  'gpl',
  'sleeps',
  'acquires',
  'releases',
  'changes_packet',
  'takes_packet',
  'calls_now',
  'calls_later',
  'iter_new',
  'iter_next',
  'iter_destroy',
  'with_lock',
  'may_fail',
] as const;
type CallFlag = (typeof FLAGS)[number];

/** Programs that may call something, and since which kernel they may if that is not as old as what they call. */
export interface Callers {
  readonly kinds: KindSet;
  readonly since: string | undefined;
}

interface Argument {
  readonly type: ArgumentType;
  readonly name: string;
  /** Kernels before this release do not take it: they leave the register unread. */
  readonly since: string | undefined;
}

export interface CallRow {
  readonly name: string;
  /** The release of Linux it came with. */
  readonly since: string;
  readonly callers: readonly Callers[];
  readonly args: readonly Argument[];
  readonly returns: ResultType;
  readonly flags: ReadonlySet<CallFlag>;
}

const TRAMPOLINE = ['fentry', 'fexit', 'fmod_ret', 'fsession'];
const PROBES = [
  'kprobe',
  'kretprobe',
  'kprobe.multi',
  'kretprobe.multi',
  'kprobe.session',
  'uprobe',
  'uretprobe',
];
const PERF = ['tp', ...PROBES, 'perf_event'];

/**
 * Kinds of programs by which of the kernel's functions says what they may call; undefined for all. Kinds are named as sections
 * of object files name them.
 */
const KIND_SETS = {
  /** bpf_base_func_proto; kfuncs of BPF_PROG_TYPE_UNSPEC. */
  every: undefined,
  /** bpf_tracing_func_proto, which the table of syscall programs asks as well. */
  tracing: [...TRAMPOLINE, 'lsm', 'raw_tp', 'tp_btf', ...PERF, 'iter', 'syscall'],
  /** bpf_prog_has_trampoline of tracing programs. */
  trampoline: TRAMPOLINE,
  /** What knows with what cookie it is attached. */
  attached: [...TRAMPOLINE, 'lsm', ...PERF],
  tracepoints: ['raw_tp', 'tp_btf'],
  /** What runs where an address is known: not tracepoints. */
  placed: [...TRAMPOLINE, 'lsm', ...PROBES],
  /** kfuncs of BPF_PROG_TYPE_TRACING. */
  btf: [...TRAMPOLINE, 'lsm', 'tp_btf', 'iter'],
  /** What has the kfuncs of BPF_PROG_TYPE_TRACING besides. */
  'perf-events': ['tp', 'perf_event'],
  session: ['fsession', 'kprobe.session'],
  iter: ['iter'],
  /** Where Linux lists the functions from which the path of a file may be asked for (bpf_d_path_allowed). */
  paths: [...TRAMPOLINE, 'lsm', 'iter'],
  /** What may use maps whose values have locks: not what check_map_prog_compatibility calls tracing programs. */
  locking: [...TRAMPOLINE, 'lsm', 'tp_btf', 'iter', 'syscall', 'tc'],
  syscall: ['syscall'],
  tc: ['tc'],
  /** What is given packets by the traffic control or by sockets. */
  skb: ['tc', 'action', 'socket'],
  /** What may send packets elsewhere. */
  redirecting: ['tc', 'action', 'xdp'],
} as const satisfies Readonly<Record<string, readonly string[] | undefined>>;
export type KindSet = keyof typeof KIND_SETS;

/** Whether a set has a kind. */
export function hasKind(set: KindSet, kind: string): boolean {
  const kinds: readonly string[] | undefined = KIND_SETS[set];
  return kinds?.includes(kind) ?? true;
}

/** The kinds of a set; undefined for all. */
export const kindsOf = (set: KindSet): readonly string[] | undefined => KIND_SETS[set];

function known<T extends string>(what: string, all: readonly T[], word: string): T {
  const found = all.find((one) => one === word);
  if (found === undefined) throw new Error(`${word} is not ${what}`);
  return found;
}

const KIND_SET_NAMES = Object.keys(KIND_SETS) as KindSet[];
const ROW = /^(\S+) +(\d+\.\d+) +(\S+) +\((.*?)\) -> (\S+)(.*)$/;

/**
 * Reads a row: name, release, who may call it (`tracing,every@6.16`: all since Linux 6.16), arguments with their types (`ctx@7.0 ctx`:
 * one that came with Linux 7.0), result, flags. Anything it cannot read is a bug of ours.
 */
function readRow(line: string): CallRow {
  const [, name, since, callers, args, returns, flags] = ROW.exec(line) ?? [];
  if (name === undefined || since === undefined) throw new Error(`not a row: ${line}`);
  return {
    name,
    since,
    callers: callers!.split(',').map((one) => {
      const [set, from] = one.split('@');
      return { kinds: known('a set of kinds', KIND_SET_NAMES, set!), since: from };
    }),
    args: args!
      .split(', ')
      .filter((one) => one !== '')
      .map((one) => {
        const [word, named] = one.split(' ');
        const [type, from] = word!.split('@');
        return { type: known('a type of argument', ARGUMENTS, type!), name: named ?? '', since: from };
      }),
    returns: known('a result', RESULTS, returns!),
    flags: new Set(
      flags!
        .trim()
        .split(/\s+/)
        .filter((word) => word !== '')
        .map((word) => known('a flag', FLAGS, word)),
    ),
  };
}

/** A table of rows, a line each, which is read when it is first asked. */
export class CallTable {
  readonly #text: string;
  #rows: ReadonlyMap<string, CallRow> | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  get rows(): ReadonlyMap<string, CallRow> {
    const lines = (): string[] => this.#text.trim().split('\n');
    this.#rows ??= new Map(
      lines()
        .map((line) => readRow(line.trim()))
        .map((row) => [row.name, row]),
    );
    return this.#rows;
  }

  get(name: string): CallRow | undefined {
    return this.rows.get(name);
  }
}
