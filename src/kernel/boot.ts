import { Interpreter } from '../machine/interpreter.js';
import { Machine } from '../machine/machine.js';
import { Memory } from '../machine/memory.js';
import type { GuardAst, LabAst, Name } from '../syntax/lab-ast.js';
import { errorAt, throwIfErrors } from '../text/diagnostic.js';
import { attachAll } from './attach.js';
import { BootContext, reserve } from './boot-context.js';
import { CodeLoader } from './code.js';
import { createGlobals, createPercpuVariables, LARGEST_ARRAY, staticPercpuBytes } from './data.js';
import { collectDeclarations, type Declared } from './declared.js';
import { errnoConstants } from './errno.js';
import { addFunctions, addGuard, addTracepoints, readGuard } from './functions.js';
import { type GuardInfo, Kernel } from './kernel.js';
import { layoutConstants, MAP } from './layout.js';
import { kernelLeaves, LEAF_NAMES } from './leaves.js';
import { createMap, writeMapOperations } from './map/create.js';
import { defineMap, type MapDefinition } from './map/definition.js';
import { mapBytes } from './map/elements.js';
import { type KernelModel, modelConstants } from './model.js';
import { type AreaSpec, PercpuArea, percpuMemory } from './percpu/area.js';
import { geometryFor } from './percpu/geometry.js';
import { MAX_BPRINTF_BUF, MAX_BPRINTF_NEST_LEVEL, PIPE_SIZE } from './printk.js';
import { createPrograms, percpuRequests, writeProgramFunctions } from './programs.js';
import { Symbols } from './symbols.js';
import { createTask, taskBytes } from './task.js';

/** Everything a machine is booted from. */
export interface BootSpec {
  readonly model: KernelModel;
  readonly cpus: number;
  readonly guard: GuardAst;
  /** The emulated kernel's own files. */
  readonly kernel: readonly LabAst[];
  readonly lab: LabAst;
  /** Whether run_cnt and run_time_ns are counted. */
  readonly stats: boolean;
  /** Tasks to create, each on its CPU. */
  readonly tasks: readonly { readonly name: string; readonly cpu: number }[];
  /** Programs to attach, in this order; absent: all, in the order of the file. */
  readonly attach?: readonly Name[];
  readonly strictAlignment?: boolean;
}

const FIRST_PID = 1000;
/** Most memory a machine has. */
const LARGEST_MEMORY = 256 << 20;

/** Bytes of data the machine needs, generously. */
function memoryNeeded(
  cx: BootContext,
  spec: BootSpec,
  declared: Declared,
  maps: readonly MapDefinition[],
  area: AreaSpec,
  guard: GuardInfo,
): number {
  const largestValue = largestValueOf(maps);
  const globals = declared.globals.map(
    (g) => (g.type.bits / 8) * cx.count(g.type.count, LARGEST_ARRAY) + 128,
  );
  const elements = maps.map((m) => mapBytes(m) + MAP.size + 256);
  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
  return (
    (1 << 19) +
    percpuMemory(
      area,
      declared.programs.flatMap(() => Object.values(percpuRequests(guard))),
    ) +
    spec.tasks.length * taskBytes(largestValue) +
    sum(elements) +
    sum(globals) +
    declared.programs.length * 512
  );
}

function largestValueOf(maps: readonly MapDefinition[]): number {
  return Math.max(8, ...maps.map((m) => m.valueSize));
}

/** A machine with memory, per-CPU areas, leaves and tasks, but no code yet. */
function createKernel(
  spec: BootSpec,
  guard: GuardInfo,
  area: AreaSpec,
  bytes: number,
  largestValue: number,
): Kernel {
  const memory = new Memory(bytes);
  const strict = spec.strictAlignment === true && { plain: true };
  const machine = new Machine(memory, { ...spec.model.alignment, ...strict });
  const percpu = new PercpuArea(memory, area);
  const kernel = new Kernel({
    machine,
    model: spec.model,
    guard,
    percpu,
    symbols: new Symbols(),
    interpreter: new Interpreter(machine),
    cpus: spec.cpus,
    pipe: reserve(memory, 'the trace pipe', 'memory', PIPE_SIZE + 8),
  });
  for (const leaf of kernelLeaves(kernel.pipe)) {
    kernel.symbols.define(leaf.name, { kind: 'leaf', index: machine.addLeaf(leaf) }, leaf.visibility);
  }
  spec.tasks.forEach(({ name, cpu }, i) => {
    const task = createTask(memory, name, FIRST_PID + i, largestValue);
    task.thread.setCpu(cpu, percpu.offsetOf(cpu));
    kernel.tasks.push(task);
  });
  return kernel;
}

/** Constants that declarations and the kernel's code may use. */
function kernelConstants(model: KernelModel): Map<string, bigint> {
  return new Map([
    ...layoutConstants(),
    ...modelConstants(model),
    ...errnoConstants(),
    ['MAX_BPRINTF_BUF', BigInt(MAX_BPRINTF_BUF)],
    ['MAX_BPRINTF_NEST_LEVEL', BigInt(MAX_BPRINTF_NEST_LEVEL)],
  ]);
}

/** Boots a machine. Throws `InputError` with everything that is wrong with the lab or the guard. */
export function bootKernel(spec: BootSpec): Kernel {
  const cx = new BootContext(kernelConstants(spec.model));
  const { diagnostics } = cx;
  const declared = collectDeclarations(spec.kernel, spec.lab, LEAF_NAMES, diagnostics);
  const maps = declared.maps
    .map((m) => defineMap(m, (e) => cx.evaluate(e), diagnostics))
    .filter((m) => m !== undefined);
  const guard = readGuard(cx, spec.guard);
  const area = { cpus: spec.cpus, geometry: geometryFor(staticPercpuBytes(cx, declared.percpus)) };
  const bytes = memoryNeeded(cx, spec, declared, maps, area, guard);
  if (bytes > LARGEST_MEMORY) {
    const last = declared.maps.at(-1)?.name.span ?? declared.globals.at(-1)?.name.span;
    const what = `the lab needs ${bytes >> 20} MiB of memory`;
    diagnostics.push(errorAt('B0607', what, { span: last, expected: `at most ${LARGEST_MEMORY >> 20} MiB` }));
  }
  throwIfErrors(diagnostics);

  const kernel = createKernel(spec, guard, area, bytes, largestValueOf(maps));
  const loader = new CodeLoader(kernel, cx.constants);
  createPercpuVariables(cx, kernel, declared.percpus);
  createGlobals(cx, kernel, declared.globals);
  addGuard(kernel, loader, spec.guard);
  addFunctions(cx, kernel, loader, declared.functions);
  addTracepoints(cx, kernel, declared.tracepoints);
  for (const map of maps) createMap(kernel, map);
  createPrograms(cx, kernel, loader, declared.programs, spec.guard.area?.span);
  throwIfErrors(diagnostics);

  loader.loadAll(diagnostics);
  throwIfErrors(diagnostics);
  writeMapOperations(kernel);
  writeProgramFunctions(kernel);
  attachAll(kernel, loader, spec.attach, diagnostics);
  throwIfErrors(diagnostics);
  kernel.warnings.push(...diagnostics);
  if (spec.stats) kernel.memory.writeU32(kernel.globals.get('bpf_stats_enabled_key')!.at, 1);
  return kernel;
}
