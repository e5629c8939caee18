import type { Kernel, Program, Traceable } from '../kernel.js';
import { kindInfo, replaces, trampolinePlaces } from './kinds.js';

/** Whether programs of a kind can be attached to programs: at their entry or their return, not in place of them. */
const tracesPrograms = ({ attach }: Program): boolean => {
  const places = trampolinePlaces(attach.kind);
  return places.length > 0 && !places.includes('fmodRet');
};

/** Why a program cannot be attached to another one: what the verifier says, and a note. */
interface RefusedTarget {
  readonly message: string;
  readonly note: string;
  /** Later kernels take it. */
  readonly isOfKernel?: true;
}

/** Why a program cannot take the place of another one (bpf_check_attach_target, kernel/bpf/verifier.c). */
function refuseToReplace(target: Program): RefusedTarget | undefined {
  const { kind } = target.attach;
  const message = `\`${target.name}\` is of kind ${kind}`;
  if (replaces(kind)) return { message, note: 'the kernel says "Cannot recursively attach"' };
  const places = trampolinePlaces(kind);
  return isTracing(target) && places.length > 0 && !places.includes('fmodRet')
    ? { message, note: 'the kernel says "Cannot extend fentry/fexit"' }
    : undefined;
}

/** Whether a program is of BPF_PROG_TYPE_TRACING. */
const isTracing = ({ attach: { kind } }: Program): boolean => {
  const { site, isTyped } = kindInfo(kind);
  return isTyped && (site !== 'trampoline' || kindInfo(kind).guard === 'active');
};

/** The program that another one traces; undefined where it traces a function. */
const tracedProgram = (kernel: Kernel, { attach }: Program): Program | undefined =>
  kernel.traceable.has(attach.on) ? undefined : kernel.programs.get(attach.on);

/** Why a program cannot trace another one; undefined if it can. */
export function refuseToTrace(kernel: Kernel, program: Program, target: Program): RefusedTarget | undefined {
  if (target === program)
    return {
      message: 'a program cannot be attached to itself',
      note: 'Linux wants one that is loaded already',
    };
  if (!tracesPrograms(program))
    return {
      message: `\`${target.name}\` is a program`,
      note: 'only fentry and fexit programs trace programs',
    };
  if (replaces(program.attach.kind)) return refuseToReplace(target);
  if (!isTracing(target)) return undefined;
  if (!kernel.model.tracesTracing)
    return {
      message: `\`${target.name}\` is a tracing program, as \`${program.name}\` is`,
      note: 'the kernel says "Cannot recursively attach"; since Linux 6.8 one level is allowed',
      isOfKernel: true,
    };
  const next = tracedProgram(kernel, target);
  if (next === undefined || !isTracing(next)) return undefined;
  return {
    message: `\`${target.name}\` traces a tracing program itself`,
    note: 'the kernel says "Cannot nest tracing program attach more than once"',
  };
}

/**
 * What a tracing program is attached to: a function, or else a program of that name, which takes its context as its one argument.
 * Calls of it come from whatever runs it, after its guard: what that refuses nobody traces.
 */
export function targetOf(kernel: Kernel, name: string): Traceable | undefined {
  const known = kernel.traceable.get(name) ?? kernel.programTargets.get(name);
  const program = kernel.programs.get(name);
  if (known !== undefined || program === undefined) return known;
  const { sleepable } = program.attach;
  const made = {
    name: kernel.machine.text.functions[program.fn]!.name,
    fn: program.fn,
    nargs: 1,
    modifiable: false,
    sleepable,
    isHook: false,
  };
  kernel.programTargets.set(name, made);
  return made;
}
