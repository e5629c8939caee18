import type { Arch } from '../model.js';
import { eventName, linkName, uprobesAt } from '../names.js';
import type { ProbeHalf, ProbeLayer, ProbeWay } from './kinds.js';
import {
  add,
  address,
  type CodeLine,
  call,
  copy,
  exit,
  goTo,
  ifZero,
  inFrame,
  label,
  load,
  type Place,
  R10,
  set,
  set32,
  store,
} from './lines.js';
import { loadArguments, saveArguments } from './trampoline.js';

/** A program as the code of a probe names it. */
export interface ProbedProgram {
  readonly name: string;
  /** Which of its links. */
  readonly link: number;
  readonly runsAt: { readonly entry: boolean; readonly return: boolean };
  /** Whether a return takes one of the instances that the link has (bpf_link.free). */
  readonly takesInstance: boolean;
  readonly sleepable: boolean;
}

/** Probes that are asked one after the other, before what comes next: the last attached first. */
export interface ProbeStage {
  readonly layer: ProbeLayer;
  readonly ways: Readonly<Record<ProbeHalf, ProbeWay>>;
  /** Whether what ftrace keeps out is counted on the link. */
  readonly countsNested: boolean;
  readonly probes: readonly ProbedProgram[];
}

/**
 * Where registers lie in struct pt_regs: byte offsets of the arguments, of the result and of the instruction pointer; and of those
 * that the JIT compiler has r0 to r9 in (bpf2a64, arch/arm64/net/bpf_jit_comp.c; reg2hex, arch/x86/net/bpf_jit_comp.c).
 */
export interface PtRegs {
  readonly size: number;
  readonly args: readonly number[];
  readonly result: number;
  readonly ip: number;
  readonly saved: readonly number[];
}

export const PT_REGS: Readonly<Record<Arch, PtRegs>> = {
  // struct user_pt_regs: regs[31], sp, pc, pstate (arch/arm64/include/uapi/asm/ptrace.h)
  arm64: {
    size: 272,
    args: [0, 8, 16, 24, 32, 40, 48, 56],
    result: 0,
    ip: 256,
    // x7, x0 to x4, x19 to x22
    saved: [56, 0, 8, 16, 24, 32, 152, 160, 168, 176],
  },
  // r15 … r9 r8 ax cx dx si di orig_ax ip cs flags sp ss (arch/x86/include/asm/ptrace.h)
  amd64: {
    size: 168,
    args: [112, 104, 96, 88, 72, 64],
    result: 80,
    ip: 128,
    // rax, rdi, rsi, rdx, rcx, r8, rbx, r13, r14, r15
    saved: [80, 112, 104, 96, 88, 72, 40, 16, 8, 0],
  },
};

/** Offsets from r10 of what an image of probes keeps in its frame. */
interface ProbeFrame {
  readonly args: number;
  /** 1 where the return is one that uprobes wait for. */
  readonly depth: number;
  /** What a breakpoint has interrupted. */
  readonly interrupted: number;
  readonly regs: number;
  /** For each probe that runs on return: 1 once it is to run then; for each session the 8 bytes of its cookie. */
  readonly armed: ReadonlyMap<ProbedProgram, number>;
  readonly cookies: ReadonlyMap<ProbedProgram, number>;
}

/** `regs` is the lowest of its offsets: so many bytes the frame has. */
export function frameOf(nargs: number, stages: readonly ProbeStage[], ptRegs: PtRegs): ProbeFrame {
  const all = stages.filter((s) => s.layer !== 'uprobe').flatMap((s) => s.probes);
  const args = -8 * nargs;
  const returning = all.filter((p) => p.runsAt.return);
  const sessions = returning.filter((p) => p.runsAt.entry);
  const depth = args - 8;
  const interrupted = depth - 8;
  const armed = new Map(returning.map((p, i) => [p, interrupted - 8 * (i + 1)]));
  const after = interrupted - 8 * returning.length;
  const cookies = new Map(sessions.map((p, i) => [p, after - 8 * (i + 1)]));
  // What only uprobes need lies in the frames of what runs them, so that functions of user space can call each other deeply.
  const regs = after - 8 * sessions.length - (all.length === 0 ? 0 : ptRegs.size);
  return { args, depth, interrupted, regs, armed, cookies };
}

export const linkOf = ({ name, link }: ProbedProgram): CodeLine => address(1, linkName(name, link));

/** The arguments of a function, and where it is, put into struct pt_regs at `regs` from an array. */
export function fillRegs(
  fn: string,
  { base, offset }: Place,
  nargs: number,
  { regs, ptRegs }: { readonly regs: number; readonly ptRegs: PtRegs },
): CodeLine[] {
  const held = ptRegs.args.slice(0, nargs);
  return [
    ...held.flatMap((at, i) => [load(1, { base, offset: offset + 8 * i }), store(inFrame(regs + at), 1)]),
    address(1, fn),
    store(inFrame(regs + ptRegs.ip), 1),
  ];
}

/**
 * A function of user space is entered: its uprobes run, and wait for the return unless the task is in too many functions already of
 * which they do (prepare_uretprobe, kernel/events/uprobes.c).
 */
function enterUprobes(fn: string, probes: readonly ProbedProgram[], { args, depth }: ProbeFrame): CodeLine[] {
  const returning = probes.filter((p) => p.runsAt.return);
  return [
    ...(probes.some((p) => p.runsAt.entry) ? [copy(1, R10), add(1, args), call(uprobesAt('entry', fn))] : []),
    ...(returning.length === 0
      ? []
      : [
          call('prepare_uretprobe'),
          store(inFrame(depth), 0),
          ifZero(0, '!=', 'prepared$'),
          ...returning.flatMap((p) => [linkOf(p), call('uretprobe_omit')]),
          label('prepared$'),
        ]),
  ];
}

/** It has returned: what waits for that runs, and the task is in one less. */
function leaveUprobes(fn: string, probes: readonly ProbedProgram[], { args, depth }: ProbeFrame): CodeLine[] {
  if (!probes.some((p) => p.runsAt.return)) return [];
  return [
    load(1, inFrame(depth)),
    ifZero(1, '==', 'omitted$'),
    copy(1, R10),
    add(1, args),
    copy(2, 6),
    call(uprobesAt('return', fn)),
    call('free_ret_instance'),
    label('omitted$'),
  ];
}

/** What runs the program of a kprobe's perf event. */
const onEvent = ({ name, link }: ProbedProgram, { regs }: ProbeFrame): CodeLine[] => [
  address(1, eventName(name, link)),
  copy(2, R10),
  add(2, regs),
  call('trace_call_bpf'),
];

/** What runs a program of fprobe; r0 is what it returned. */
function onFprobe(probe: ProbedProgram, frame: ProbeFrame, half: ProbeHalf): CodeLine[] {
  const cookie = frame.cookies.get(probe);
  return [
    linkOf(probe),
    copy(2, R10),
    add(2, frame.regs),
    set32(3, half === 'return' ? 1 : 0),
    ...(cookie === undefined ? [set(4, 0)] : [copy(4, R10), add(4, cookie)]),
    call('kprobe_multi_link_prog_run'),
  ];
}

/** What happens at a breakpoint, an exception that has interrupts off until it returns; what it interrupted is kept at an offset. */
export const atBreakpoint = (interrupted: number, body: readonly CodeLine[]): CodeLine[] => [
  call('breakpoint_enter'),
  store(inFrame(interrupted), 0),
  ...body,
  load(1, inFrame(interrupted)),
  call('breakpoint_exit'),
];

/** The entry of the kprobe layer at an address, which all its kprobes share and which is busy if it is inside one already. */
export function enterKprobes(probes: readonly ProbedProgram[], frame: ProbeFrame, id: string): CodeLine[] {
  return [
    linkOf(probes[0]!),
    call('kprobe_begin'),
    ifZero(0, '==', `busy$${id}`),
    ...probes.flatMap((p) => [
      ...(p.runsAt.entry ? onEvent(p, frame) : []),
      ...(p.runsAt.return
        ? [linkOf(p), call('kretprobe_try_get'), store(inFrame(frame.armed.get(p)!), 0)]
        : []),
    ]),
    call('kprobe_end'),
    goTo(`done$${id}`),
    label(`busy$${id}`),
    ...probes.flatMap((p) => [linkOf(p), call('kprobes_inc_nmissed_count')]),
    label(`done$${id}`),
    call('preempt_enable_notrace'),
  ];
}

/** A probe that gets no instance runs at neither end; a session whose entry half returned non-zero does not run on return. */
function enterFprobe(probe: ProbedProgram, frame: ProbeFrame, id: string): CodeLine[] {
  const armed = frame.armed.get(probe);
  const arm = armed === undefined ? [] : [set(1, 1), store(inFrame(armed), 1)];
  const run = probe.runsAt.entry ? onFprobe(probe, frame, 'entry') : [set(0, 0)];
  const recycle = probe.takesInstance ? [linkOf(probe), call('kretprobe_recycle')] : [];
  return [
    ...(probe.takesInstance ? [linkOf(probe), call('kretprobe_try_get'), ifZero(0, '==', `done$${id}`)] : []),
    ...run,
    ...(armed === undefined ? [] : [ifZero(0, '==', `arm$${id}`)]),
    ...(armed === undefined ? [] : [...recycle, goTo(`done$${id}`), label(`arm$${id}`)]),
    ...arm,
    label(`done$${id}`),
  ];
}

/** What a stage does as the function is entered. */
function enter(fn: string, { layer, probes }: ProbeStage, frame: ProbeFrame, id: string): CodeLine[] {
  switch (layer) {
    case 'kprobe':
      return enterKprobes(probes, frame, id);
    case 'fprobe':
      return probes.flatMap((p, i) => enterFprobe(p, frame, `${id}$${i}`));
    case 'uprobe':
      return enterUprobes(fn, probes, frame);
    default:
      return layer satisfies never;
  }
}

/** What runs from ftrace, unless this context is inside of that twice already (ftrace_test_recursion_trylock). */
const underFtrace = (
  { probes, countsNested }: Pick<ProbeStage, 'probes' | 'countsNested'>,
  body: readonly CodeLine[],
  id: string,
): CodeLine[] => [
  call('ftrace_test_recursion_trylock'),
  copy(7, 0),
  ifZero(0, 's<', `nested$${id}`),
  ...body,
  copy(1, 7),
  call('ftrace_test_recursion_unlock'),
  goTo(`unlocked$${id}`),
  label(`nested$${id}`),
  ...probes.flatMap((p) => [linkOf(p), set32(2, countsNested ? 1 : 0), call('ftrace_record_recursion')]),
  label(`unlocked$${id}`),
];

/** What calls probes, round what they do. */
function reached(
  way: ProbeWay,
  stage: Pick<ProbeStage, 'probes' | 'countsNested'>,
  body: readonly CodeLine[],
  { id, interrupted }: { readonly id: string; readonly interrupted: number },
): readonly CodeLine[] {
  switch (way) {
    case 'ftrace':
      return underFtrace(stage, body, id);
    case 'breakpoint':
      return atBreakpoint(interrupted, body);
    case 'return address':
    case 'user space':
      return body;
    default:
      return way satisfies never;
  }
}

/** What happens when the function has returned: only probes that took the place of its return address run. */
function leave(stage: ProbeStage, probe: ProbedProgram, frame: ProbeFrame, id: string): CodeLine[] {
  const skip = `left$${id}`;
  const recycle = probe.takesInstance ? [linkOf(probe), call('kretprobe_recycle')] : [];
  const run =
    stage.layer === 'kprobe'
      ? [
          linkOf(probe),
          call('kretprobe_begin'),
          ...onEvent(probe, frame),
          call('kprobe_end'),
          call('preempt_enable_notrace'),
        ]
      : onFprobe(probe, frame, 'return');
  const way = stage.ways.return;
  const { interrupted } = frame;
  const left = [...run, ...recycle];
  return [
    load(1, inFrame(frame.armed.get(probe)!)),
    ifZero(1, '==', skip),
    ...reached(way, { ...stage, probes: [probe] }, left, { id: `return$${id}`, interrupted }),
    label(skip),
  ];
}

/**
 * Probes of one stage in the order in which they run on return. Kretprobes each take the place of the return address that they find,
 * so the last one comes first; fprobes of one ftrace_ops are asked in the same order again (fprobe_return, kernel/trace/fprobe.c).
 */
const returning = ({ layer, probes }: ProbeStage): readonly ProbedProgram[] => {
  const all = probes.filter((p) => p.runsAt.return);
  return layer === 'kprobe' ? all.reverse() : all;
};

/**
 * The code that runs probes round what `next` names: registers as struct pt_regs on the stack, the stages from the outermost to
 * the innermost, the call, and what they have to do on return from the innermost to the outermost.
 */
export function probeLines(
  fn: string,
  nargs: number,
  stages: readonly ProbeStage[],
  next: string,
  ptRegs: PtRegs,
): readonly CodeLine[] {
  const frame = frameOf(nargs, stages, ptRegs);
  const { args, interrupted, regs } = frame;
  const lines: CodeLine[] = [...saveArguments(nargs, args)];
  const needsRegs = stages.some((s) => s.layer !== 'uprobe');
  if (needsRegs) lines.push(...fillRegs(fn, { base: R10, offset: args }, nargs, { regs, ptRegs }));
  stages.forEach((stage, s) => {
    const entered = enter(fn, stage, frame, `${s}`);
    lines.push(...reached(stage.ways.entry, stage, entered, { id: `entry$${s}`, interrupted }));
  });
  lines.push(...loadArguments(nargs, args), call(next), copy(6, 0));
  if (needsRegs && stages.some((s) => s.probes.some((p) => p.runsAt.return)))
    lines.push(store(inFrame(regs + ptRegs.result), 6));
  [...stages].reverse().forEach((stage, s) => {
    if (stage.layer === 'uprobe') {
      lines.push(...leaveUprobes(fn, stage.probes, frame));
      return;
    }
    for (const [i, p] of returning(stage).entries()) lines.push(...leave(stage, p, frame, `${s}$${i}`));
  });
  lines.push(copy(0, 6), exit);
  return lines;
}
