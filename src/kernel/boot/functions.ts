import { helperByName } from '../../isa/helpers.js';
import { KIND, toAddress } from '../../machine/memory.js';
import type { GuardAst, Name, TracepointAst } from '../../syntax/lab-ast.js';
import { didYouMean } from '../../text/nearest.js';
import { LSM_HOOK } from '../attach/kinds.js';
import type { FilledRecord } from '../attach/record.js';
import type { GuardInfo } from '../guard-info.js';
import type { Kernel } from '../kernel.js';
import { BPF_TRACE_MAX_PROGS, MAX_ARGUMENTS, PROG_ARRAY, PROG_ARRAY_ITEM } from '../layout.js';
import { fireName, GUARD_ENTER, GUARD_EXIT, guardFunction, perfEventName } from '../names.js';
import type { Code, CodeLoader } from './code.js';
import { type BootContext, GUARD_AREA, reserve } from './context.js';
import type { FunctionDeclaration, Owned } from './declared.js';

/**
 * Words after a function's parameters: `notrace` keeps programs from being attached to it, `fmod_ret` lets programs
 * change what it returns, `sleepable` lets sleepable ones be attached, `kfunc` lets programs call it.
 */
const FLAGS = ['notrace', 'fmod_ret', 'sleepable', 'kfunc'];

/** The number of arguments, or the most there may be. */
function checkArguments(cx: BootContext, name: Name, count: number): number {
  if (count <= MAX_ARGUMENTS) return count;
  cx.findings.error('B0409', `\`${name.name}\` has ${count} arguments`, {
    span: name.span,
    expected: `at most ${MAX_ARGUMENTS}`,
  });
  cx.findings.doubt(name.name);
  return MAX_ARGUMENTS;
}

/** Far more than the allocator of per-CPU memory gives, and a number that is printed as it was written. */
const LARGEST_AREA = 0xffff_ffffn;

/** What a guard's file says of it; all that is missing is reported. */
export function readGuard(cx: BootContext, guard: GuardAst): GuardInfo {
  const { unread = [] } = guard;
  const mayHaveField = unread.some((text) => !text.endsWith('{'));
  const mayHaveBlock = unread.some((text) => text.endsWith('{'));
  const missing = [
    ...(guard.area === undefined && !mayHaveField ? ['`area size N align N`'] : []),
    ...(guard.enter === undefined && !mayHaveBlock ? ['`enter { … }`'] : []),
    ...(guard.exit === undefined && !mayHaveBlock ? ['`exit { … }`'] : []),
  ];
  if (missing.length > 0) {
    cx.findings.error('B0404', `guard \`${guard.name.name}\` lacks ${missing.join(' and ')}`, {
      span: guard.name.span,
      help: 'programs/guards holds complete ones to start from',
    });
  }
  const value = (which: 'size' | 'align'): number => {
    const expr = guard.area?.[which];
    const written = expr && cx.evaluate(expr);
    if (expr === undefined || written === undefined) {
      cx.findings.doubt(GUARD_AREA);
      return 4;
    }
    if (written <= LARGEST_AREA) return Number(written);
    cx.findings.error('B0606', `a guard's ${which} of ${written} bytes`, {
      span: expr.span,
      expected: `at most ${LARGEST_AREA}`,
    });
    cx.findings.doubt(GUARD_AREA);
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
      isOfKernel: f.visibility === 'kernel',
    });
    for (const flag of f.flags) {
      if (FLAGS.includes(flag.name)) continue;
      const expected = FLAGS.join(', ');
      const help = didYouMean(flag.name, FLAGS);
      cx.findings.error('B0409', `unknown word \`${flag.name}\``, { span: flag.span, expected, help });
    }
    if (has('notrace')) {
      kernel.notrace.add(name);
      continue;
    }
    const nargs = checkArguments(cx, f.name, f.params.length);
    kernel.traceable.set(name, {
      name,
      fn: index,
      nargs,
      params: f.params,
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
  recordFor: (tracepoint: TracepointAst) => FilledRecord,
): void {
  for (const t of tracepoints) {
    const nargs = checkArguments(cx, t.name, t.params.length);
    const name = fireName(t.name.name);
    const index = kernel.machine.text.declare(name, 'kernel');
    kernel.symbols.define(name, { kind: 'function', index }, t.visibility);
    kernel.tracepoints.set(t.name.name, nargs);
    kernel.records.set(t.name.name, recordFor(t));
    kernel.parameters.set(index, nargs);
    const region = reserve(kernel.memory, `bpf_prog_array of ${name}`, 'structure', PERF_ARRAY_BYTES);
    kernel.memory.unpoison(region.start, PERF_ARRAY_BYTES, KIND.object);
    const address = toAddress(region.start);
    kernel.symbols.define(perfEventName(t.name.name), { kind: 'address', address }, 'kernel');
  }
}
