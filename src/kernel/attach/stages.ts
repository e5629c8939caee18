import type { Link } from '../kernel.js';
import type { KernelModel } from '../model.js';
import { kindInfo, type ProbeLayer, probeWays } from './kinds.js';
import type { ProbedProgram, ProbeStage } from './probe.js';

/** What a program is called by before a function is entered, other than its trampoline. */
type Caller =
  /** The breakpoint that the kprobe layer or user space has on the first instruction. */
  | { readonly by: 'breakpoint' }
  /** One of the callbacks of ftrace (struct ftrace_ops), which the call after the first instruction goes through. */
  | { readonly by: 'ftrace'; readonly ops: string };

/**
 * How a probe is called. All kprobes share one ftrace_ops where they run from ftrace (arm_kprobe_ftrace, kernel/kprobes.c). An
 * fprobe has its own up to 6.13; then all share that of the function graph tracer, and from 6.19 on those without a return half
 * share another one (fprobe_ftrace_ops, kernel/trace/fprobe.c).
 */
function callerOf(model: KernelModel, { program, index }: Link): Caller | undefined {
  const info = kindInfo(program.attach.kind);
  if (info.site !== 'probe') return undefined;
  switch (info.layer) {
    case 'uprobe':
      return { by: 'breakpoint' };
    case 'kprobe':
      return probeWays(info.layer, model).entry === 'ftrace'
        ? { by: 'ftrace', ops: 'kprobe_ftrace_ops' }
        : { by: 'breakpoint' };
    case 'fprobe': {
      const isEntryOnly = !(info.halves as readonly string[]).includes('return');
      if (model.fprobes === 'rethook') return { by: 'ftrace', ops: `fprobe ${program.name} ${index}` };
      const ops = isEntryOnly && model.fprobes === 'both' ? 'fprobe_ftrace_ops' : 'fprobe_graph_ops';
      return { by: 'ftrace', ops };
    }
    default:
      return info.layer satisfies never;
  }
}

/** The ftrace_ops that a link needs; undefined for one that does not run from ftrace, as a kprobe in a function does not. */
function opsOf(model: KernelModel, link: Link): string | undefined {
  if (link.offset !== 0) return undefined;
  const caller = callerOf(model, link);
  return caller?.by === 'ftrace' ? caller.ops : undefined;
}

/**
 * The callbacks that ftrace has after something was attached or detached, the last registered first (add_ftrace_ops,
 * kernel/trace/ftrace.c). One stays where it is for as long as anything needs it.
 */
export function registeredOps(
  model: KernelModel,
  links: Iterable<Link>,
  before: readonly string[],
): readonly string[] {
  const needed = new Set<string>();
  for (const link of links) {
    const ops = opsOf(model, link);
    if (ops !== undefined) needed.add(ops);
  }
  const kept = before.filter((ops) => needed.delete(ops));
  return [...[...needed].reverse(), ...kept];
}

/** A program as the code of a probe names it. */
export const probed = (model: KernelModel, { program, index }: Link): ProbedProgram => {
  const info = kindInfo(program.attach.kind);
  const halves: readonly string[] = info.site === 'probe' ? info.halves : [];
  const returns = halves.includes('return');
  const layer = info.site === 'probe' ? info.layer : 'uprobe';
  return {
    name: program.name,
    link: index,
    runsAt: { entry: halves.includes('entry'), return: returns },
    takesInstance: returns && (layer === 'kprobe' || (layer === 'fprobe' && model.fprobes === 'rethook')),
    sleepable: program.attach.sleepable,
  };
};

/**
 * The probes of a function, from the outermost: a breakpoint is on the first instruction, before the call to ftrace; after that come
 * ftrace's callbacks in their order. What a stage does when the function returns, the stages outside it do later, since each takes
 * the place of the return address that it finds.
 */
export function stagesOf(
  model: KernelModel,
  links: readonly Link[],
  ftraceOps: readonly string[],
): readonly ProbeStage[] {
  const stage = (layer: ProbeLayer, wanted: (caller: Caller) => boolean): ProbeStage[] => {
    const probes = links
      .filter((link) => {
        if (link.offset !== 0) return false;
        const info = kindInfo(link.program.attach.kind);
        const caller = callerOf(model, link);
        return info.site === 'probe' && info.layer === layer && caller !== undefined && wanted(caller);
      })
      .map((link) => probed(model, link))
      .reverse();
    const countsNested = layer === 'fprobe' && model.fprobes === 'rethook';
    return probes.length === 0 ? [] : [{ layer, ways: probeWays(layer, model), countsNested, probes }];
  };
  return [
    ...stage('uprobe', () => true),
    ...stage('kprobe', ({ by }) => by === 'breakpoint'),
    ...ftraceOps.flatMap((ops) =>
      (['kprobe', 'fprobe'] as const).flatMap((layer) =>
        stage(layer, (caller) => caller.by === 'ftrace' && caller.ops === ops),
      ),
    ),
  ];
}
