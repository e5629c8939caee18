import type { KernelModel } from '../model.js';

/**
 * Where a trampoline calls a program: before the function, before it and instead of it if the program says so, after it; or it is a jump
 * to the program, which takes the place of another one.
 */
export type TrampolinePlace = 'fentry' | 'fmodRet' | 'fexit' | 'replace';

/** When a probe calls a program: as the function is entered, or when it has returned. */
export type ProbeHalf = 'entry' | 'return';

/** How a probe gets to its programs. */
export type ProbeLayer = 'kprobe' | 'fprobe' | 'uprobe';

/**
 * What calls a probe, which decides what is off meanwhile: a callback of ftrace has preemption off, and so has the code that a probed
 * function returns to; a breakpoint is an exception, which has interrupts off as well; user space has neither.
 */
export type ProbeWay = 'ftrace' | 'return address' | 'breakpoint' | 'user space';

/** What makes a program run that is not attached to anything. */
export type Starter = 'test_run' | 'perf' | 'iter';

/** What a kind of program is attached to, and where in that its programs run, in this order. */
type Attachment =
  | {
      /** A function, by its trampoline. A kind with several places is a session: its halves share a cookie. */
      readonly site: 'trampoline';
      readonly places: readonly [TrampolinePlace, ...TrampolinePlace[]];
    }
  | {
      /** A function, by a probe: through the kprobe layer, from ftrace without it, or by a breakpoint in user space. */
      readonly site: 'probe';
      readonly layer: ProbeLayer;
      readonly halves: readonly [ProbeHalf, ...ProbeHalf[]];
    }
  | {
      /** A tracepoint: called by it, or by the perf event on it. */
      readonly site: 'tracepoint';
      readonly through: 'raw' | 'perf';
    }
  | { readonly site: 'none'; readonly startedBy: Starter };

/** Which of the kernel's functions runs BPF_PROG_TEST_RUN of a kind of program. */
export type TestRun =
  | 'bpf_prog_test_run_tracing'
  | 'bpf_prog_test_run_modify_return'
  | 'bpf_prog_test_run_raw_tp'
  | 'bpf_prog_test_run_skb'
  | 'bpf_prog_test_run_syscall';

/** Something that not every kernel has: whether it does, since when, and what attaching is answered without it. */
interface Need {
  readonly has: (model: KernelModel) => boolean;
  readonly since: string;
  readonly answer: 'EINVAL' | 'EOPNOTSUPP';
}

/** Built without fprobes, bpf_kprobe_multi_link_attach refuses whatever it is asked (include/linux/trace_events.h). */
const FPROBES: Need = {
  has: ({ fprobes }) => fprobes !== 'none',
  since: 'they came with Linux 6.14 on arm64',
  answer: 'EOPNOTSUPP',
};

/** What depends on a program's kind. Nothing else in the kernel knows kinds by name. */
export type KindInfo = Attachment & {
  /** Kept from re-entering itself by `prog->active`, by the CPU's `bpf_prog_active`, or by nothing. */
  readonly guard: 'active' | 'bpf_prog_active' | 'none';
  /** Whether programs may block: never, where the section says so (`fentry.s`), or always. */
  readonly sleepable: 'never' | 'marked' | 'always';
  readonly testRun: TestRun | undefined;
  /** Whether what its context holds has the types of BTF, as btf_ctx_access gives them: addresses there can be read through. */
  readonly isTyped: boolean;
  /** Whether a section has to say what to attach to. */
  readonly needsTarget: boolean;
  /** The prefix of the name of what is attached to. */
  readonly prefix: string;
  /** Helpers that are other functions in programs of this kind, as the verifier chooses them. */
  readonly helpers: Readonly<Record<string, string>>;
  /** What a model has to have for it, in the order in which Linux misses it. */
  readonly needs?: readonly Need[];
};

/** How the functions that LSM programs are attached to are called (include/linux/bpf_lsm.h). */
export const LSM_HOOK = 'bpf_lsm_';

const PLAIN = { needsTarget: true, isTyped: false, prefix: '', helpers: {} } as const;

/** Helpers that want registers, of programs that are not given any (raw_tp_prog_func_proto, kernel/trace/bpf_trace.c). */
const WITHOUT_REGISTERS = {
  bpf_perf_event_output: 'bpf_perf_event_output_raw_tp',
  bpf_get_stackid: 'bpf_get_stackid_raw_tp',
  bpf_get_stack: 'bpf_get_stack_raw_tp',
} as const;

const trampoline = (
  places: readonly [TrampolinePlace, ...TrampolinePlace[]],
  testRun: TestRun = 'bpf_prog_test_run_tracing',
) =>
  ({
    ...PLAIN,
    site: 'trampoline',
    isTyped: true,
    places,
    guard: 'active',
    sleepable: 'marked',
    testRun,
    helpers: WITHOUT_REGISTERS,
  }) as const;

const probe = (layer: ProbeLayer, halves: readonly [ProbeHalf, ...ProbeHalf[]]) =>
  ({
    ...PLAIN,
    site: 'probe',
    layer,
    halves,
    guard: 'bpf_prog_active',
    sleepable: 'never',
    testRun: undefined,
    helpers: { bpf_get_func_ip: 'bpf_get_func_ip_kprobe' },
  }) as const;

/** Nothing keeps these from re-entering themselves, since no program runs in user space (bpf_prog_run_array_uprobe). */
const userProbe = (half: ProbeHalf) =>
  ({ ...probe('uprobe', [half]), guard: 'none', sleepable: 'marked' }) as const;

const RAW_TRACEPOINT = {
  ...PLAIN,
  site: 'tracepoint',
  through: 'raw',
  guard: 'active',
  sleepable: 'marked',
  testRun: 'bpf_prog_test_run_raw_tp',
  helpers: WITHOUT_REGISTERS,
} as const;

const detached = (startedBy: Starter) =>
  ({ ...PLAIN, site: 'none', startedBy, guard: 'none', needsTarget: false, testRun: undefined }) as const;

/** How programs are attached, by libbpf's names. A kind is one row; `tinybpf list kinds` shows them. */
export const KINDS = {
  fentry: {
    ...trampoline(['fentry']),
    helpers: { ...WITHOUT_REGISTERS, bpf_get_func_ret: 'bpf_get_func_ret_fentry' },
  },
  fexit: trampoline(['fexit']),
  fmod_ret: trampoline(['fmodRet'], 'bpf_prog_test_run_modify_return'),
  fsession: {
    ...trampoline(['fentry', 'fexit']),
    needs: [{ has: (model) => model.fsession, since: 'they came with Linux 7.0', answer: 'EINVAL' }],
  },
  // A jump: nothing enters or leaves it but what runs the program that it replaces (BPF_TRAMP_REPLACE, kernel/bpf/trampoline.c).
  freplace: {
    ...PLAIN,
    site: 'trampoline',
    places: ['replace'],
    guard: 'none',
    sleepable: 'never',
    testRun: undefined,
  },
  lsm: { ...trampoline(['fmodRet']), guard: 'none', testRun: undefined, prefix: LSM_HOOK },
  // Without a tracepoint it is loaded all the same, to be run by test_run.
  raw_tp: { ...RAW_TRACEPOINT, needsTarget: false },
  tp_btf: { ...RAW_TRACEPOINT, isTyped: true },
  tp: {
    ...PLAIN,
    site: 'tracepoint',
    through: 'perf',
    guard: 'bpf_prog_active',
    sleepable: 'never',
    testRun: undefined,
  },
  kprobe: probe('kprobe', ['entry']),
  kretprobe: probe('kprobe', ['return']),
  'kprobe.multi': { ...probe('fprobe', ['entry']), needs: [FPROBES] },
  'kretprobe.multi': { ...probe('fprobe', ['return']), needs: [FPROBES] },
  'kprobe.session': {
    ...probe('fprobe', ['entry', 'return']),
    helpers: {
      bpf_get_func_ip: 'bpf_get_func_ip_kprobe',
      bpf_session_is_return: 'bpf_session_is_return_kprobe',
      bpf_session_cookie: 'bpf_session_cookie_kprobe',
    },
    needs: [
      FPROBES,
      { has: (model) => model.kprobeSession, since: 'they came with Linux 6.10', answer: 'EINVAL' },
    ],
  },
  uprobe: userProbe('entry'),
  uretprobe: userProbe('return'),
  perf_event: {
    ...detached('perf'),
    guard: 'bpf_prog_active',
    sleepable: 'never',
    helpers: { bpf_get_attach_cookie: 'bpf_get_attach_cookie_pe' },
  },
  syscall: { ...detached('test_run'), sleepable: 'always', testRun: 'bpf_prog_test_run_syscall' },
  tc: { ...detached('test_run'), sleepable: 'never', testRun: 'bpf_prog_test_run_skb' },
  iter: { ...detached('iter'), isTyped: true, sleepable: 'marked', helpers: WITHOUT_REGISTERS },
} as const satisfies Readonly<Record<string, KindInfo>>;

export type AttachKind = keyof typeof KINDS;

export const kindInfo = (kind: AttachKind): KindInfo => KINDS[kind];

/** Whether programs of a kind can be made to run by an action of that name. */
export function canBeStarted(kind: AttachKind, by: Starter): boolean {
  const info = kindInfo(kind);
  return by === 'test_run' ? info.testRun !== undefined : info.site === 'none' && info.startedBy === by;
}

/** The kinds of programs that can be started that way. */
export const kindsStartedBy = (by: Starter): AttachKind[] =>
  (Object.keys(KINDS) as AttachKind[]).filter((kind) => canBeStarted(kind, by));

/** Whether programs of a kind run from the perf event on their tracepoint. */
export function isOnPerfEvent(kind: AttachKind): boolean {
  const info = kindInfo(kind);
  return info.site === 'tracepoint' && info.through === 'perf';
}

/** Whether programs of a kind are attached to functions of user space. */
export function isInUserSpace(kind: AttachKind): boolean {
  const info = kindInfo(kind);
  return info.site === 'probe' && info.layer === 'uprobe';
}

/** Whether programs of two kinds get the same context, so that one of the first can be attached as one of the second. */
export function haveSameContext(a: AttachKind, b: AttachKind): boolean {
  const [one, other] = [kindInfo(a), kindInfo(b)];
  if (one.site === 'tracepoint' && other.site === 'tracepoint') return one.through === other.through;
  return one.site === other.site && (one.site !== 'none' || a === b);
}

/** Whether programs of a kind are attached to all functions that match a pattern. */
export function takesPattern(kind: AttachKind): boolean {
  const info = kindInfo(kind);
  return info.site === 'probe' && info.layer === 'fprobe';
}

/** What a kernel lacks for programs of a kind, first of all; undefined if it is nothing but that it cannot attach by trampolines. */
export const lackedFor = (kind: AttachKind, model: KernelModel): Need | undefined =>
  kindInfo(kind).needs?.find(({ has }) => !has(model));

/** Whether programs of a kind can be attached on a kernel at all. */
export const isOn = (model: KernelModel, kind: AttachKind): boolean =>
  lackedFor(kind, model) === undefined && (kindInfo(kind).site !== 'trampoline' || model.trampolines);

/** What calls the probes of a layer on a kernel, as a function is entered and when it has returned. */
export function probeWays(layer: ProbeLayer, model: KernelModel): Readonly<Record<ProbeHalf, ProbeWay>> {
  switch (layer) {
    case 'kprobe':
      return {
        entry: model.kprobesOnFtrace ? 'ftrace' : 'breakpoint',
        return: model.kretprobesAtBreakpoint ? 'breakpoint' : 'return address',
      };
    case 'fprobe':
      return { entry: 'ftrace', return: 'ftrace' };
    case 'uprobe':
      return { entry: 'user space', return: 'user space' };
    default:
      return layer satisfies never;
  }
}

/** Whether programs of a kind can be attached in the middle of a function: `f+8`, whose return is another matter. */
export function takesOffset(kind: AttachKind): boolean {
  const info = kindInfo(kind);
  return info.site === 'probe' && info.layer === 'kprobe' && !info.halves.some((half) => half === 'return');
}

/** Whether a program of a kind can be attached to several things: not where it is loaded for one, whose types it gets. */
export const takesSeveral = (kind: AttachKind): boolean => {
  const { site, isTyped } = kindInfo(kind);
  return site !== 'none' && !isTyped;
};

/** Where a trampoline calls programs of a kind; nowhere for kinds that are attached otherwise. */
export function trampolinePlaces(kind: AttachKind): readonly TrampolinePlace[] {
  const info = kindInfo(kind);
  return info.site === 'trampoline' ? info.places : [];
}

/** Whether programs of a kind take the place of other programs, by whose rules their code goes (resolve_prog_type). */
export const replaces = (kind: AttachKind): boolean => trampolinePlaces(kind).includes('replace');

/** Whether a trampoline calls programs of a kind where the function's result is in their context. */
export const seesResult = (kind: AttachKind): boolean =>
  trampolinePlaces(kind).some((place) => place === 'fmodRet' || place === 'fexit');
