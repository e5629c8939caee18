import type { Name } from '../../syntax/lab-ast.js';
import { type Diagnostic, errorAt } from '../../text/diagnostic.js';
import { didYouMean } from '../../text/nearest.js';

/** How a program hangs on what triggers it, by libbpf's names. */
export type AttachKind =
  | 'fentry'
  | 'fexit'
  | 'fmod_ret'
  | 'fsession'
  | 'lsm'
  | 'raw_tp'
  | 'tp_btf'
  | 'tp'
  | 'kprobe'
  | 'kretprobe'
  | 'kprobe.multi'
  | 'kretprobe.multi'
  | 'perf_event'
  | 'syscall'
  | 'tc'
  | 'iter';

/**
 * What a kind of program hangs on: a function by its trampoline or by a probe, a tracepoint, or nothing: it is loaded
 * and run by other means.
 */
export type Site = 'trampoline' | 'probe' | 'tracepoint' | 'none';

/** Which of the kernel's functions runs BPF_PROG_TEST_RUN of a kind of program. */
export type TestRun =
  | 'bpf_prog_test_run_tracing'
  | 'bpf_prog_test_run_modify_return'
  | 'bpf_prog_test_run_raw_tp'
  | 'bpf_prog_test_run_skb'
  | 'bpf_prog_test_run_syscall';

export interface KindInfo {
  readonly site: Site;
  /** Kept from re-entering itself by `prog->active`, by the CPU's `bpf_prog_active`, or by nothing. */
  readonly guard: 'active' | 'bpf_prog_active' | 'none';
  readonly mayBeSleepable: boolean;
  readonly testRun: TestRun | undefined;
}

const trampoline = (testRun: TestRun): KindInfo => ({
  site: 'trampoline',
  guard: 'active',
  mayBeSleepable: true,
  testRun,
});
const probe: KindInfo = {
  site: 'probe',
  guard: 'bpf_prog_active',
  mayBeSleepable: false,
  testRun: undefined,
};
const rawTracepoint: KindInfo = {
  site: 'tracepoint',
  guard: 'active',
  mayBeSleepable: true,
  testRun: 'bpf_prog_test_run_raw_tp',
};

/** Everything that depends on a program's kind. */
export const KINDS: Readonly<Record<AttachKind, KindInfo>> = {
  fentry: trampoline('bpf_prog_test_run_tracing'),
  fexit: trampoline('bpf_prog_test_run_tracing'),
  fmod_ret: trampoline('bpf_prog_test_run_modify_return'),
  fsession: trampoline('bpf_prog_test_run_tracing'),
  lsm: { site: 'trampoline', guard: 'none', mayBeSleepable: true, testRun: undefined },
  raw_tp: rawTracepoint,
  tp_btf: rawTracepoint,
  tp: { site: 'tracepoint', guard: 'bpf_prog_active', mayBeSleepable: false, testRun: undefined },
  kprobe: probe,
  kretprobe: probe,
  'kprobe.multi': probe,
  'kretprobe.multi': probe,
  perf_event: { site: 'none', guard: 'bpf_prog_active', mayBeSleepable: false, testRun: undefined },
  syscall: { site: 'none', guard: 'none', mayBeSleepable: true, testRun: 'bpf_prog_test_run_syscall' },
  tc: { site: 'none', guard: 'none', mayBeSleepable: false, testRun: 'bpf_prog_test_run_skb' },
  iter: { site: 'none', guard: 'none', mayBeSleepable: true, testRun: undefined },
};

/** Other spellings of section names. */
const ALIASES: ReadonlyMap<string, AttachKind> = new Map([
  ['raw_tracepoint', 'raw_tp'],
  ['tracepoint', 'tp'],
  ['classifier', 'tc'],
  ['tcx', 'tc'],
]);

export const ATTACH_KINDS: readonly string[] = [...Object.keys(KINDS), ...ALIASES.keys()];

export interface AttachPoint {
  readonly kind: AttachKind;
  /** The program may block (`fentry.s` and the like). */
  readonly sleepable: boolean;
  /** As written: a function, a tracepoint or an LSM hook; empty where the kind needs none and none was given. */
  readonly target: string;
  /** The function or tracepoint of the kernel that stands behind it. */
  readonly on: string;
}

/** How the functions that LSM programs are attached to are called (include/linux/bpf_lsm.h). */
export const LSM_HOOK = 'bpf_lsm_';

/** As written in a section name: `fentry.s/bpf_fentry_test1`. */
export function formatAttachPoint(attach: AttachPoint): string {
  const kind = `${attach.kind}${attach.sleepable && attach.kind !== 'syscall' ? '.s' : ''}`;
  return attach.target === '' ? kind : `${kind}/${attach.target}`;
}

function example(kind: string): string {
  const info = KINDS[ALIASES.get(kind) ?? (kind as AttachKind)];
  return `${kind}${info?.site === 'none' ? '' : '/NAME'}`;
}

function kindOf(word: string): { kind: AttachKind; sleepable: boolean } | undefined {
  const find = (name: string): AttachKind | undefined =>
    ALIASES.get(name) ?? (Object.hasOwn(KINDS, name) ? (name as AttachKind) : undefined);
  const plain = find(word);
  // A syscall program may always block.
  if (plain !== undefined) return { kind: plain, sleepable: plain === 'syscall' };
  const sleepable = word.endsWith('.s') ? find(word.slice(0, -2)) : undefined;
  return sleepable !== undefined && KINDS[sleepable].mayBeSleepable
    ? { kind: sleepable, sleepable: true }
    : undefined;
}

/** Reads `fentry/htab_map_delete_elem`, also in bpftrace's spelling with a colon. */
export function parseAttachPoint(attach: Name): AttachPoint | Diagnostic {
  const m = /^([^/:]+)(?:[/:](.+))?$/.exec(attach.name);
  const word = m?.[1] ?? attach.name;
  const known = kindOf(word);
  const refuse = (message: string, help: string): Diagnostic =>
    errorAt('B0602', message, { span: attach.span, expected: ATTACH_KINDS.map(example).join(', '), help });
  if (known === undefined) {
    return refuse(
      `unknown kind of attach point \`${word}\``,
      didYouMean(word, ATTACH_KINDS) ?? 'write `program NAME : fentry/FUNCTION`',
    );
  }
  const written = m?.[2] ?? '';
  const { site } = KINDS[known.kind];
  // A raw tracepoint program without tracepoint is loaded, to be run by test_run.
  if (written === '' && site !== 'none' && known.kind !== 'raw_tp') {
    return refuse(`\`${attach.name}\` does not say what to attach to`, `write \`${word}/NAME\``);
  }
  // A perf tracepoint has a category before its name: tp/bpf_trace/bpf_trace_printk.
  const bare = known.kind === 'tp' ? written.replace(/^.*[/:]/, '') : written;
  const on = known.kind === 'lsm' ? `${LSM_HOOK}${bare}` : bare;
  return { ...known, target: written, on };
}
