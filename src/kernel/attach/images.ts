import type { Kernel, Link, Program, Traceable } from '../kernel.js';
import {
  fireName,
  originalName,
  perfEventName,
  probesImage,
  tracedName,
  trampolineOf,
  uprobesAt,
} from '../names.js';
import { writeProgramArray } from './arrays.js';
import { placeBreakpoints } from './breakpoint.js';
import { isOnPerfEvent, kindInfo, replaces, type TrampolinePlace, trampolinePlaces } from './kinds.js';
import { type CodeLine, call, exit } from './lines.js';
import { PT_REGS, probeLines } from './probe.js';
import { targetOf } from './program-target.js';
import { stagesOf } from './stages.js';
import { type TracepointCallback, tracepointLines } from './tracepoint.js';
import { type LinkedProgram, RETIRED_SLOTS, trampolineLines } from './trampoline.js';
import { uprobeLines } from './uprobe.js';

/** The symbol of a program's code. */
const codeOf = (kernel: Kernel, { fn }: Program): string => kernel.machine.text.functions[fn]!.name;

const linked = (kernel: Kernel, { program, cookie }: Link): LinkedProgram => ({
  name: program.name,
  code: codeOf(kernel, program),
  cookie,
  guarded: kindInfo(program.attach.kind).guard === 'active',
  sleepable: program.attach.sleepable,
});

/** Links are kept with the last attached first (hlist_add_head), and run in that order at entry and exit alike. */
function calledAt(kernel: Kernel, place: TrampolinePlace, links: readonly Link[]): LinkedProgram[] {
  return links
    .filter((l) => trampolinePlaces(l.program.attach.kind).includes(place))
    .map((l) => linked(kernel, l))
    .reverse();
}

/** The index of the function itself, which stays callable when calls of it are redirected. */
function bodyOf(kernel: Kernel, traced: Traceable): number {
  const { symbols, machine } = kernel;
  const name = originalName(traced.name);
  if (symbols.has(name)) return symbols.functionIndex(name);
  const index = machine.text.alias(traced.fn, name);
  symbols.define(name, { kind: 'function', index }, 'kernel');
  return index;
}

/** From now on, calls that are still inside the old image skip its fexit programs (bpf_tramp_image_put). */
function retire(kernel: Kernel, image: number): void {
  const { text } = kernel.machine;
  const fn = text.functions[image]!;
  for (let slot = fn.start; slot < fn.end; slot += 1) {
    const insn = text.at(slot)?.insn;
    if (insn?.op.form === 'goto' && insn.off === 0) text.patchOffset(slot, fn.end - RETIRED_SLOTS - slot - 1);
  }
}

/**
 * Generates the images around a function again after its programs have changed, and redirects calls to the outermost:
 *
 *     probes -> trampoline -> the function itself, or a copy with the breakpoints of kprobes in it
 *
 * each only where there are programs for it. In place of a program that is replaced there is a call of what replaces it, and nothing else.
 */
export function rebuildFunction(kernel: Kernel, target: string): void {
  const { machine, model, symbols, loader } = kernel;
  const { text } = machine;
  const traced = targetOf(kernel, target)!;
  const links = kernel.functionLinks.get(target) ?? [];
  const body = bodyOf(kernel, traced);
  const called = placeBreakpoints(kernel, traced, body, links);
  let outer = body;
  const place = (name: string, lines: readonly CodeLine[]): number => {
    const index = text.declare(name, 'trampoline');
    loader.loadGenerated(name, 'trampoline', index, lines);
    return index;
  };
  const old = kernel.trampolines.get(target);
  if (old !== undefined) retire(kernel, old);
  const tracing = links.filter((l) => trampolinePlaces(l.program.attach.kind).length > 0);
  const replacement = tracing.find((l) => replaces(l.program.attach.kind));
  if (replacement !== undefined) {
    outer = place(trampolineOf(target), [call(codeOf(kernel, replacement.program)), exit]);
    kernel.trampolines.set(target, outer);
  } else if (tracing.length > 0) {
    kernel.ensureImage(traced.name);
    const sessions = tracing.filter((l) => trampolinePlaces(l.program.attach.kind).length > 1);
    const lines = trampolineLines(traced.name, traced.nargs, {
      fentry: calledAt(kernel, 'fentry', tracing),
      fmodRet: calledAt(kernel, 'fmodRet', tracing),
      fexit: calledAt(kernel, 'fexit', tracing),
      sessions: new Set(sessions.map((l) => l.program.name).reverse()),
    });
    outer = place(trampolineOf(target), lines);
    kernel.trampolines.set(target, outer);
  } else kernel.trampolines.delete(target);
  symbols.bind(tracedName(target), { kind: 'function', index: outer });

  const stages = stagesOf(model, links, kernel.ftraceOps);
  for (const { layer, probes } of stages) {
    if (layer !== 'uprobe') continue;
    for (const half of ['entry', 'return'] as const) {
      const name = uprobesAt(half, target);
      const lines = uprobeLines(target, traced.nargs, probes, half, PT_REGS[model.arch]);
      symbols.bind(name, { kind: 'function', index: place(name, lines) });
    }
  }
  if (stages.length > 0) {
    const lines = probeLines(target, traced.nargs, stages, tracedName(target), PT_REGS[model.arch]);
    outer = place(probesImage(target), lines);
  }
  const placed = outer === body ? called : text.functions[outer]!;
  text.enterAt(traced.fn, placed.start, placed.frameSize);
}

/** Generates the code behind `trace_NAME` again. perf registers itself where its first program was attached. */
export function rebuildTracepoint(kernel: Kernel, name: string): void {
  const links = kernel.tracepointLinks.get(name) ?? [];
  const callbacks: TracepointCallback[] = [];
  const onPerf = links.filter((l) => isOnPerfEvent(l.program.attach.kind));
  for (const { program, index } of links) {
    if (!isOnPerfEvent(program.attach.kind))
      callbacks.push({
        kind: 'raw',
        program: program.name,
        link: index,
        sleepable: program.attach.sleepable,
      });
    else if (!callbacks.some((c) => c.kind === 'perf')) callbacks.push({ kind: 'perf' });
  }
  writeProgramArray(kernel, kernel.symbols.offsetOf(perfEventName(name)), onPerf);
  const fire = fireName(name);
  const lines = tracepointLines(name, kernel.tracepoints.get(name)!, callbacks, kernel.records.get(name)!);
  kernel.loader.loadGenerated(fire, 'kernel', kernel.symbols.functionIndex(fire), lines);
}
