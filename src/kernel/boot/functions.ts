import { helperByName } from '../../isa/helpers.js';
import { KIND, toAddress } from '../../machine/memory.js';
import type { GuardAst, Name, TracepointAst } from '../../syntax/lab-ast.js';
import { errorAt } from '../../text/diagnostic.js';
import { didYouMean } from '../../text/nearest.js';
import { LSM_HOOK } from '../attach/kinds.js';
import type { GuardInfo, Kernel } from '../kernel.js';
import { BPF_TRACE_MAX_PROGS, MAX_ARGUMENTS, PROG_ARRAY, PROG_ARRAY_ITEM } from '../layout.js';
import { fireName, GUARD_ENTER, GUARD_EXIT, guardFunction, perfEventName } from '../names.js';
import type { Code, CodeLoader } from './code.js';
import { type BootContext, reserve } from './context.js';
import type { FunctionDeclaration, Owned } from './declared.js';

/**
 * Words after a function's parameters: `notrace` keeps programs from being attached to it, `fmod_ret` lets programs
 * change what it returns, `sleepable` lets sleepable ones be attached, `kfunc` lets programs call it.
 */
const FLAGS = ['notrace', 'fmod_ret', 'sleepable', 'kfunc'];

function checkArguments(cx: BootContext, name: Name, count: number): void {
  if (count <= MAX_ARGUMENTS) return;
  cx.diagnostics.push(
    errorAt('B0409', `\`${name.name}\` has ${count} arguments`, {
      span: name.span,
      expected: `at most ${MAX_ARGUMENTS}`,
    }),
  );
}

/** Far more than the allocator of per-CPU memory gives, and a number that is printed as it was written. */
const LARGEST_AREA = 0xffff_ffffn;

/** What a guard's file says of it; all that is missing is reported. */
export function readGuard(cx: BootContext, guard: GuardAst): GuardInfo {
  const missing = [
    ...(guard.area === undefined ? ['`area size N align N`'] : []),
    ...(guard.enter === undefined ? ['`enter { … }`'] : []),
    ...(guard.exit === undefined ? ['`exit { … }`'] : []),
  ];
  if (missing.length > 0) {
    cx.diagnostics.push(
      errorAt('B0404', `guard \`${guard.name.name}\` lacks ${missing.join(' and ')}`, {
        span: guard.name.span,
        help: 'programs/guards holds complete ones to start from',
      }),
    );
  }
  const value = (which: 'size' | 'align'): number => {
    if (guard.area === undefined) return 4;
    const written = cx.evaluate(guard.area[which]);
    if (written <= LARGEST_AREA) return Number(written);
    cx.diagnostics.push(
      errorAt('B0606', `a guard's ${which} of ${written} bytes`, {
        span: guard.area[which].span,
        expected: `at most ${LARGEST_AREA}`,
      }),
    );
    return 4;
  };
  const { name } = guard.name;
  const { file } = guard;
  return {
    name,
    declared: file?.declared ?? name,
    given: file === undefined || (file.isShipped && file.declared === name) ? name : file.path,
    size: value('size'),
    align: value('align'),
  };
}

/** Queues the guard's two functions; whichever guard it is, the kernel calls them by the same names. */
export function addGuard(kernel: Kernel, loader: CodeLoader, guard: GuardAst): void {
  for (const part of ['enter', 'exit'] as const) {
    const name = guardFunction(guard.name.name, part);
    const index = kernel.machine.text.declare(name, 'guard');
    kernel.symbols.define(part === 'enter' ? GUARD_ENTER : GUARD_EXIT, { kind: 'function', index }, 'kernel');
    const code: Code = { kind: 'lines', lines: guard[part] ?? [] };
    loader.add({ name, kind: 'guard', index, code, visibility: 'kernel' });
  }
}

/** A kernel function with a helper's name is that helper, and programs may call it. */
const isHelper = (name: string): boolean => helperByName(name) !== undefined;

export function addFunctions(
  cx: BootContext,
  kernel: Kernel,
  loader: CodeLoader,
  functions: readonly Owned<FunctionDeclaration>[],
): void {
  for (const f of functions) {
    const { name } = f.name;
    const index = kernel.machine.text.declare(name, 'kernel');
    const has = (flag: string): boolean => f.flags.some((w) => w.name === flag);
    kernel.parameters.set(index, f.params.length);
    const isPublic = isHelper(name) || has('kfunc');
    kernel.symbols.define(name, { kind: 'function', index }, isPublic ? 'public' : f.visibility);
    loader.add({
      name,
      kind: 'kernel',
      index,
      code: f.code,
      visibility: 'kernel',
    });
    for (const flag of f.flags) {
      if (FLAGS.includes(flag.name)) continue;
      const expected = FLAGS.join(', ');
      const help = didYouMean(flag.name, FLAGS);
      cx.diagnostics.push(
        errorAt('B0409', `unknown word \`${flag.name}\``, { span: flag.span, expected, help }),
      );
    }
    if (has('notrace')) {
      kernel.notrace.add(name);
      continue;
    }
    checkArguments(cx, f.name, f.params.length);
    kernel.traceable.set(name, {
      name,
      fn: index,
      nargs: f.params.length,
      modifiable: has('fmod_ret'),
      sleepable: has('sleepable'),
      isHook: name.startsWith(LSM_HOOK),
    });
  }
}

/** Bytes of the array of programs that a tracepoint has on perf, for sizing the machine too. */
export const PERF_ARRAY_BYTES = PROG_ARRAY.size + BPF_TRACE_MAX_PROGS * PROG_ARRAY_ITEM.size;

/** Declares the functions that fire tracepoints; their code is made when programs are attached. */
export function addTracepoints(
  cx: BootContext,
  kernel: Kernel,
  tracepoints: readonly Owned<TracepointAst>[],
): void {
  for (const t of tracepoints) {
    checkArguments(cx, t.name, t.params.length);
    const name = fireName(t.name.name);
    const index = kernel.machine.text.declare(name, 'kernel');
    kernel.symbols.define(name, { kind: 'function', index }, t.visibility);
    kernel.tracepoints.set(t.name.name, t.params.length);
    kernel.parameters.set(index, t.params.length);
    const region = reserve(kernel.memory, `bpf_prog_array of ${name}`, 'structure', PERF_ARRAY_BYTES);
    kernel.memory.unpoison(region.start, PERF_ARRAY_BYTES, KIND.object);
    const address = toAddress(region.start);
    kernel.symbols.define(perfEventName(t.name.name), { kind: 'address', address }, 'kernel');
  }
}
