import type { Kernel, Program, Traceable } from '../kernel.js';
import { kindInfo, replaces, trampolinePlaces } from './kinds.js';
import { ownFunction, programOf, typeOfOwn } from './own-function.js';

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

/** Why a function of a program cannot be replaced (btf_check_func_type_match, kernel/bpf/btf.c). */
function refuseStatic(kernel: Kernel, name: string): RefusedTarget | undefined {
  const own = ownFunction(kernel, name);
  if (own === undefined || !typeOfOwn(kernel, own).isStatic) return undefined;
  return {
    message: `\`${name}\` is static`,
    note: `the kernel says "${own.label}() is not a global function"`,
  };
}

/** Why a program cannot trace or replace another one, or the function of it that `name` says; undefined if it can. */
export function refuseToTrace(
  kernel: Kernel,
  program: Program,
  target: Program,
  name: string,
): RefusedTarget | undefined {
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
  if (replaces(program.attach.kind)) return refuseToReplace(target) ?? refuseStatic(kernel, name);
  if (!isTracing(target)) return undefined;
  if (!kernel.model.tracesTracing)
    return {
      message: `\`${target.name}\` is a tracing program, as \`${program.name}\` is`,
      note: 'the kernel says "Cannot recursively attach"; since Linux 6.8 one level is allowed',
      isOfKernel: true,
    };
  const next = programOf(kernel, target.attach.on);
  if (next === undefined || !isTracing(next)) return undefined;
  return {
    message: `\`${target.name}\` traces a tracing program itself`,
    note: 'the kernel says "Cannot nest tracing program attach more than once"',
  };
}

/**
 * What a tracing program is attached to: a function, or else a program of that name, which takes its context as its one argument, or
 * a function of a program. Calls of a program come from whatever runs it, after its guard: what that refuses nobody traces.
 */
export function targetOf(kernel: Kernel, name: string): Traceable | undefined {
  const known = kernel.traceable.get(name) ?? kernel.programTargets.get(name);
  const program = programOf(kernel, name);
  if (known !== undefined || program === undefined) return known;
  const own = ownFunction(kernel, name);
  const fn = own?.fn ?? program.fn;
  const made = {
    name: kernel.machine.text.functions[fn]!.name,
    fn,
    nargs: own === undefined ? 1 : typeOfOwn(kernel, own).nargs,
    modifiable: false,
    sleepable: program.attach.sleepable,
    isHook: false,
  };
  // A trampoline says the address of what it is of.
  if (own !== undefined) kernel.symbols.define(made.name, { kind: 'function', index: fn }, 'kernel');
  kernel.programTargets.set(name, made);
  return made;
}
