import type { AttachKind } from '../kernel/attach/kinds.js';
import type { AttachPoint } from '../kernel/attach/point.js';
import type { Traceable } from '../kernel/kernel.js';
import { ATTACH_TYPE, PROGRAM_TYPE } from '../verify/kinds.js';
import { PROGRAM_FLAGS, type RequestedKind, TRACEPOINT_PREFIX } from '../verify/request.js';

type Types = Pick<RequestedKind, 'type' | 'attachType'>;

const { kprobe } = PROGRAM_TYPE;
const tracing = (attachType: number): Types => ({ type: PROGRAM_TYPE.tracing, attachType });

/** The types with which libbpf loads programs of a kind (section_defs, tools/lib/bpf/libbpf.c; enum bpf_attach_type). */
const TYPES: Readonly<Record<AttachKind, Types>> = {
  fentry: tracing(ATTACH_TYPE.fentry),
  fexit: tracing(ATTACH_TYPE.fexit),
  fmod_ret: tracing(ATTACH_TYPE.fmod_ret),
  fsession: tracing(ATTACH_TYPE.fsession),
  freplace: { type: PROGRAM_TYPE.extension, attachType: ATTACH_TYPE.none },
  lsm: { type: PROGRAM_TYPE.lsm, attachType: ATTACH_TYPE.lsm },
  raw_tp: { type: PROGRAM_TYPE.rawTracepoint, attachType: ATTACH_TYPE.none },
  tp_btf: tracing(ATTACH_TYPE.tp_btf),
  tp: { type: PROGRAM_TYPE.tracepoint, attachType: ATTACH_TYPE.none },
  kprobe: { type: kprobe, attachType: ATTACH_TYPE.none },
  kretprobe: { type: kprobe, attachType: ATTACH_TYPE.none },
  'kprobe.multi': { type: kprobe, attachType: ATTACH_TYPE['kprobe.multi'] },
  'kretprobe.multi': { type: kprobe, attachType: ATTACH_TYPE['kprobe.multi'] },
  'kprobe.session': { type: kprobe, attachType: ATTACH_TYPE['kprobe.session'] },
  uprobe: { type: kprobe, attachType: ATTACH_TYPE.none },
  uretprobe: { type: kprobe, attachType: ATTACH_TYPE.none },
  perf_event: { type: PROGRAM_TYPE.perfEvent, attachType: ATTACH_TYPE.perf_event },
  syscall: { type: PROGRAM_TYPE.syscall, attachType: ATTACH_TYPE.none },
  tc: { type: PROGRAM_TYPE.tc, attachType: ATTACH_TYPE.none },
  iter: tracing(ATTACH_TYPE.iter),
};

/** Before the name of what a program of a kind is loaded for, in the kernel's BTF. */
const PREFIX: Readonly<Partial<Record<AttachKind, string>>> = {
  tp_btf: TRACEPOINT_PREFIX,
  iter: 'bpf_iter_',
};
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
