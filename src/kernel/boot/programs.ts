import { KIND, toAddress } from '../../machine/memory.js';
import type { ContextType } from '../../object/context.js';
import type { Name } from '../../syntax/lab-ast.js';
import { Findings } from '../../text/findings.js';
import type { Span } from '../../text/source.js';
import { type AttachKind, kindInfo, replaces } from '../attach/kinds.js';
import {
  type AttachPoint,
  lacksTarget,
  parseAttachPoint,
  parseOtherPoint,
  refuseWithoutTarget,
} from '../attach/point.js';
import type { Kernel, Program } from '../kernel.js';
import { LINK, PROG, PROG_ARRAY, PROG_ARRAY_ITEM, PROG_AUX, STATS } from '../layout.js';
import { eventName, linkName, progName } from '../names.js';
import type { PercpuAllocation, PercpuResult } from '../percpu/area.js';
import type { Code, CodeLoader } from './code.js';
import { type BootContext, GUARD_AREA, reserve } from './context.js';

/** A program to load, from a lab or from an object file. */
export interface ProgramSource {
  readonly name: string;
  /** As written in a section name: `fentry/htab_map_delete_elem`. */
  readonly attach: Name;
  readonly code: Code;
  readonly span: Span | undefined;
  /** Of a program of a tracepoint: the record that it reads, as its object has it. */
  readonly record?: ContextType;
  /** Names of the arguments, and of a result, that its source gives it to read. */
  readonly parameters?: readonly string[];
  /** False for programs that are attached only when a scenario says so. */
  readonly autoload: boolean;
  /** From an object file, whose author may leave it to others to say what it is attached to. */
  readonly isOfObject: boolean;
}

/** What scenarios and command lines say that programs are attached to, in place of what they name themselves. */
export interface OtherPoints {
  /** What is said for this boot, by program: several things where its kind can be attached to several. */
  readonly now: ReadonlyMap<string, readonly Name[]>;
  /** Programs of which it is said anywhere. */
  readonly ever: ReadonlySet<string>;
}

/** Bytes a program's statistics are aligned to: twice a u64 (struct bpf_prog_stats), so they take a multiple of it. */
const STATS_ALIGN = 16;

interface PercpuRequest {
  readonly size: number;
  readonly align: number;
}

/** What loading a program allocates per CPU: the guard's counters, then the statistics (bpf_prog_alloc). */
export function percpuRequests(guard: PercpuRequest): {
  readonly active: PercpuRequest;
  readonly stats: PercpuRequest;
} {
  const size = Math.ceil(STATS.size / STATS_ALIGN) * STATS_ALIGN;
  return { active: guard, stats: { size, align: STATS_ALIGN } };
}

const NO_AREA: PercpuAllocation = { name: 'nothing', pointer: 0n, chunk: 0, offset: 0, size: 0 };

/** Where a program is attached whose attach point is not understood. */
function nowhere(cx: BootContext, program: string, written: string): AttachPoint {
  cx.findings.doubt(program, ...written.split(/[/:]/).slice(1));
  return { kind: 'syscall', sleepable: true, target: '', on: '', offset: 0 };
}

/** Where a program is attached; what it may be attached to besides the first is of the same kind. */
function pointsOf(
  cx: BootContext,
  { name, attach, isOfObject }: ProgramSource,
  { now, ever }: OtherPoints,
): readonly [AttachPoint, ...AttachPoint[]] {
  const own = parseAttachPoint(attach, cx.findings);
  if (own === undefined) return [nowhere(cx, name, attach.name)];
  const [first, ...others] = (now.get(name) ?? []).map(
    (to) => parseOtherPoint(to, own.kind, cx.findings) ?? nowhere(cx, name, to.name),
  );
  if (first !== undefined) return [first, ...others];
  if (!lacksTarget(own) || isOfObject || ever.has(name)) return [own];
  refuseWithoutTarget(attach, cx.findings);
  return [nowhere(cx, name, attach.name)];
}

/** The two per-CPU areas of a program. */
function allocateAreas(
  cx: BootContext,
  kernel: Kernel,
  name: string,
  at: Span | undefined,
): { active: PercpuAllocation; stats: PercpuAllocation } {
  const requests = percpuRequests(kernel.guard);
  const allocate = (area: keyof typeof requests): PercpuResult =>
    kernel.percpu.allocate(`${name}.${area}`, requests[area].size, requests[area].align);
  const active = allocate('active');
  const stats = allocate('stats');
  if (active.ok && stats.ok) return { active: active.allocation, stats: stats.allocation };
  for (const made of [active, stats]) {
    // What is true of one program is true of all that come after it.
    if (made.ok || cx.findings.doubts(GUARD_AREA)) continue;
    const help = 'the kernel would warn so and refuse to load the program';
    cx.findings.error('B0606', made.warning, { span: at, help });
  }
  cx.findings.doubt(GUARD_AREA);
  return { active: NO_AREA, stats: NO_AREA };
}

/** What a program has for each thing that it can be attached to. */
const LINK_BYTES = LINK.size + PROG_ARRAY.size + PROG_ARRAY_ITEM.size + 2 * 80;

/** Bytes of the links of programs that can be attached to several things, besides their first. */
export const moreLinkBytes = ({ now }: OtherPoints): number =>
  [...now.values()].reduce((n, targets) => n + LINK_BYTES * (targets.length - 1), 0);

/** Bytes of a program's structures but for those of which types decide, for sizing the machine. */
export const PROGRAM_BYTES = LINK_BYTES + 8 + 4 * 80;

/** The kind by whose rules code goes: where a program replaces another one, or a function of it, that one's. */
function kindOfCode({ kind, on }: AttachPoint, programs: readonly ProgramSource[]): AttachKind {
  const replaced = replaces(kind)
    ? (programs.find(({ name }) => name === on) ?? programs.find(({ name }) => on.startsWith(`${name}.`)))
    : undefined;
  return (replaced && parseAttachPoint(replaced.attach, new Findings())?.kind) ?? kind;
}

/** Makes what the kernel keeps of each program, and queues its code for loading. */
export function createPrograms(
  cx: BootContext,
  kernel: Kernel,
  loader: CodeLoader,
  programs: readonly ProgramSource[],
  { points, areaSpan }: { readonly points: OtherPoints; readonly areaSpan: Span | undefined },
): void {
  const { memory, symbols } = kernel;
  for (const source of programs) {
    const { name, attach: written, code, span, autoload } = source;
    const all = pointsOf(cx, source, points);
    const [attach] = all;
    const kind = kindOfCode(attach, programs);
    const areas = allocateAreas(cx, kernel, name, areaSpan ?? span);
    const structure = (what: string, size: number): number => {
      const region = reserve(memory, `${what} of ${name}`, 'structure', size);
      memory.unpoison(region.start, size, KIND.object);
      return region.start;
    };
    const at = structure('bpf_prog', kernel.types.sizeOf(PROG));
    const aux = structure('bpf_prog_aux', kernel.types.sizeOf(PROG_AUX));
    const linkOf = (): number => {
      const link = structure('bpf_link', LINK.size);
      memory.writeU64(link + LINK.fields.prog.offset, toAddress(at));
      return link;
    };
    const eventOf = (): number => structure('bpf_prog_array', PROG_ARRAY.size + PROG_ARRAY_ITEM.size);
    const link = linkOf();
    const retval = structure('the result', 8);
    const links = [
      { link, event: eventOf() },
      ...all.slice(1).map(() => ({ link: linkOf(), event: eventOf() })),
    ];
    const id = kernel.programs.size + 1;
    const symbol = cx.symbolOf('program', name);
    const fn = kernel.machine.text.declare(symbol, 'program');
    memory.writeU64(at + PROG.fields.active.offset, areas.active.pointer);
    memory.writeU64(at + PROG.fields.stats.offset, areas.stats.pointer);
    memory.writeU64(at + PROG.fields.aux.offset, toAddress(aux));
    memory.writeU32(aux + PROG_AUX.fields.id.offset, id);
    symbols.define(symbol, { kind: 'function', index: fn }, 'kernel', 'program');
    for (const [structured, offset] of [
      [progName(name), at],
      ...links.flatMap((l, i) => [
        [linkName(name, i), l.link] as const,
        [eventName(name, i), l.event] as const,
      ]),
    ] as const) {
      symbols.define(structured, { kind: 'address', address: toAddress(offset) }, 'kernel');
    }
    const program: Program = {
      id,
      name,
      attach,
      targets: all.map(({ on, offset }) => ({ on, offset })),
      fn,
      at,
      links,
      retval,
      autoload,
      isOfObject: source.isOfObject,
      ...areas,
      span: written.span,
    };
    kernel.programs.set(name, program);
    memory.writeU64(kernel.programList.start + 8 * (id - 1), toAddress(at));
    loader.add({
      name: symbol,
      kind: 'program',
      index: fn,
      code,
      visibility: 'public',
      ...(span && { span }),
      substitutes: new Map(Object.entries(kindInfo(kind).helpers)),
      calledBy: kind,
    });
  }
}

/** Points each program's structure at its function, once that has an address. */
export function writeProgramFunctions(kernel: Kernel): void {
  for (const program of kernel.programs.values()) {
    const address = kernel.machine.text.addressOf(program.fn);
    kernel.memory.writeU64(program.at + PROG.fields.bpf_func.offset, address);
  }
}
