import type { Name } from '../../syntax/lab-ast.js';
import { Findings } from '../../text/findings.js';
import { didYouMean } from '../../text/nearest.js';
import type { Span } from '../../text/source.js';
import type { Kernel, Link, Program } from '../kernel.js';
import { LINK } from '../layout.js';
import { originalName } from '../names.js';
import { writeProgramArray } from './arrays.js';
import { rebuildFunction, rebuildTracepoint } from './images.js';
import { kindInfo, takesPattern } from './kinds.js';
import type { LinkOptions } from './link-options.js';
import { refuseMaxactive } from './maxactive.js';
import { isPattern, matches } from './pattern.js';
import { type AttachTarget, parseAttachPoint, sectionFor } from './point.js';
import { isAttachable, linksOf, refuseDetached, refuseOn, refuseUnknown } from './refusals.js';
import type { Refused } from './refused.js';
import { registeredOps } from './stages.js';

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

function rebuild(kernel: Kernel, { attach }: Program, target: string): void {
  if (kindInfo(attach.kind).site === 'tracepoint') rebuildTracepoint(kernel, target);
  else rebuildFunction(kernel, target);
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
    if (program.attach.on !== program.name)
      findings.doubt(program.attach.on, originalName(program.attach.on));
    const { diagnostic } = refused;
    findings.add(
      attach === undefined ? diagnostic : { ...diagnostic, ...(name.span && { span: name.span }) },
    );
  }
}
