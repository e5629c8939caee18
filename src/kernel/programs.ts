import { KIND, toAddress } from '../machine/memory.js';
import type { ProgramAst } from '../syntax/lab-ast.js';
import { errorAt } from '../text/diagnostic.js';
import type { Span } from '../text/source.js';
import { parseAttachPoint } from './attach-point.js';
import { type BootContext, reserve } from './boot-context.js';
import type { CodeLoader } from './code.js';
import type { Kernel } from './kernel.js';
import { PROG, RAW_TP_LINK, STATS } from './layout.js';
import { linkName, progName } from './names.js';
import type { PercpuAllocation, PercpuResult } from './percpu/area.js';

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

/** The two per-CPU areas of a program. */
function allocateAreas(
  cx: BootContext,
  kernel: Kernel,
  name: string,
  at: Span,
): { active: PercpuAllocation; stats: PercpuAllocation } | undefined {
  const requests = percpuRequests(kernel.guard);
  const allocate = (area: keyof typeof requests): PercpuResult =>
    kernel.percpu.allocate(`${name}.${area}`, requests[area].size, requests[area].align);
  const active = allocate('active');
  const stats = allocate('stats');
  if (active.ok && stats.ok) return { active: active.allocation, stats: stats.allocation };
  for (const made of [active, stats]) {
    if (made.ok) continue;
    const help = 'the kernel would warn so and refuse to load the program';
    cx.diagnostics.push(errorAt('B0606', made.warning, { span: at, help }));
  }
  return undefined;
}

/** Makes what the kernel keeps of each program, and queues its code for loading. */
export function createPrograms(
  cx: BootContext,
  kernel: Kernel,
  loader: CodeLoader,
  programs: readonly ProgramAst[],
  areaSpan: Span | undefined,
): void {
  const { memory, symbols } = kernel;
  for (const p of programs) {
    const { name } = p.name;
    const attach = parseAttachPoint(p.attach);
    if ('code' in attach) {
      cx.diagnostics.push(attach);
      continue;
    }
    const areas = allocateAreas(cx, kernel, name, areaSpan ?? p.name.span);
    if (areas === undefined) return;
    const structure = reserve(memory, `bpf_prog of ${name}`, 'structure', PROG.size);
    const link = reserve(memory, `bpf_raw_tp_link of ${name}`, 'structure', RAW_TP_LINK.size);
    memory.unpoison(structure.start, PROG.size, KIND.object);
    memory.unpoison(link.start, RAW_TP_LINK.size, KIND.object);
    const id = kernel.programs.size + 1;
    const fn = kernel.machine.text.declare(name, 'program');
    memory.writeU64(structure.start + PROG.fields.active.offset, areas.active.pointer);
    memory.writeU64(structure.start + PROG.fields.stats.offset, areas.stats.pointer);
    memory.writeU32(structure.start + PROG.fields.id.offset, id);
    memory.writeU64(link.start + RAW_TP_LINK.fields.prog.offset, toAddress(structure.start));
    symbols.define(name, { kind: 'function', index: fn }, 'kernel');
    symbols.define(progName(name), { kind: 'address', address: toAddress(structure.start) }, 'kernel');
    symbols.define(linkName(name), { kind: 'address', address: toAddress(link.start) }, 'kernel');
    kernel.programs.set(name, { id, name, attach, fn, at: structure.start, ...areas, span: p.attach.span });
    loader.add({ name, kind: 'program', index: fn, lines: p.lines, visibility: 'public', span: p.name.span });
  }
}

/** Points each program's structure at its function, once that has an address. */
export function writeProgramFunctions(kernel: Kernel): void {
  for (const program of kernel.programs.values()) {
    const address = kernel.machine.text.addressOf(program.fn);
    kernel.memory.writeU64(program.at + PROG.fields.bpf_func.offset, address);
  }
}
