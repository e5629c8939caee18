import type { EngineFactory } from '../../machine/bare.js';
import { Interpreter } from '../../machine/interpreter.js';
import { Machine } from '../../machine/machine.js';
import { dataWithin, KIND, Memory } from '../../machine/memory.js';
import type { TypeSpace } from '../../object/core/type-space.js';
import type { GlobalAst, GuardAst, LabAst, UserAst } from '../../syntax/lab-ast.js';
import { spacedName } from '../../syntax/name-space.js';
import type { Diagnostic } from '../../text/diagnostic.js';
import { Findings } from '../../text/findings.js';
import { type AttachOrder, attachAll } from '../attach/attach.js';
import { markLoadsThroughBtf } from '../btf-loads.js';
import { CPU_SIZE, Cpu, cpuBytes } from '../cpu.js';
import { CPUMASKS_BYTES, createCpuMasks } from '../cpumask.js';
import type { GuardInfo } from '../guard-info.js';
import { Kernel } from '../kernel.js';
import { ACTION, MAP, PROG, PROG_AUX, TASK, TASKLET } from '../layout.js';
import { kernelLeaves, LEAF_NAMES } from '../leaves.js';
import { createMap, percpuRequestsOf, registerPrograms, writeMapOperations } from '../map/create.js';
import type { MapDefinition } from '../map/definition.js';
import type { MapSize } from '../map/from-object.js';
import { copiedBytes, mapBytes } from '../map/storage.js';
import { mapTypeInfo } from '../map/types.js';
import type { KernelModel } from '../model.js';
import { PAGE_SIZE } from '../model.js';
import { type AreaSpec, PercpuArea, percpuMemory } from '../percpu/area.js';
import { geometryFor } from '../percpu/geometry.js';
import { PIPE_SIZE } from '../printk.js';
import { createTask, createTaskStruct, placeTask, setParent, taskBytes } from '../task.js';
import { initialiseTimers, TIMERS_BYTES } from '../timer.js';
import { findUnwrittenReads } from '../unwritten.js';
import { CodeLoader } from './code.js';
import type { CodeCache } from './code-cache.js';
import { BootContext, GUARD_AREA, reserve } from './context.js';
import {
  createGlobals,
  createPercpuVariables,
  createUserVariables,
  LARGEST_ARRAY,
  staticPercpuBytes,
  writePercpuOffsets,
} from './data.js';
import { collectDeclarations, type Declared, type KernelFile } from './declared.js';
import { addFunctions, addGuard, addTracepoints, PERF_ARRAY_BYTES, readGuard } from './functions.js';
import { createInstances, fillInstances, type Instance, instanceBytes, planInstances } from './instances.js';
import { withoutUnknownKinds } from './left-out.js';
import { lookUpInPlace } from './lookups.js';
import { mapDefinitions, unique } from './map-definitions.js';
import { declareMissing, type MissingOptions } from './missing.js';
import {
  attachmentsOf,
  createData,
  createOptions,
  dataBytes,
  fillArrays,
  fillPointers,
  type ObjectUnit,
  programsOf,
} from './objects.js';
import {
  createPrograms,
  moreLinkBytes,
  type OtherPoints,
  PROGRAM_BYTES,
  type ProgramSource,
  percpuRequests,
  writeProgramFunctions,
} from './programs.js';
import { recordFor, recordsOf } from './records.js';
import { type SymbolOf, Symbols } from './symbols.js';
import { withSystemCalls } from './syscall-sections.js';
import { listTasks } from './task-list.js';
import { typesOf } from './types.js';
import { refuseReadsOfUnknown } from './unknown-arguments.js';
import { fillUsdtSpecs } from './usdt.js';

/** The emulated kernel's own files, and what booting keeps from one time to the next. */
export interface EmulatedKernel {
  readonly files: readonly KernelFile[];
  readonly cache: CodeCache;
  /** How many errors are looked for in one function at most; the assembler's own choice if absent. */
  readonly maxErrors?: number | undefined;
}

/** Everything a machine is booted from. */
export interface BootSpec {
  readonly model: KernelModel;
  readonly cpus: number;
  readonly guard: GuardAst;
  readonly kernel: EmulatedKernel;
  readonly lab: LabAst;
  /** Object files to load beside it. */
  readonly objects?: readonly ObjectUnit[];
  /** The types against which they were read; the emulated kernel's own if absent. */
  readonly types?: TypeSpace;
  /** Whether run_cnt and run_time_ns are counted. */
  readonly stats: boolean;
  /** Tasks to create, each on its CPU. */
  readonly tasks: readonly { readonly name: string; readonly cpu: number }[];
  /** Programs to attach, in this order; absent: all, in the order of the file. */
  readonly attach?: readonly AttachOrder[];
  /** Programs to attach after these. */
  readonly attachToo?: readonly AttachOrder[];
  /** What programs are attached to that is not what they name themselves. */
  readonly points?: OtherPoints;
  /** Sizes of maps of objects, over what the lab says. */
  readonly sizes?: readonly MapSize[];
  /** Functions and tracepoints to make because programs are attached to them. */
  readonly missing?: MissingOptions;
  readonly strictAlignment?: boolean;
  /** Nothing is said of what programs read that nothing has written. */
  readonly isSilent?: boolean;
  /** What runs code when nothing is stepped or observed; the interpreter if absent. */
  readonly engine?: EngineFactory;
  /** Most actions whose arguments, keys and values have to be laid out. */
  readonly actions?: number;
  /** Most interrupts of a scenario. */
  readonly handlers?: number;
  /** Simulated time that an instruction takes; 1 if absent. */
  readonly nsPerInsn?: number;
  /** Most bytes that the machine may take in the host. */
  readonly maxBytes?: number;
  /** Whether to make memory that several threads of the host can use at once. */
  readonly sharedMemory?: boolean;
}

const NOTHING_MISSING: MissingOptions = { declare: false, prototypes: [] };
const NO_POINTS: OtherPoints = { now: new Map(), ever: new Set() };
const FIRST_PID = 1000;
const INIT_PID = 1;
/** Most memory a machine has. */
const LARGEST_MEMORY = 256 << 20;
const mebibytes = (bytes: number): number => Math.ceil(bytes / (1 << 20));

/** What to boot: from the kernel's files, the lab and its objects. */
interface Wanted {
  readonly declared: Declared;
  readonly maps: readonly MapDefinition[];
  readonly programs: readonly ProgramSource[];
  readonly objects: readonly ObjectUnit[];
  readonly guard: GuardInfo;
  readonly area: AreaSpec;
  readonly types: TypeSpace;
  readonly instances: readonly Instance[];
}

/**
 * Bytes for what a scenario does: an action has arguments, which a handler has once more, a key and a value; a softirq a
 * structure for each CPU.
 */
function arenaBytes(spec: BootSpec, maps: readonly MapDefinition[]): number {
  const action = 2 * ACTION.size + 16 + 512 + Math.ceil(largestValueOf(maps, spec.cpus) / 8) * 8;
  return (spec.actions ?? 0) * action + (spec.handlers ?? 0) * spec.cpus * TASKLET.size;
}

/** Bytes of data the machine needs, generously. */
function memoryNeeded(cx: BootContext, spec: BootSpec, wanted: Wanted): number {
  const { declared, maps, programs, objects, guard, area, types } = wanted;
  const taskSize = types.sizeOf(TASK);
  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
  const variables = [...declared.globals, ...declared.users];
  // Trampolines' images come on top, at most one for each function that can be traced.
  const requests = [
    ...maps.flatMap((m) => percpuRequestsOf(m, spec.model)),
    ...programs.flatMap(() => Object.values(percpuRequests(guard))),
  ];
  return (
    (1 << 19) +
    percpuMemory(area, requests) +
    TIMERS_BYTES +
    CPUMASKS_BYTES +
    (spec.cpus + 1) * 2 * ACTION.size +
    spec.cpus * cpuBytes(taskSize) +
    (spec.tasks.length + 1) * taskBytes(taskSize) +
    arenaBytes(spec, maps) +
    sum(maps.map((m) => mapBytes(m) + types.sizeOf(MAP) + 256)) +
    sum(variables.map((g) => (g.type.bits / 8) * cx.count(g.name.name, g.type.count, LARGEST_ARRAY) + 128)) +
    sum(objects.map(dataBytes)) +
    instanceBytes(wanted.instances) +
    declared.tracepoints.length * (PERF_ARRAY_BYTES + 128) +
    programs.length * (PROGRAM_BYTES + types.sizeOf(PROG) + types.sizeOf(PROG_AUX) + 256) +
    moreLinkBytes(spec.points ?? NO_POINTS)
  );
}

/** Most bytes that a system call copies for one key. */
function largestValueOf(maps: readonly MapDefinition[], cpus: number): number {
  return Math.max(8, ...maps.map((m) => copiedBytes(m, cpus)));
}

/** A machine with memory, per-CPU areas, leaves, CPUs and tasks, but no code yet. */
function createKernel(spec: BootSpec, bytes: number, wanted: Wanted): Kernel {
  const memory = new Memory(bytes, spec.sharedMemory);
  const strict = spec.strictAlignment === true && { plain: true };
  const machine = new Machine(memory, { ...spec.model.alignment, ...strict });
  machine.nsPerInsn = spec.nsPerInsn ?? 1;
  const percpu = new PercpuArea(memory, wanted.area);
  const pipe = reserve(memory, 'the trace pipe', 'memory', PIPE_SIZE + 8);
  const cpus = reserve(memory, 'the state of the CPUs', 'thread', spec.cpus * CPU_SIZE);
  const timers = reserve(memory, 'the timers', 'structure', TIMERS_BYTES);
  initialiseTimers(memory, timers);
  const cpumasks = createCpuMasks(memory, spec.cpus);
  const interpreter = new Interpreter(machine);
  const kernel = new Kernel({
    machine,
    model: spec.model,
    guard: wanted.guard,
    types: wanted.types,
    percpu,
    symbols: new Symbols(),
    interpreter,
    engine: spec.engine?.(machine) ?? interpreter,
    cpus: spec.cpus,
    pipe,
    timers,
    arena: reserve(memory, "the scenario's arguments", 'memory', arenaBytes(spec, wanted.maps)),
    ownArena: reserve(memory, 'calls of the machine itself', 'memory', (spec.cpus + 1) * 2 * ACTION.size),
    programList: reserve(memory, 'the list of programs', 'structure', wanted.programs.length * 8),
  });
  memory.unpoison(kernel.programList.start, wanted.programs.length * 8, KIND.object);
  for (const leaf of kernelLeaves({ pipe, cpus, timers, cpumasks, maps: kernel.mapTable })) {
    kernel.symbols.define(leaf.name, { kind: 'leaf', index: machine.addLeaf(leaf) }, leaf.visibility);
  }
  const { arch } = spec.model;
  const taskSize = wanted.types.sizeOf(TASK);
  const init = createTaskStruct(memory, 'init', { pid: INIT_PID, size: taskSize, arch });
  spec.tasks.forEach(({ name, cpu }, i) => {
    const task = createTask(machine, name, { pid: FIRST_PID + i, size: taskSize, arch });
    setParent(memory, task.at, init);
    placeTask(task, cpu, percpu.offsetOf(cpu));
    kernel.tasks.push(task);
  });
  for (let id = 0; id < spec.cpus; id += 1) {
    const at = cpus.start + id * CPU_SIZE;
    const percpuOffset = percpu.offsetOf(id);
    const cpu = { id, at, percpuOffset, tasks: kernel.tasks, taskSize };
    kernel.processors.push(new Cpu(machine, spec.model, cpu));
  }
  setParent(memory, init, kernel.processors[0]!.idle.at);
  return kernel;
}

/**
 * Symbols are names, but for what shares its name with something of another name space: there it has the word of its own
 * in front. What is the kernel's keeps its name, since the kernel's code says it; so do functions.
 */
function symbolsFor({ spacesOf, globals, percpus }: Declared): SymbolOf {
  const ofKernel = new Set(
    [...globals, ...percpus].filter((v) => v.visibility === 'kernel').map((v) => v.name.name),
  );
  return (space, name) => {
    const isBare = space === 'function' || (space === 'variable' && ofKernel.has(name));
    return isBare || spacesOf(name).length < 2 ? name : spacedName(space, name);
  };
}

/** Programs whose names the kernel takes, and others by names that the code which calls them can say. */
function sayable(programs: readonly ProgramSource[], findings: Findings): readonly ProgramSource[] {
  return programs.map((program, i) => {
    if (/^[\w.]+$/.test(program.name)) return program;
    findings.doubt(program.name);
    return { ...program, name: `unsayable$${i}` };
  });
}

/** Most elements of a map or variable where the lab asks for more memory than there is. */
const FEW = 16;

/** What fits, in the place of what does not. */
function shrunk(cx: BootContext, wanted: Wanted): Wanted {
  const { maps, declared } = wanted;
  const few = <T extends GlobalAst | UserAst>(v: T): T => {
    if (v.type.count !== undefined) cx.findings.doubt(v.name.name);
    return { ...v, type: { ...v.type, count: undefined } };
  };
  cx.findings.doubt(...maps.map((m) => m.name));
  return {
    ...wanted,
    maps: maps.map((m) => ({
      ...m,
      valueSize: Math.min(m.valueSize, FEW),
      maxEntries: mapTypeInfo(m.type).family === 'ring' ? PAGE_SIZE : Math.min(m.maxEntries, FEW),
    })),
    declared: {
      ...declared,
      globals: declared.globals.map((g) => (g.visibility === 'public' ? few(g) : g)),
      users: declared.users.map(few),
    },
  };
}

/** What is to be made; where it needs more memory than there is, that is reported, and it is made smaller. */
function sized(cx: BootContext, spec: BootSpec, wanted: Wanted): { bytes: number; wanted: Wanted } {
  const { maps, declared } = wanted;
  const bytes = memoryNeeded(cx, spec, wanted);
  const most = Math.min(LARGEST_MEMORY, dataWithin(spec.maxBytes ?? Infinity));
  if (bytes <= most) return { bytes, wanted };
  const sizes = [
    ...maps.map((m) => ({ span: m.span, bytes: mapBytes(m) })),
    ...[...declared.globals, ...declared.users].map(({ name, type }) => ({
      span: name.span,
      bytes: (type.bits / 8) * cx.count(name.name, type.count, LARGEST_ARRAY),
    })),
  ];
  const largest = sizes.sort((a, b) => b.bytes - a.bytes)[0];
  cx.findings.error('B0607', `the lab needs ${mebibytes(bytes)} MiB of memory`, {
    span: largest?.span,
    expected: `at most ${mebibytes(most)} MiB`,
    help:
      most < LARGEST_MEMORY ? '`--max-memory` says so' : 'maps and variables with fewer or smaller elements',
  });
  const smaller = shrunk(cx, wanted);
  return { bytes: memoryNeeded(cx, spec, smaller), wanted: smaller };
}

/** Boots a machine. Throws `InputError` with everything that is wrong with the lab, its objects or the guard. */
export function bootKernel(spec: BootSpec): Kernel {
  const findings = new Findings();
  const kernel = bootAsFarAsPossible(spec, findings);
  findings.orThrow();
  return kernel;
}

/**
 * Boots a machine with placeholders for what is at fault, so that what a scenario says can still be checked against it.
 * Nothing may run on it where there are errors.
 */
export function bootAsFarAsPossible(given: BootSpec, findings: Findings): Kernel {
  const spec = withSystemCalls(given);
  const cx = new BootContext(spec.kernel.cache.constantsOf(spec.model, spec.cpus), findings);
  const { points = NO_POINTS, missing = NOTHING_MISSING } = spec;
  const types = spec.types ?? typesOf(spec.model);
  const objects = (spec.objects ?? []).map((unit) => withoutUnknownKinds(unit, points, findings));
  const declared = collectDeclarations(spec.kernel.files, spec.lab, objects, LEAF_NAMES, findings);
  cx.symbolOf = symbolsFor(declared);
  const maps = mapDefinitions(cx, spec, declared, objects);
  const attachments = [...declared.programs, ...objects.flatMap(attachmentsOf)];
  const undeclared = declareMissing(declared, attachments, points, missing, findings);
  const programs = unique([
    ...declared.programs,
    ...objects.flatMap((unit) => sayable(programsOf(unit, cx.symbolOf), findings)),
  ]);
  const instances = planInstances(declared.structs, types, findings);
  const guard = readGuard(cx, spec.guard);
  const geometry = geometryFor(staticPercpuBytes(cx, declared.percpus));
  const area = { cpus: spec.cpus, geometry, hints: spec.model.percpuHints };
  const asked = { declared, maps, programs, objects, guard, area, types, instances };
  const { bytes, wanted } = sized(cx, spec, asked);

  const kernel = createKernel(spec, bytes, wanted);
  const { cache, maxErrors } = spec.kernel;
  const loader = new CodeLoader(kernel, cache, maxErrors, findings.doubts(GUARD_AREA));
  kernel.loader = loader;
  kernel.objects.push(...objects);
  createPercpuVariables(cx, kernel, wanted.declared.percpus);
  createGlobals(cx, kernel, wanted.declared.globals);
  writePercpuOffsets(kernel);
  createUserVariables(cx, kernel, wanted.declared.users);
  for (const unit of objects) {
    createData(cx, kernel, unit);
    createOptions(cx, kernel, unit);
  }
  createInstances(cx, kernel, instances);
  fillInstances(cx, kernel, instances);
  addGuard(kernel, loader, spec.guard);
  addFunctions(cx, kernel, loader, declared.functions);
  const records = recordsOf(attachments, points);
  const made = new Set(undeclared.flatMap((u) => (u.kind === 'tracepoint' ? [u.name] : [])));
  addTracepoints(cx, kernel, declared.tracepoints, (t) => recordFor(t, records, made.has(t.name.name)));
  for (const map of wanted.maps) createMap(cx, kernel, map);
  kernel.undeclared.push(...undeclared);
  createPrograms(cx, kernel, loader, programs, { points, areaSpan: spec.guard.area?.span });

  const faulty = loader.loadAll(findings);
  writeMapOperations(kernel);
  lookUpInPlace(kernel, faulty);
  registerPrograms(kernel);
  listTasks(kernel, spec.tasks.length);
  writeProgramFunctions(kernel);
  for (const unit of objects) {
    fillArrays(kernel, unit);
    fillPointers(kernel, unit);
  }
  fillUsdtSpecs(kernel);
  attachAll(kernel, spec, findings, new Set(points.now.keys()));
  refuseReadsOfUnknown(kernel, findings);
  markLoadsThroughBtf(kernel, faulty);
  const own = declared.functions.filter((f) => f.visibility === 'public');
  const indices = own.map((f) => kernel.symbols.functionIndex(f.name.name));
  findUnwrittenReads(kernel, indices, faulty, findings, spec.isSilent === true ? [] : undefined);
  const unresolved = objects
    .flatMap((unit) => unit.object.programs.flatMap((p) => p.unresolved))
    .map((d): Diagnostic => ({ ...d, severity: 'warning' }));
  findings.addAll([...objects.flatMap((unit) => unit.object.warnings), ...unresolved]);
  kernel.warnings.push(...findings.diagnostics);
  if (spec.stats) kernel.memory.writeU32(kernel.globals.get('bpf_stats_enabled_key')!.at, 1);
  return kernel;
}
