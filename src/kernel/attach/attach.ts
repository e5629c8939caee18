import type { Name } from '../../syntax/lab-ast.js';
import { Findings } from '../../text/findings.js';
import { didYouMean } from '../../text/nearest.js';
import type { Span } from '../../text/source.js';
import { E2BIG, EBUSY, EINVAL, ENOENT, ENOTSUPP, EOPNOTSUPP } from '../errno.js';
import type { Kernel, Link, Program } from '../kernel.js';
import { BPF_TRACE_MAX_PROGS, LINK } from '../layout.js';
import { isInArray } from '../map/prog-array.js';
import { writeProgramArray } from './arrays.js';
import { rebuildFunction, rebuildTracepoint } from './images.js';
import {
  isOnPerfEvent,
  kindInfo,
  lackedFor,
  replaces,
  type Starter,
  takesOffset,
  takesPattern,
  trampolinePlaces,
} from './kinds.js';
import type { LinkOptions } from './link-options.js';
import { refuseMaxactive } from './maxactive.js';
import { refuseOffset } from './offset.js';
import { isPattern, matches } from './pattern.js';
import { type AttachTarget, OFFSET, parseAttachPoint, sectionFor } from './point.js';
import { refuseFullFrame } from './probe-frame.js';
import { refuseToTrace, targetOf } from './program-target.js';
import { readsBeyondArguments } from './raw-tracepoint.js';
import { type Refused, refuse } from './refused.js';
import { registeredOps } from './stages.js';

function refuseUnknown(kernel: Kernel, program: Program, target: string): Refused {
  const { kind } = program.attach;
  const isTracepoint = kindInfo(kind).site === 'tracepoint';
  const known = isTracepoint ? kernel.tracepoints : kernel.traceable;
  if (!isTracepoint && kernel.notrace.has(target)) {
    const notes = ['it runs outside the protection of the guard (notrace)'];
    return refuse(program, EINVAL, 'B0602', `\`${target}\` cannot be traced`, { notes });
  }
  const what = isTracepoint ? 'tracepoint' : 'function';
  const inside = OFFSET.exec(target);
  if (inside !== null && !takesOffset(kind) && known.has(inside[1]!))
    return refuse(
      program,
      EINVAL,
      'B0602',
      `a program of kind ${kind} cannot be in the middle of \`${inside[1]}\``,
      {
        help: `only a kprobe can: write \`${kind}/${inside[1]}\``,
      },
    );
  if (takesPattern(kind) && isPattern(target))
    return refuse(program, ENOENT, 'B0602', `no function matches \`${target}\``, {
      help: '`tinybpf list functions` shows what there is',
    });
  const help = didYouMean(target, known.keys()) ?? `\`tinybpf list ${what}s\` shows what there is`;
  return refuse(program, ENOENT, 'B0602', `there is no ${what} \`${target}\` to attach to`, { help });
}

const isModifying = (p: Program): boolean => trampolinePlaces(p.attach.kind).includes('fmodRet');

/** Limits of one trampoline; a program counts once for each place it is called at. */
function refuseTooMany(kernel: Kernel, program: Program, links: readonly Link[]): Refused | undefined {
  const { model } = kernel;
  const called = [...links.map((l) => l.program), program];
  const all = called.reduce((n, p) => n + trampolinePlaces(p.attach.kind).length, 0);
  const fmodRet = called.filter(isModifying).length;
  const answers = ['the kernel answers -E2BIG'];
  if (isModifying(program) && fmodRet > model.maxFmodRet) {
    const message = `${model.name} takes ${model.maxFmodRet} fmod_ret programs on one function`;
    return refuse(program, E2BIG, 'B0605', message, { notes: answers });
  }
  if (all <= model.maxLinks) return undefined;
  const message = `${model.name} takes ${model.maxLinks} programs on one function`;
  return refuse(program, E2BIG, 'B0605', message, { notes: answers });
}

/**
 * A program that is replaced has nothing else attached to it, and is in no array of programs on kernels that look
 * (__bpf_trampoline_link_prog, kernel/bpf/trampoline.c).
 */
function refuseBesides(kernel: Kernel, program: Program, target: string): Refused | undefined {
  const busy = (message: string): Refused =>
    refuse(program, EBUSY, 'B0602', message, {
      notes: [
        'what is replaced is neither traced, replaced nor called by tail calls: the kernel answers -EBUSY',
      ],
    });
  const isReplacing = replaces(program.attach.kind);
  const links = kernel.functionLinks.get(target) ?? [];
  const other = links.find((l) => isReplacing || replaces(l.program.attach.kind));
  if (other !== undefined) return busy(`\`${other.program.name}\` is attached to \`${target}\``);
  const replaced = kernel.programs.get(target);
  if (!isReplacing || replaced === undefined || !kernel.model.keepsReplacedFromArrays) return undefined;
  return isInArray(kernel.maps.values(), replaced.at)
    ? busy(`\`${target}\` is in an array of programs`)
    : undefined;
}

const ERRNO = { EINVAL, EOPNOTSUPP };

/** Kinds that came with a later kernel. */
function refuseMissing({ model }: Kernel, program: Program): Refused | undefined {
  const { kind } = program.attach;
  const missing = lackedFor(kind, model);
  if (missing === undefined) return undefined;
  return refuse(program, ERRNO[missing.answer], 'B0605', `${model.name} has no ${kind} programs`, {
    help: missing.since,
    notes: [`the kernel answers -${missing.answer}`],
  });
}

/** What the verifier says when a tracing program is loaded, and what attaching checks. */
function refuseOnFunction(kernel: Kernel, program: Program, target: string): Refused | undefined {
  const { kind, sleepable } = program.attach;
  const links = kernel.functionLinks.get(target) ?? [];
  const traced = targetOf(kernel, target)!;
  const { model } = kernel;
  const { site } = kindInfo(kind);
  if (site === 'probe') return refuseMissing(kernel, program);
  if (!model.trampolines) {
    const help = 'kprobes and raw tracepoints work there';
    return refuse(program, ENOTSUPP, 'B0605', `${model.name} cannot attach programs by trampolines`, {
      help,
    });
  }
  const missing = refuseMissing(kernel, program) ?? refuseBesides(kernel, program, target);
  if (missing !== undefined) return missing;
  if (isModifying(program) && !traced.modifiable) {
    const help = 'a function of the lab must be declared with `fmod_ret` after its parameters';
    return refuse(program, EINVAL, 'B0602', `${target}() is not modifiable`, { help });
  }
  if (sleepable && !traced.sleepable) {
    const help = 'a function of the lab must be declared with `sleepable` after its parameters';
    return refuse(program, EINVAL, 'B0602', `${target} is not sleepable`, { help });
  }
  return refuseTooMany(kernel, program, links);
}

const HOW_TO_START: Readonly<Record<Starter, string>> = {
  test_run: 'run it with `test_run`',
  perf: 'an interrupt runs it: `hardirq { perf NAME }`',
  iter: 'run it with `iter`',
};

/** What a program that is not attached to anything is refused for, wherever it would be attached. */
export function refuseDetached(program: Program): Refused | undefined {
  if (isAttachable(program)) return undefined;
  const { kind } = program.attach;
  const info = kindInfo(kind);
  if (info.site !== 'none') {
    const message = `\`${program.name}\` does not say what to attach to`;
    return refuse(program, EINVAL, 'B0602', message, {
      help: `say it: \`attach ${program.name} to ${kind}/NAME\``,
    });
  }
  const help = HOW_TO_START[info.startedBy];
  return refuse(program, EINVAL, 'B0602', `\`${program.name}\` has nothing to be attached to`, { help });
}

const isSame = (a: AttachTarget, b: AttachTarget): boolean => a.on === b.on && a.offset === b.offset;

/** What a program is attached to, what matches instead of a pattern. */
function targetsOf(
  kernel: Kernel,
  { attach, targets }: Program,
  only: AttachTarget | undefined,
): AttachTarget[] {
  const wanted = only === undefined ? targets : [only];
  const all = wanted.flatMap((target) =>
    takesPattern(attach.kind) && isPattern(target.on)
      ? [...kernel.traceable.keys()]
          .filter((name) => matches(target.on, name))
          .map((on) => ({ on, offset: 0 }))
      : [target],
  );
  return all.filter((target, i) => all.findIndex((other) => isSame(other, target)) === i);
}

/** Functions, or tracepoints, with what is attached to them. */
const linksOf = (kernel: Kernel, { attach }: Program): Map<string, readonly Link[]> =>
  kindInfo(attach.kind).site === 'tracepoint' ? kernel.tracepointLinks : kernel.functionLinks;

function rebuild(kernel: Kernel, { attach }: Program, target: string): void {
  if (kindInfo(attach.kind).site === 'tracepoint') rebuildTracepoint(kernel, target);
  else rebuildFunction(kernel, target);
}

/** Why a program cannot be attached to one thing; undefined if it can. */
function refuseOn(kernel: Kernel, program: Program, place: AttachTarget): Refused | undefined {
  const { on: target, offset } = place;
  const isTracepoint = kindInfo(program.attach.kind).site === 'tracepoint';
  const known = isTracepoint ? kernel.tracepoints : kernel.traceable;
  const traced = known.has(target) || isTracepoint ? undefined : kernel.programs.get(target);
  if (known.has(target) && replaces(program.attach.kind))
    return refuse(program, EINVAL, 'B0602', `\`${target}\` is not a program`, {
      help: 'write the name of a program after the slash: what calls that one calls this instead',
    });
  if (!known.has(target)) {
    if (traced === undefined) return refuseUnknown(kernel, program, target);
    const refused = refuseToTrace(kernel, program, traced);
    if (refused !== undefined)
      return refuse(program, EINVAL, 'B0602', refused.message, { notes: [refused.note] });
  }
  const links = linksOf(kernel, program).get(target) ?? [];
  if (links.some((l) => l.program === program && l.offset === offset)) {
    const notes = ['the kernel answers -EBUSY'];
    return refuse(program, EBUSY, 'B0602', `\`${program.name}\` is attached already`, { notes });
  }
  if (!isTracepoint) {
    const isProbe = kindInfo(program.attach.kind).site === 'probe';
    return (
      refuseOnFunction(kernel, program, target) ??
      refuseOffset(kernel, program, place) ??
      (isProbe ? refuseFullFrame(kernel, program, place) : undefined)
    );
  }
  if (readsBeyondArguments(kernel, program, target)) {
    const notes = ['Linux loads it; it does not attach it, and answers -EINVAL'];
    const message = `\`${program.name}\` reads beyond the arguments of \`${target}\``;
    return refuse(program, EINVAL, 'B0602', message, { notes });
  }
  if (
    isOnPerfEvent(program.attach.kind) &&
    links.filter((l) => isOnPerfEvent(l.program.attach.kind)).length >= BPF_TRACE_MAX_PROGS
  ) {
    const message = `a perf event takes ${BPF_TRACE_MAX_PROGS} programs`;
    return refuse(program, E2BIG, 'B0605', message, { notes: ['the kernel answers -E2BIG'] });
  }
  return undefined;
}

const NO_OPTIONS: LinkOptions = { cookie: 0n };

/** How many calls whose return it waits for a link has room for. */
function instances(
  { cpus }: Kernel,
  { attach }: Program,
  { maxactive }: LinkOptions,
  targets: readonly AttachTarget[],
): number {
  const info = kindInfo(attach.kind);
  if (info.site !== 'probe') return 0;
  switch (info.layer) {
    // register_kretprobe, kernel/kprobes.c. Before 6.1.3, kernels without preemption had as many as CPUs.
    case 'kprobe':
      return maxactive ?? Math.max(10, 2 * cpus);
    // fprobe_init_rethook, kernel/trace/fprobe.c
    case 'fprobe':
      return targets.length * cpus * 2;
    case 'uprobe':
      return 0;
    default:
      return info.layer satisfies never;
  }
}

/**
 * Attaches a program to all that it names, or to `only` one of them, with what is said of it there, and makes the images anew
 * that call it. It is attached to nothing more if any of it is refused.
 */
export function attachProgram(
  kernel: Kernel,
  program: Program,
  options: LinkOptions = NO_OPTIONS,
  only?: AttachTarget,
): Refused | undefined {
  const { cookie } = options;
  const detached = refuseDetached(program) ?? refuseMaxactive(program, options);
  if (detached !== undefined) return detached;
  const targets = targetsOf(kernel, program, only);
  if (targets.length === 0) return refuseUnknown(kernel, program, only?.on ?? program.attach.on);
  for (const target of targets) {
    const refused = refuseOn(kernel, program, target);
    if (refused !== undefined) return refused;
  }
  for (const [index, said] of program.targets.entries()) {
    if (only !== undefined && !isSame(only, said)) continue;
    const { link: at, event } = program.links[index]!;
    const reached = targetsOf(kernel, program, said);
    kernel.memory.writeU64(at + LINK.fields.cookie.offset, cookie);
    kernel.memory.writeU64(
      at + LINK.fields.free.offset,
      BigInt(instances(kernel, program, options, reached)),
    );
    kernel.memory.writeU64(at + LINK.fields.offset.offset, BigInt(said.offset));
    const link: Link = { program, index, offset: said.offset, cookie };
    writeProgramArray(kernel, event, [link]);
    for (const { on } of reached) linkTo(kernel, link, on);
  }
  return undefined;
}

/** A link reaches one thing more; patterns that both match it give it one. */
function linkTo(kernel: Kernel, link: Link, target: string): void {
  const { program } = link;
  const info = kindInfo(program.attach.kind);
  if (info.site === 'probe' && info.layer === 'uprobe') kernel.mapTable.userFunctions.add(target);
  const table = linksOf(kernel, program);
  const before = table.get(target) ?? [];
  if (before.some((l) => l.program === program && l.offset === link.offset)) return;
  table.set(target, [...before, link]);
  registerOps(kernel);
  rebuild(kernel, program, target);
}

function registerOps(kernel: Kernel): void {
  const links = [...kernel.functionLinks.values()].flat();
  kernel.ftraceOps = registeredOps(kernel.model, links, kernel.ftraceOps);
}

/** Detaches a program from all that it is attached to; false if that is nothing. */
export function detachProgram(kernel: Kernel, program: Program): boolean {
  const table = linksOf(kernel, program);
  let isFound = false;
  for (const [target, links] of [...table]) {
    if (!links.some((l) => l.program === program)) continue;
    isFound = true;
    table.set(
      target,
      links.filter((l) => l.program !== program),
    );
    registerOps(kernel);
    rebuild(kernel, program, target);
  }
  return isFound;
}

export const isAttached = (kernel: Kernel, program: Program): boolean =>
  [...linksOf(kernel, program).values()].flat().some((l) => l.program === program);

/** A program to attach. */
export interface AttachOrder extends LinkOptions {
  readonly name: { readonly name: string; readonly span: Span | undefined };
  /** To what, if not to what the program names itself: `fentry/f`. */
  readonly to?: Name;
}

/** All that is to be attached. */
interface AttachOrders {
  readonly attach?: readonly AttachOrder[];
  readonly attachToo?: readonly AttachOrder[];
}

/** What an order names besides the program; undefined where it names nothing. */
export const onlyOf = ({ model }: Kernel, to: Name | undefined): AttachTarget | undefined =>
  to && parseAttachPoint({ ...to, name: sectionFor(to.name, model.arch) }, new Findings());

/** Whether a program has an attach point, so that it is attached when nothing else is said. */
const isAttachable = (program: Program): boolean =>
  kindInfo(program.attach.kind).site !== 'none' && program.attach.on !== '';

/**
 * Attaches what a scenario lists, in that order; without a list, every program that has an attach point and is not attached
 * `later`, by an action. What is to be attached too follows.
 */
export function attachAll(
  kernel: Kernel,
  { attach, attachToo = [] }: AttachOrders,
  findings: Findings,
  later: ReadonlySet<string> = new Set(),
): void {
  // Tracepoints without programs need their code too.
  for (const name of kernel.tracepoints.keys()) rebuildTracepoint(kernel, name);
  const all = [...kernel.programs.values()].filter(
    (p) => p.autoload && isAttachable(p) && !later.has(p.name),
  );
  const listed: readonly AttachOrder[] =
    attach ?? all.map((p) => ({ name: { name: p.name, span: p.span }, cookie: 0n }));
  const wanted = [...listed, ...attachToo];
  for (const order of wanted) {
    const { name, to } = order;
    const program = kernel.programs.get(name.name);
    if (program === undefined) {
      const names = [...kernel.programs.keys()];
      findings.error('B0407', `there is no program \`${name.name}\``, {
        span: name.span,
        expected: names.join(', '),
        help: didYouMean(name.name, names),
      });
      continue;
    }
    // What is wrong with a place that is said otherwise has been told.
    if (findings.doubts(program.name)) continue;
    const refused = attachProgram(kernel, program, order, onlyOf(kernel, to));
    if (refused === undefined) continue;
    // What is told of a name in doubt is left out, and this is told of the program's.
    if (program.attach.on !== program.name) findings.doubt(program.attach.on);
    const { diagnostic } = refused;
    findings.add(
      attach === undefined ? diagnostic : { ...diagnostic, ...(name.span && { span: name.span }) },
    );
  }
}
