import type { AttachKind } from '../kernel/attach/kinds.js';
import type { AttachPoint } from '../kernel/attach/point.js';
import type { Traceable } from '../kernel/kernel.js';
import { ATTACH_TYPE, PROGRAM_TYPE } from '../verify/kinds.js';
import { PROGRAM_FLAGS, type RequestedKind } from '../verify/request.js';

type Types = Pick<RequestedKind, 'type' | 'attachType'>;

const { kprobe } = PROGRAM_TYPE;
const tracing = (attachType: number): Types => ({ type: PROGRAM_TYPE.tracing, attachType });

/** The types with which libbpf loads programs of a kind (section_defs, tools/lib/bpf/libbpf.c; enum bpf_attach_type). */
const TYPES: Readonly<Record<AttachKind, Types>> = {
  fentry: tracing(ATTACH_TYPE.fentry),
  fexit: tracing(ATTACH_TYPE.fexit),
  fmod_ret: tracing(ATTACH_TYPE.fmod_ret),
  fsession: tracing(ATTACH_TYPE.fsession),
  lsm: { type: PROGRAM_TYPE.lsm, attachType: ATTACH_TYPE.lsm },
  raw_tp: { type: PROGRAM_TYPE.rawTracepoint, attachType: 0 },
  tp_btf: tracing(ATTACH_TYPE.tp_btf),
  tp: { type: PROGRAM_TYPE.tracepoint, attachType: 0 },
  kprobe: { type: kprobe, attachType: 0 },
  kretprobe: { type: kprobe, attachType: 0 },
  'kprobe.multi': { type: kprobe, attachType: 42 },
  'kretprobe.multi': { type: kprobe, attachType: 42 },
  'kprobe.session': { type: kprobe, attachType: 56 },
  uprobe: { type: kprobe, attachType: 0 },
  uretprobe: { type: kprobe, attachType: 0 },
  perf_event: { type: PROGRAM_TYPE.perfEvent, attachType: 41 },
  syscall: { type: PROGRAM_TYPE.syscall, attachType: 0 },
  tc: { type: PROGRAM_TYPE.tc, attachType: 0 },
  iter: tracing(ATTACH_TYPE.iter),
};

/** Before the name of what a program of a kind is loaded for, in the kernel's BTF. */
const PREFIX: Readonly<Partial<Record<AttachKind, string>>> = { tp_btf: 'btf_trace_', iter: 'bpf_iter_' };
const LOADED_FOR: ReadonlySet<AttachKind> = new Set<AttachKind>([
  'fentry',
  'fexit',
  'fmod_ret',
  'fsession',
  'lsm',
  'tp_btf',
  'iter',
]);

/** What the bpf system call is told of a program, and what the one may be used for that it is attached to. */
export function requestedKind(
  { kind, on, sleepable }: AttachPoint,
  traced: Pick<Traceable, 'modifiable' | 'sleepable'> | undefined,
): RequestedKind {
  return {
    ...TYPES[kind],
    flags: sleepable ? PROGRAM_FLAGS.sleepable : 0,
    ...(LOADED_FOR.has(kind) && { target: `${PREFIX[kind] ?? ''}${on}` }),
    ...(traced && { targetMay: { beModified: traced.modifiable, sleep: traced.sleepable } }),
  };
}
