import type { Name } from '../../syntax/lab-ast.js';
import { type Diagnostic, errorAt } from '../../text/diagnostic.js';
import type { Findings } from '../../text/findings.js';
import { didYouMean } from '../../text/nearest.js';
import type { Span } from '../../text/source.js';
import { E2BIG, EBUSY, EINVAL, ENOENT, ENOTSUPP } from '../errno.js';
import type { Kernel, Link, Program } from '../kernel.js';
import { BPF_TRACE_MAX_PROGS, LINK } from '../layout.js';
import { writeProgramArray } from './arrays.js';
import { rebuildFunction, rebuildTracepoint } from './images.js';
import { isOnPerfEvent, kindInfo, type Starter, trampolinePlaces } from './kinds.js';

/** Why a program cannot be attached: what the kernel answers, and what to say. */
export interface Refused {
  readonly errno: number;
  readonly diagnostic: Diagnostic;
}

function refuse(
  program: Program,
  errno: number,
  code: 'B0602' | 'B0605',
  message: string,
  more: { help?: string | undefined; notes?: readonly string[] } = {},
): Refused {
  const at = program.span === undefined ? {} : { span: program.span };
  return { errno, diagnostic: errorAt(code, message, { ...at, ...more }) };
}

function refuseUnknown(kernel: Kernel, program: Program): Refused {
  const { on: target, kind } = program.attach;
  const isTracepoint = kindInfo(kind).site === 'tracepoint';
  const known = isTracepoint ? kernel.tracepoints : kernel.traceable;
  if (!isTracepoint && kernel.notrace.has(target)) {
    const notes = ['it runs outside the protection of the guard (notrace)'];
    return refuse(program, EINVAL, 'B0602', `\`${target}\` cannot be traced`, { notes });
  }
  const what = isTracepoint ? 'tracepoint' : 'function';
  if (!isTracepoint && kernel.programs.has(target)) {
    const notes = ['programs that trace other programs are not emulated'];
    return refuse(program, ENOTSUPP, 'B0602', `\`${target}\` is a program`, { notes });
  }
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

/** What the verifier says when a tracing program is loaded, and what attaching checks. */
function refuseOnFunction(kernel: Kernel, program: Program, links: readonly Link[]): Refused | undefined {
  const { kind, on: target, sleepable } = program.attach;
  const traced = kernel.traceable.get(target)!;
  const { model } = kernel;
  const { site, needs } = kindInfo(kind);
  if (site === 'probe') return undefined;
  if (!model.trampolines) {
    const help = 'kprobes and raw tracepoints work there';
    return refuse(program, ENOTSUPP, 'B0605', `${model.name} cannot attach programs by trampolines`, {
      help,
    });
  }
  if (needs !== undefined && !model[needs.feature]) {
    return refuse(program, EINVAL, 'B0605', `${model.name} has no ${kind} programs`, { help: needs.since });
  }
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

/** Attaches a program to what it names, with a cookie it can read, and makes the images anew that call it. */
export function attachProgram(kernel: Kernel, program: Program, cookie = 0n): Refused | undefined {
  const { site } = kindInfo(program.attach.kind);
  const { on: target } = program.attach;
  const detached = refuseDetached(program);
  if (detached !== undefined) return detached;
  const table = site === 'tracepoint' ? kernel.tracepointLinks : kernel.functionLinks;
  const known = site === 'tracepoint' ? kernel.tracepoints : kernel.traceable;
  if (!known.has(target)) return refuseUnknown(kernel, program);
  const links = table.get(target) ?? [];
  if (links.some((l) => l.program === program)) {
    const notes = ['the kernel answers -EBUSY'];
    return refuse(program, EBUSY, 'B0602', `\`${program.name}\` is attached already`, { notes });
  }
  if (site !== 'tracepoint') {
    const refused = refuseOnFunction(kernel, program, links);
    if (refused !== undefined) return refused;
  } else if (
    isOnPerfEvent(program.attach.kind) &&
    links.filter((l) => isOnPerfEvent(l.program.attach.kind)).length >= BPF_TRACE_MAX_PROGS
  ) {
    const message = `a perf event takes ${BPF_TRACE_MAX_PROGS} programs`;
    return refuse(program, E2BIG, 'B0605', message, { notes: ['the kernel answers -E2BIG'] });
  }
  const link: Link = { program, cookie };
  kernel.memory.writeU64(program.link + LINK.fields.cookie.offset, cookie);
  writeProgramArray(kernel, program.event, [link]);
  table.set(target, [...links, link]);
  if (site === 'tracepoint') rebuildTracepoint(kernel, target);
  else rebuildFunction(kernel, target);
  return undefined;
}

/** Detaches a program; false if it was not attached. */
export function detachProgram(kernel: Kernel, program: Program): boolean {
  const isTracepoint = kindInfo(program.attach.kind).site === 'tracepoint';
  const table = isTracepoint ? kernel.tracepointLinks : kernel.functionLinks;
  const { on: target } = program.attach;
  const links = table.get(target) ?? [];
  if (!links.some((l) => l.program === program)) return false;
  table.set(
    target,
    links.filter((l) => l.program !== program),
  );
  if (isTracepoint) rebuildTracepoint(kernel, target);
  else rebuildFunction(kernel, target);
  return true;
}

export function isAttached(kernel: Kernel, program: Program): boolean {
  const { on: target } = program.attach;
  return [kernel.functionLinks, kernel.tracepointLinks].some((table) =>
    (table.get(target) ?? []).some((l) => l.program === program),
  );
}

/** A program to attach, and the cookie it gets. */
export interface AttachOrder {
  readonly name: { readonly name: string; readonly span: Span | undefined };
  /** To what, if not to what the program names itself: `fentry/f`. */
  readonly to?: Name;
  readonly cookie: bigint;
}

/** Whether a program has an attach point, so that it is attached when nothing else is said. */
const isAttachable = (program: Program): boolean =>
  kindInfo(program.attach.kind).site !== 'none' && program.attach.on !== '';

/**
 * Attaches what a scenario lists, in that order; without a list, every program that has an attach point and is not attached
 * `later`, by an action.
 */
export function attachAll(
  kernel: Kernel,
  order: readonly AttachOrder[] | undefined,
  findings: Findings,
  later: ReadonlySet<string> = new Set(),
): void {
  // Tracepoints without programs need their code too.
  for (const name of kernel.tracepoints.keys()) rebuildTracepoint(kernel, name);
  const all = [...kernel.programs.values()].filter(
    (p) => p.autoload && isAttachable(p) && !later.has(p.name),
  );
  const wanted = order ?? all.map((p) => ({ name: { name: p.name, span: p.span }, cookie: 0n }));
  for (const { name, cookie } of wanted) {
    const program = kernel.programs.get(name.name);
    if (program === undefined) {
      const help = didYouMean(name.name, kernel.programs.keys());
      findings.error('B0407', `there is no program \`${name.name}\``, { span: name.span, help });
      continue;
    }
    const refused = attachProgram(kernel, program, cookie);
    if (refused === undefined) continue;
    findings.doubt(program.attach.on);
    const { diagnostic } = refused;
    findings.add(order === undefined ? diagnostic : { ...diagnostic, ...(name.span && { span: name.span }) });
  }
}
