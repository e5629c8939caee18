import { didYouMean } from '../../text/nearest.js';
import { E2BIG, EBUSY, EINVAL, ENOENT, ENOTSUPP, EOPNOTSUPP } from '../errno.js';
import type { Kernel, Link, Program } from '../kernel.js';
import { BPF_TRACE_MAX_PROGS } from '../layout.js';
import { isInArray } from '../map/prog-array.js';
import { type KernelModel, MODELS } from '../model.js';
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
import { refuseOffset } from './offset.js';
import { ownFunctions, programOf } from './own-function.js';
import { isPattern } from './pattern.js';
import { type AttachTarget, OFFSET } from './point.js';
import { refuseFullFrame } from './probe-frame.js';
import { refuseToTrace, targetOf } from './program-target.js';
import { type Refused, refuse } from './refused.js';
import { refuseReads } from './tracepoint-reads.js';

/** Whether a program has an attach point, so that it is attached when nothing else is said. */
export const isAttachable = (program: Program): boolean =>
  kindInfo(program.attach.kind).site !== 'none' && program.attach.on !== '';

/** Functions, or tracepoints, with what is attached to them. */
export const linksOf = (kernel: Kernel, { attach }: Program): Map<string, readonly Link[]> =>
  kindInfo(attach.kind).site === 'tracepoint' ? kernel.tracepointLinks : kernel.functionLinks;

const REPLACES = 'write PROGRAM or PROGRAM.FUNCTION after the slash: what calls that calls this instead';

export function refuseUnknown(kernel: Kernel, program: Program, target: string): Refused {
  const { kind } = program.attach;
  const isTracepoint = kindInfo(kind).site === 'tracepoint';
  const isReplacing = replaces(kind);
  const known = isTracepoint ? kernel.tracepoints : isReplacing ? kernel.programs : kernel.traceable;
  if (!isTracepoint && kernel.notrace.has(target)) {
    const notes = ['it runs outside the protection of the guard (notrace)'];
    return refuse(program, EINVAL, 'B0602', `\`${target}\` cannot be traced`, { notes });
  }
  const what = isTracepoint ? 'tracepoint' : isReplacing ? 'program' : 'function';
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
  const own = trampolinePlaces(kind).length > 0 ? ownFunctions(kernel) : [];
  const whose = own.filter(({ label }) => label === target).map(({ name }) => `\`${kind}/${name}\``);
  const help =
    whose.length > 0
      ? `say whose function it is: ${whose.join(' or ')}`
      : (didYouMean(target, [...known.keys(), ...own.map(({ name }) => name)]) ??
        (isReplacing ? REPLACES : `\`tinybpf list ${what}s\` shows what there is`));
  return refuse(program, ENOENT, 'B0602', `there is no ${what} \`${target}\` to attach to`, { help });
}

const isModifying = (p: Program): boolean => trampolinePlaces(p.attach.kind).includes('fmodRet');

/** Limits of one trampoline; a program counts once for each place it is called at. */
function refuseTooMany(kernel: Kernel, program: Program, links: readonly Link[]): Refused | undefined {
  const called = [...links.map((l) => l.program), program];
  const all = called.reduce((n, p) => n + trampolinePlaces(p.attach.kind).length, 0);
  const fmodRet = called.filter(isModifying).length;
  const fits = (m: KernelModel): boolean => fmodRet <= m.maxFmodRet && all <= m.maxLinks;
  if (fits(kernel.model)) return undefined;
  const { name, maxFmodRet, maxLinks } = kernel.model;
  const most = fmodRet > maxFmodRet ? `${maxFmodRet} fmod_ret programs` : `${maxLinks} programs`;
  return refuse(program, E2BIG, 'B0605', `${name} takes ${most} on one function`, {
    notes: ['the kernel answers -E2BIG'],
    isOfKernel: MODELS.some(fits),
  });
}

/**
 * A program that is replaced has nothing else attached to it, and is in no array of programs on kernels that look
 * (__bpf_trampoline_link_prog, kernel/bpf/trampoline.c).
 */
function refuseBesides(kernel: Kernel, program: Program, target: string): Refused | undefined {
  const busy = (message: string, isOfKernel = false): Refused =>
    refuse(program, EBUSY, 'B0602', message, {
      isOfKernel,
      notes: [
        'what is replaced is neither traced, replaced nor called by tail calls: the kernel answers -EBUSY',
      ],
    });
  const isReplacing = replaces(program.attach.kind);
  const links = kernel.functionLinks.get(target) ?? [];
  const others = links.filter((l) => isReplacing || replaces(l.program.attach.kind));
  if (others.length > 0) {
    const names = others.map((l) => `\`${l.program.name}\``);
    return busy(
      `\`${target}\` is ${replaces(others[0]!.program.attach.kind) ? 'replaced' : 'traced'} by ${names.join(' and ')}`,
    );
  }
  const replaced = programOf(kernel, target);
  if (!isReplacing || replaced === undefined || !kernel.model.keepsReplacedFromArrays) return undefined;
  return isInArray(kernel.maps.values(), replaced.at)
    ? busy(`\`${replaced.name}\` is in an array of programs`, true)
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
    isOfKernel: true,
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
    return refuse(program, ENOTSUPP, 'B0605', `${model.name} cannot attach programs by trampolines`, {
      help: 'kprobes and raw tracepoints work there',
      isOfKernel: true,
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

/** Why a program cannot be attached to one thing; undefined if it can. */
export function refuseOn(kernel: Kernel, program: Program, place: AttachTarget): Refused | undefined {
  const { on: target, offset } = place;
  const isTracepoint = kindInfo(program.attach.kind).site === 'tracepoint';
  const known = isTracepoint ? kernel.tracepoints : kernel.traceable;
  const traced = known.has(target) || isTracepoint ? undefined : programOf(kernel, target);
  if (known.has(target) && replaces(program.attach.kind))
    return refuse(program, EINVAL, 'B0602', `\`${target}\` is not a program`, {
      help: REPLACES,
    });
  if (!known.has(target)) {
    if (traced === undefined) return refuseUnknown(kernel, program, target);
    const refused = refuseToTrace(kernel, program, traced, target);
    if (refused !== undefined) {
      const { message, note, isOfKernel } = refused;
      return refuse(program, EINVAL, 'B0602', message, { notes: [note], isOfKernel });
    }
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
  const reads = refuseReads(kernel, program, target);
  if (reads !== undefined) return reads;
  if (
    isOnPerfEvent(program.attach.kind) &&
    links.filter((l) => isOnPerfEvent(l.program.attach.kind)).length >= BPF_TRACE_MAX_PROGS
  ) {
    const message = `a perf event takes ${BPF_TRACE_MAX_PROGS} programs`;
    return refuse(program, E2BIG, 'B0605', message, { notes: ['the kernel answers -E2BIG'] });
  }
  return undefined;
}
