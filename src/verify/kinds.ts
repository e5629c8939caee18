import type { ContextName } from './context/access.js';
import type { VerifyRequest } from './request.js';
import { isBefore } from './series.js';

/** Numbers in `enum bpf_prog_type` (include/uapi/linux/bpf.h). */
export const PROGRAM_TYPE = {
  socket: 1,
  kprobe: 2,
  tc: 3,
  tc_action: 4,
  tracepoint: 5,
  xdp: 6,
  perfEvent: 7,
  cgroupSkb: 8,
  cgroupSock: 9,
  sockOps: 13,
  cgroupDevice: 15,
  rawTracepoint: 17,
  cgroupSockAddr: 18,
  flowDissector: 22,
  cgroupSysctl: 23,
  rawTracepointWritable: 24,
  cgroupSockopt: 25,
  tracing: 26,
  extension: 28,
  lsm: 29,
  skLookup: 30,
  syscall: 31,
  netfilter: 32,
} as const;

/** Numbers in `enum bpf_attach_type`, of those that tracing programs have. */
export const ATTACH_TYPE = {
  none: 0,
  tp_btf: 23,
  fentry: 24,
  fexit: 25,
  fmod_ret: 26,
  lsm: 27,
  iter: 28,
  perf_event: 41,
  'kprobe.multi': 42,
  'kprobe.session': 56,
  fsession: 58,
} as const;

/** What a program may return. */
type Returns = readonly [number, number] | 'anything';

export interface KindRow {
  /** As sections of object files name it. */
  readonly name: string;
  readonly type: number;
  /** Undefined where every attach type is treated alike. */
  readonly attachType?: number;
  readonly context: ContextName;
  readonly returns: Returns;
  /** Linux rewrites what accesses the context, so that its address must come unchanged (convert_ctx_access). */
  readonly isRewritten: boolean;
  /** Programs may sleep, since which release. */
  readonly sleepable?: string;
  /** Loading takes CAP_PERFMON (is_perfmon_prog_type, kernel/bpf/syscall.c). */
  readonly needsPerfmon: boolean;
  /** What it is attached to is given when it is loaded. */
  readonly target?: 'function' | 'tracepoint' | 'hook' | 'iterator';
  /** Each of its functions has a stack of its own, where Linux has private stacks. */
  readonly hasPrivateStack: boolean;
  /** What Linux calls a tracing program when it looks at maps (is_tracing_prog_type). */
  readonly isTracing: boolean;
  /** The release it came with, if that is not older than all that are known here. */
  readonly since?: string;
}

const NET = {
  isRewritten: true,
  needsPerfmon: false,
  hasPrivateStack: false,
  isTracing: false,
  returns: 'anything',
} as const;
const CGROUP = { ...NET, context: 'unknown', returns: [0, 1] } as const;
const TRACE = {
  isRewritten: false,
  needsPerfmon: true,
  hasPrivateStack: true,
  isTracing: true,
  returns: 'anything',
} as const;
const BTF = { ...TRACE, type: PROGRAM_TYPE.tracing, context: 'btf', isTracing: false } as const;
const TRAMPOLINE = { ...BTF, target: 'function', sleepable: '5.10' } as const;
const KPROBE = { ...TRACE, type: PROGRAM_TYPE.kprobe, context: 'pt_regs', sleepable: '6.0' } as const;

/** Kinds of programs, each with what its verification depends on. */
const KIND_ROWS: readonly KindRow[] = [
  { ...TRAMPOLINE, name: 'fentry', attachType: ATTACH_TYPE.fentry, returns: [0, 0] },
  { ...TRAMPOLINE, name: 'fexit', attachType: ATTACH_TYPE.fexit, returns: [0, 0] },
  { ...TRAMPOLINE, name: 'fmod_ret', attachType: ATTACH_TYPE.fmod_ret },
  { ...TRAMPOLINE, name: 'fsession', attachType: ATTACH_TYPE.fsession, returns: [0, 0], since: '7.0' },
  { ...BTF, name: 'tp_btf', attachType: ATTACH_TYPE.tp_btf, target: 'tracepoint', sleepable: '7.1' },
  {
    ...BTF,
    name: 'iter',
    attachType: ATTACH_TYPE.iter,
    target: 'iterator',
    returns: [0, 1],
    sleepable: '5.18',
  },
  { ...TRAMPOLINE, name: 'lsm', type: PROGRAM_TYPE.lsm, target: 'hook', hasPrivateStack: false },
  { ...TRACE, name: 'raw_tp', type: PROGRAM_TYPE.rawTracepoint, context: 'raw_tp', sleepable: '7.1' },
  {
    ...TRACE,
    name: 'raw_tp.w',
    type: PROGRAM_TYPE.rawTracepointWritable,
    context: 'raw_tp_writable',
    hasPrivateStack: false,
  },
  { ...TRACE, name: 'tp', type: PROGRAM_TYPE.tracepoint, context: 'tracepoint', sleepable: '7.1' },
  { ...KPROBE, name: 'kprobe.session', attachType: ATTACH_TYPE['kprobe.session'], returns: [0, 1] },
  { ...KPROBE, name: 'kprobe' },
  { ...TRACE, name: 'perf_event', type: PROGRAM_TYPE.perfEvent, context: 'perf_event', isRewritten: true },
  {
    ...TRACE,
    name: 'syscall',
    type: PROGRAM_TYPE.syscall,
    context: 'syscall',
    needsPerfmon: false,
    hasPrivateStack: false,
    isTracing: false,
    sleepable: '5.14',
  },
  { ...NET, name: 'tc', type: PROGRAM_TYPE.tc, context: 'skb_tc' },
  { ...NET, name: 'action', type: PROGRAM_TYPE.tc_action, context: 'skb_tc' },
  { ...NET, name: 'socket', type: PROGRAM_TYPE.socket, context: 'skb_socket' },
  { ...NET, name: 'xdp', type: PROGRAM_TYPE.xdp, context: 'xdp' },
  { ...CGROUP, name: 'cgroup_skb', type: PROGRAM_TYPE.cgroupSkb },
  { ...CGROUP, name: 'cgroup/sock', type: PROGRAM_TYPE.cgroupSock },
  { ...CGROUP, name: 'cgroup/connect4', type: PROGRAM_TYPE.cgroupSockAddr },
  { ...CGROUP, name: 'cgroup/dev', type: PROGRAM_TYPE.cgroupDevice },
  { ...CGROUP, name: 'cgroup/sysctl', type: PROGRAM_TYPE.cgroupSysctl },
  { ...CGROUP, name: 'cgroup/setsockopt', type: PROGRAM_TYPE.cgroupSockopt },
  { ...CGROUP, name: 'sockops', type: PROGRAM_TYPE.sockOps },
  { ...CGROUP, name: 'sk_lookup', type: PROGRAM_TYPE.skLookup },
  { ...CGROUP, name: 'netfilter', type: PROGRAM_TYPE.netfilter, isRewritten: false, since: '6.4' },
  { ...NET, name: 'flow_dissector', type: PROGRAM_TYPE.flowDissector, context: 'unknown' },
];

/** Rows by the type of the program: what is looked for at every access to a context. */
const ROWS_BY_TYPE = new Map<number, KindRow[]>();
for (const row of KIND_ROWS) {
  const rows = ROWS_BY_TYPE.get(row.type);
  if (rows === undefined) ROWS_BY_TYPE.set(row.type, [row]);
  else rows.push(row);
}

/** The row of a program's kind; undefined for one that is not known here. */
export function kindOf({ kind }: VerifyRequest): KindRow | undefined {
  return ROWS_BY_TYPE.get(kind.type)?.find(
    ({ attachType }) => attachType === undefined || attachType === kind.attachType,
  );
}

/** Whether programs of the kind may sleep on this kernel. */
export const maySleep = (row: KindRow, release: string): boolean =>
  row.sleepable !== undefined && !isBefore(release, row.sleepable);

/** Hooks that say yes or no (bool_lsm_hooks in kernel/bpf/bpf_lsm.c). */
const BOOLEAN_HOOKS = new Set([
  'bpf_lsm_inode_need_killpriv',
  'bpf_lsm_audit_rule_known',
  'bpf_lsm_inode_xattr_skipcap',
]);

/** What an LSM hook may return, unless it returns nothing (bpf_lsm_get_retval_range, kernel/bpf/bpf_lsm.c). */
export const hookReturns = (hook: string | undefined): readonly [number, number] =>
  hook !== undefined && BOOLEAN_HOOKS.has(hook) ? [0, 1] : [-4095, 0];

/** Whether the function that a program is attached to gives nothing, so that nothing is asked of the program's result. */
export function returnsVoid(request: VerifyRequest): boolean {
  const { target } = request.kind;
  if (kindOf(request)?.target !== 'hook' || target === undefined) return false;
  return request.types.function(target)?.returns.kind === 'void';
}

/** What a program may return, both ends included; undefined for anything (return_retval_range, kernel/bpf/verifier.c). */
export function returnRange(
  request: VerifyRequest,
): { readonly min: number; readonly max: number } | undefined {
  const row = kindOf(request);
  if (row === undefined) return undefined;
  if (row.target === 'hook') {
    // Until 6.12 Linux did not ask what LSM programs return.
    if (isBefore(request.series.release, '6.12') || returnsVoid(request)) return undefined;
    const [min, max] = hookReturns(request.kind.target);
    return { min, max };
  }
  return row.returns === 'anything' ? undefined : { min: row.returns[0], max: row.returns[1] };
}
