import type { Name } from '../syntax/lab-ast.js';
import { type Diagnostic, errorAt } from '../text/diagnostic.js';
import { didYouMean } from '../text/nearest.js';
import type { CodeLoader } from './code.js';
import type { Kernel, Program } from './kernel.js';
import { fireName, originalName } from './names.js';
import { type LinkedProgram, tracepointText, trampolineText } from './trampoline.js';

/** Programs by what they hang on, in order of attachment. */
interface Links {
  readonly functions: Map<string, Program[]>;
  readonly tracepoints: Map<string, Program[]>;
}

/** The programs to attach, in order; each at most once. */
function selected(kernel: Kernel, order: readonly Name[] | undefined, diagnostics: Diagnostic[]): Program[] {
  if (order === undefined) return [...kernel.programs.values()];
  const chosen: Program[] = [];
  for (const name of order) {
    const program = kernel.programs.get(name.name);
    if (program === undefined) {
      const help = didYouMean(name.name, kernel.programs.keys());
      diagnostics.push(errorAt('B0407', `there is no program \`${name.name}\``, { span: name.span, help }));
    } else if (chosen.includes(program)) {
      diagnostics.push(
        errorAt('B0602', `\`${name.name}\` is attached already`, {
          span: name.span,
          notes: ['the kernel answers -EBUSY'],
        }),
      );
    } else chosen.push(program);
  }
  return chosen;
}

function link(kernel: Kernel, program: Program, links: Links, diagnostics: Diagnostic[]): void {
  const { kind, target } = program.attach;
  const isTracepoint = kind === 'raw_tp';
  const known = isTracepoint ? kernel.tracepoints : kernel.traceable;
  const what = isTracepoint ? 'tracepoint' : 'function';
  const at = program.span === undefined ? {} : { span: program.span };
  if (!known.has(target)) {
    const isKernel = kernel.notrace.has(target) && !isTracepoint;
    const message = isKernel
      ? `\`${target}\` cannot be traced`
      : `there is no ${what} \`${target}\` to attach to`;
    const notes = isKernel ? ['it runs outside the protection of the guard (notrace)'] : [];
    const list = isTracepoint ? 'tracepoints' : 'functions';
    const help = didYouMean(target, known.keys()) ?? `\`tinybpf list ${list}\` shows what there is`;
    diagnostics.push(errorAt('B0602', message, { ...at, help, notes }));
    return;
  }
  const table = isTracepoint ? links.tracepoints : links.functions;
  const on = table.get(target) ?? [];
  if (!isTracepoint && on.length >= kernel.model.maxLinks) {
    diagnostics.push(
      errorAt('B0605', `${kernel.model.name} takes ${kernel.model.maxLinks} programs on one function`, {
        ...at,
        notes: ['the kernel answers -E2BIG'],
      }),
    );
    return;
  }
  table.set(target, [...on, program]);
}

const linked = (program: Program): LinkedProgram => ({ name: program.name, cookie: 0n });

/** Links are kept with the last attached first (hlist_add_head), and run in that order at entry and exit alike. */
function ofKind(programs: readonly Program[], kind: Program['attach']['kind']): LinkedProgram[] {
  return programs
    .filter((p) => p.attach.kind === kind)
    .map(linked)
    .reverse();
}

/** Attaches programs: makes the trampolines and tracepoint functions they hang on, and redirects calls to them. */
export function attachAll(
  kernel: Kernel,
  loader: CodeLoader,
  order: readonly Name[] | undefined,
  diagnostics: Diagnostic[],
): void {
  const links: Links = { functions: new Map(), tracepoints: new Map() };
  for (const program of selected(kernel, order, diagnostics)) link(kernel, program, links, diagnostics);
  if (diagnostics.some((d) => d.severity === 'error')) return;
  for (const [target, programs] of [...links.functions, ...links.tracepoints])
    kernel.attached.set(target, programs);
  const { text } = kernel.machine;
  for (const [name, nargs] of kernel.tracepoints) {
    const programs = (links.tracepoints.get(name) ?? []).map(linked);
    loader.loadText(
      fireName(name),
      'kernel',
      kernel.symbols.functionIndex(fireName(name)),
      tracepointText(nargs, programs),
    );
  }
  for (const [name, programs] of links.functions) {
    const traced = kernel.traceable.get(name)!;
    const body = text.alias(traced.fn, originalName(name));
    kernel.symbols.define(originalName(name), { kind: 'function', index: body }, 'kernel');
    const image = text.declare(`trampoline of ${name}`, 'trampoline');
    const source = trampolineText(name, traced.nargs, {
      fentry: ofKind(programs, 'fentry'),
      fexit: ofKind(programs, 'fexit'),
    });
    loader.loadText(`trampoline of ${name}`, 'trampoline', image, source);
    const placed = text.functions[image]!;
    text.enterAt(traced.fn, placed.start, placed.frameSize);
    kernel.trampolines.set(name, image);
  }
}
