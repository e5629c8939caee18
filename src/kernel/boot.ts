import { evaluateConstant } from '../isa/lower/context.js';
import { Interpreter } from '../machine/interpreter.js';
import { Machine } from '../machine/machine.js';
import { KIND, Memory, type Region, toAddress } from '../machine/memory.js';
import { type FunctionAst, type GlobalAst, type GuardAst, type LabAst, type MapAst, type Name, type PercpuAst, type ProgramAst, type TracepointAst } from '../syntax/lab-ast.js';
import { type Diagnostic, errorAt, throwIfErrors } from '../text/diagnostic.js';
import { CodeLoader } from './code.js';
import { attachAll } from './attach.js';
import { Kernel, type GuardInfo } from './kernel.js';
import { layoutConstants, MAP, MAP_OPS, PROG, RAW_TP_LINK, STATS } from './layout.js';
import { kernelLeaves } from './leaves.js';
import { defineMap, MAP_TYPES, type MapDefinition, type MapType } from './map/definition.js';
import { describeElement, initialiseElements, MapFields, mapBytes } from './map/elements.js';
import { type KernelModel, modelConstants } from './model.js';
import { PercpuArea, UNIT_SIZE } from './percpu/area.js';
import { PIPE_SIZE } from './printk.js';
import { parseAttachPoint } from './attach-point.js';
import { Symbols, type Visibility } from './symbols.js';
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
  /** Names of tasks to create; the first runs on CPU 0. */
  readonly tasks: readonly { readonly name: string; readonly cpu: number }[];
  /** Programs to attach, in this order; absent: all, in the order of the file. */
  readonly attach?: readonly Name[];
  readonly strictAlignment?: boolean;
}

type Owned<T> = T & { readonly visibility: Visibility };

/** Declarations of the kernel's files and of the lab in one list each, with who may use their names. */
interface Declared {
  readonly maps: Owned<MapAst>[];
  readonly globals: Owned<GlobalAst>[];
  readonly percpus: Owned<PercpuAst>[];
  readonly functions: Owned<FunctionAst>[];
  readonly tracepoints: Owned<TracepointAst>[];
  readonly programs: ProgramAst[];
}

/** Names that instructions could not refer to. */
const UNUSABLE = /^([rw]\d+|if|goto|gotol|gotox|may_goto|call|callx|exit|lock|ll|pc)$/i;

function collect(spec: BootSpec, diagnostics: Diagnostic[]): Declared {
  const out: Declared = { maps: [], globals: [], percpus: [], functions: [], tracepoints: [], programs: [] };
  const seen = new Map<string, Name>();
  const add = (name: Name, isLab: boolean): boolean => {
    if (UNUSABLE.test(name.name)) {
      diagnostics.push(errorAt('B0409', `\`${name.name}\` is a register or a word of the assembler`, { span: name.span, help: 'choose another name' }));
    }
    const before = seen.get(name.name);
    if (before === undefined) {
      seen.set(name.name, name);
      return true;
    }
    const where = before.span.source === name.span.source ? '' : ', by the emulated kernel';
    if (isLab) diagnostics.push(errorAt('B0402', `\`${name.name}\` is declared already${where}`, { span: name.span, help: 'choose another name' }));
    return false;
  };
  for (const [file, visibility] of [...spec.kernel.map((f) => [f, 'kernel'] as const), [spec.lab, 'public'] as const]) {
    for (const d of file.declarations) {
      if (d.kind === 'scenario' || d.kind === 'guard' || !add(d.name, visibility === 'public')) continue;
      switch (d.kind) {
        case 'map':
          out.maps.push({ ...d, visibility });
          break;
        case 'global':
          out.globals.push({ ...d, visibility });
          break;
        case 'percpu':
          out.percpus.push({ ...d, visibility });
          break;
        case 'function':
          out.functions.push({ ...d, visibility });
          break;
        case 'tracepoint':
          out.tracepoints.push({ ...d, visibility });
          break;
        case 'program':
          out.programs.push(d);
          break;
        default:
          d satisfies never;
      }
    }
  }
  return out;
}

/** Most arguments a traced function or tracepoint may have that are passed in registers. */
const REGISTER_ARGUMENTS = 5;

/** Boots a machine: memory, per-CPU areas, maps, code, programs, and attaches them. */
class Boot {
  readonly spec: BootSpec;
  readonly diagnostics: Diagnostic[] = [];
  readonly constants: Map<string, bigint>;
  readonly symbols = new Symbols();
  readonly declared: Declared;

  constructor(spec: BootSpec) {
    this.spec = spec;
    this.constants = new Map([...layoutConstants(), ...modelConstants(spec.model)]);
    this.declared = collect(spec, this.diagnostics);
  }

  /** A small positive number from a declaration. */
  #count(expr: GlobalAst['type']['count'], what: string, most: number): number {
    if (expr === undefined) return 1;
    const value = evaluateConstant(expr, this.constants, this.diagnostics);
    if (value >= 1n && value <= BigInt(most)) return Number(value);
    this.diagnostics.push(errorAt('B0406', `${what} of ${value}`, { span: expr.span, expected: `1 to ${most}` }));
    return 1;
  }

  #guard(): GuardInfo {
    const { guard } = this.spec;
    const missing = [
      ...(guard.area === undefined ? ['`area size N align N`'] : []),
      ...(guard.enter === undefined ? ['`enter { … }`'] : []),
      ...(guard.exit === undefined ? ['`exit { … }`'] : []),
    ];
    if (missing.length > 0) {
      this.diagnostics.push(
        errorAt('B0404', `guard \`${guard.name.name}\` lacks ${missing.join(' and ')}`, {
          span: guard.name.span,
          help: 'programs/guards holds complete ones to start from',
        }),
      );
    }
    const value = (which: 'size' | 'align'): number =>
      guard.area === undefined ? 4 : Number(evaluateConstant(guard.area[which], this.constants, this.diagnostics));
    return { name: guard.name.name, size: value('size'), align: value('align') };
  }

  run(): Kernel {
    const { spec, declared, diagnostics } = this;
    const maps = declared.maps.map((m) => defineMap(m, (e) => evaluateConstant(e, this.constants, diagnostics), diagnostics));
    const guard = this.#guard();
    const globals = declared.globals.map((g) => this.#count(g.type.count, 'an array', 1 << 20));
    throwIfErrors(diagnostics);
    const defined = maps.filter((m) => m !== undefined);
    const largestValue = Math.max(8, ...defined.map((m) => m.valueSize));
    const globalBytes = declared.globals.reduce((n, g, i) => n + (g.type.bits / 8) * globals[i]! + 128, 0);
    const bytes =
      (1 << 19) +
      spec.cpus * (UNIT_SIZE + 8192) +
      spec.tasks.length * taskBytes(largestValue) +
      defined.reduce((n, m) => n + mapBytes(m) + MAP.size + 256, 0) +
      globalBytes +
      declared.programs.length * 512;
    const memory = new Memory(bytes);
    const alignment = { ...spec.model.alignment, ...(spec.strictAlignment === true && { plain: true }) };
    const machine = new Machine(memory, alignment);
    const percpu = this.#percpuArea(memory);
    const pipe = reserve(memory, 'the trace pipe', 'memory', PIPE_SIZE + 8);
    const kernel = new Kernel({
      machine,
      model: spec.model,
      guard,
      percpu,
      symbols: this.symbols,
      interpreter: new Interpreter(machine),
      cpus: spec.cpus,
      pipe,
    });
    for (const leaf of kernelLeaves(pipe)) {
      this.symbols.define(leaf.name, { kind: 'leaf', index: machine.addLeaf(leaf) }, leaf.visibility);
    }
    for (const [i, task] of spec.tasks.entries()) {
      const created = createTask(memory, task.name, 1000 + i, largestValue);
      created.thread.setCpu(task.cpu, percpu.offsetOf(task.cpu));
      kernel.tasks.push(created);
    }
    this.#percpuVariables(kernel);
    this.#globals(kernel, globals);
    const loader = new CodeLoader(kernel, this.constants);
    this.#functions(kernel, loader);
    this.#maps(kernel, defined);
    this.#programs(kernel, loader);
    throwIfErrors(diagnostics);
    loader.loadAll(diagnostics);
    throwIfErrors(diagnostics);
    this.#mapOperations(kernel);
    for (const program of kernel.programs.values()) {
      memory.writeU64(program.at + PROG.fields.bpf_func.offset, machine.text.addressOf(program.fn));
    }
    attachAll(kernel, loader, spec.attach, diagnostics);
    throwIfErrors(diagnostics);
    if (spec.stats) memory.writeU32(kernel.globals.get('bpf_stats_enabled_key')!.at, 1);
    return kernel;
  }

  #percpuArea(memory: Memory): PercpuArea {
    const units: Region[] = [];
    const holder: { area?: PercpuArea } = {};
    for (let cpu = 0; cpu < this.spec.cpus; cpu += 1) {
      const describe = (offset: number): string | undefined => holder.area?.describe(offset, cpu);
      units.push(reserve(memory, `the per-CPU unit of CPU ${cpu}`, 'percpu', UNIT_SIZE, 4096, describe));
    }
    holder.area = new PercpuArea(memory, units);
    return holder.area;
  }

  #percpuVariables(kernel: Kernel): void {
    for (const p of this.declared.percpus) {
      const size = (p.type.bits / 8) * this.#count(p.type.count, 'an array', UNIT_SIZE);
      const made = kernel.percpu.allocate(p.name.name, size, Math.max(4, p.type.bits / 8));
      if (!made.ok) {
        this.diagnostics.push(errorAt('B0606', made.warning, { span: p.name.span }));
        continue;
      }
      kernel.percpuVariables.set(p.name.name, made.allocation);
      this.symbols.define(p.name.name, { kind: 'address', address: made.allocation.pointer }, p.visibility);
    }
  }

  #globals(kernel: Kernel, counts: readonly number[]): void {
    this.declared.globals.forEach((g, i) => {
      const { bits, signed } = g.type;
      const count = counts[i]!;
      const region = reserve(kernel.memory, `global ${g.name.name}`, 'global', (bits / 8) * count);
      kernel.memory.unpoison(region.start, (bits / 8) * count, KIND.object);
      kernel.globals.set(g.name.name, { name: g.name.name, at: region.start, bits, signed, count });
      this.symbols.define(g.name.name, { kind: 'address', address: toAddress(region.start) }, g.visibility);
      this.#initialise(kernel.memory, g, region, count);
    });
  }

  #initialise(memory: Memory, g: GlobalAst, region: Region, count: number): void {
    const { initial, type } = g;
    if (initial === undefined) return;
    if (initial.kind === 'text') {
      const bytes = new TextEncoder().encode(`${initial.text}\0`);
      if (type.bits !== 8 || bytes.length > count) {
        this.diagnostics.push(
          errorAt('B0406', `a text of ${bytes.length} bytes, its zero byte included, does not fit`, {
            span: initial.span,
            help: `write \`global ${g.name.name} : u8[${bytes.length}] = …\``,
          }),
        );
      } else memory.u8.set(bytes, region.start);
      return;
    }
    const value = evaluateConstant(initial, this.constants, this.diagnostics);
    const low = type.signed ? -(1n << BigInt(type.bits - 1)) : -(1n << BigInt(type.bits - 1));
    if (count > 1 || value < low || value >= 1n << BigInt(type.bits)) {
      const what = count > 1 ? 'an array has no single initial value' : `${value} does not fit into ${type.bits} bits`;
      this.diagnostics.push(errorAt('B0406', what, { span: initial.span }));
      return;
    }
    for (let i = 0; i < type.bits / 8; i += 1) {
      memory.u8[region.start + i] = Number((BigInt.asUintN(64, value) >> BigInt(8 * i)) & 0xffn);
    }
  }

  #functions(kernel: Kernel, loader: CodeLoader): void {
    const { guard } = this.spec;
    for (const part of ['enter', 'exit'] as const) {
      const index = kernel.machine.text.declare(`${guard.name.name}.${part}`, 'guard');
      this.symbols.define(`guard_${part}`, { kind: 'function', index }, 'kernel');
      loader.add({ name: `${guard.name.name}.${part}`, kind: 'guard', index, lines: guard[part] ?? [], visibility: 'kernel' });
    }
    for (const f of this.declared.functions) {
      const index = kernel.machine.text.declare(f.name.name, 'kernel');
      const isHelper = f.name.name.startsWith('bpf_map_') || f.name.name === 'bpf_trace_printk';
      this.symbols.define(f.name.name, { kind: 'function', index }, isHelper ? 'public' : f.visibility);
      loader.add({ name: f.name.name, kind: 'kernel', index, lines: f.lines, visibility: 'kernel' });
      for (const flag of f.flags) {
        if (flag.name !== 'notrace') this.diagnostics.push(errorAt('B0409', `unknown word \`${flag.name}\``, { span: flag.span, expected: 'notrace' }));
      }
      if (f.flags.some((w) => w.name === 'notrace')) continue;
      this.#checkArguments(f.name, f.params.length);
      kernel.traceable.set(f.name.name, { name: f.name.name, fn: index, nargs: f.params.length });
    }
    for (const t of this.declared.tracepoints) {
      this.#checkArguments(t.name, t.params.length);
      const index = kernel.machine.text.declare(`trace_${t.name.name}`, 'kernel');
      this.symbols.define(`trace_${t.name.name}`, { kind: 'function', index }, t.visibility);
      kernel.tracepoints.set(t.name.name, t.params.length);
    }
  }

  #checkArguments(name: Name, count: number): void {
    if (count <= REGISTER_ARGUMENTS) return;
    this.diagnostics.push(errorAt('B0409', `\`${name.name}\` has ${count} arguments`, { span: name.span, expected: `at most ${REGISTER_ARGUMENTS}` }));
  }

  #maps(kernel: Kernel, maps: readonly MapDefinition[]): void {
    for (const definition of maps) {
      const structure = reserve(kernel.memory, `map ${definition.name}`, 'structure', MAP.size);
      kernel.memory.unpoison(structure.start, MAP.size, KIND.object);
      const holder: { region?: Region } = {};
      const describe = (offset: number): string | undefined =>
        holder.region === undefined ? undefined : describeElement(kernel.memory, definition, holder.region, offset);
      const region = reserve(kernel.memory, `the elements of map ${definition.name}`, 'map', mapBytes(definition), 8, describe);
      holder.region = region;
      const fields = new MapFields(kernel.memory, structure.start);
      fields.set('map_type', MAP_TYPES[definition.type]);
      fields.set('key_size', definition.keySize);
      fields.set('value_size', definition.valueSize);
      fields.set('max_entries', definition.maxEntries);
      initialiseElements(kernel.memory, definition, fields, region);
      kernel.maps.set(definition.name, { definition, fields });
      this.symbols.define(definition.name, { kind: 'address', address: toAddress(structure.start) }, 'public');
    }
  }

  /** Tables of function addresses, one a kind of map; written when the functions have addresses. */
  #mapOperations(kernel: Kernel): void {
    const prefix: Readonly<Record<MapType, string>> = { hash: 'htab', array: 'array' };
    for (const type of Object.keys(MAP_TYPES) as MapType[]) {
      const ops = reserve(kernel.memory, `${prefix[type]}_map_ops`, 'structure', MAP_OPS.size);
      kernel.memory.unpoison(ops.start, MAP_OPS.size, KIND.object);
      for (const op of ['lookup', 'update', 'delete'] as const) {
        const fn = this.symbols.functionIndex(`${prefix[type]}_map_${op}_elem`);
        kernel.memory.writeU64(ops.start + MAP_OPS.fields[`map_${op}_elem`].offset, kernel.machine.text.addressOf(fn));
      }
      for (const map of kernel.maps.values()) {
        if (map.definition.type === type) kernel.memory.writeU64(map.fields.at + MAP.fields.ops.offset, toAddress(ops.start));
      }
    }
  }

  #programs(kernel: Kernel, loader: CodeLoader): void {
    const { guard } = kernel;
    for (const p of this.declared.programs) {
      const { name } = p.name;
      const attach = parseAttachPoint(p.attach);
      if ('code' in attach) {
        this.diagnostics.push(attach);
        continue;
      }
      const active = kernel.percpu.allocate(`${name}.active`, guard.size, guard.align);
      const stats = kernel.percpu.allocate(`${name}.stats`, STATS.size, 8);
      if (!active.ok || !stats.ok) {
        const warning = active.ok ? (stats.ok ? '' : stats.warning) : active.warning;
        const at = this.spec.guard.area?.span ?? p.name.span;
        this.diagnostics.push(errorAt('B0606', warning, { span: at, help: 'the kernel would warn so and refuse to load the program' }));
        return;
      }
      const structure = reserve(kernel.memory, `bpf_prog of ${name}`, 'structure', PROG.size);
      const link = reserve(kernel.memory, `bpf_raw_tp_link of ${name}`, 'structure', RAW_TP_LINK.size);
      kernel.memory.unpoison(structure.start, PROG.size, KIND.object);
      kernel.memory.unpoison(link.start, RAW_TP_LINK.size, KIND.object);
      const id = kernel.programs.size + 1;
      const index = kernel.machine.text.declare(name, 'program');
      kernel.memory.writeU64(structure.start + PROG.fields.active.offset, active.allocation.pointer);
      kernel.memory.writeU64(structure.start + PROG.fields.stats.offset, stats.allocation.pointer);
      kernel.memory.writeU32(structure.start + PROG.fields.id.offset, id);
      kernel.memory.writeU64(link.start + RAW_TP_LINK.fields.prog.offset, toAddress(structure.start));
      this.symbols.define(name, { kind: 'function', index }, 'kernel');
      this.symbols.define(`${name}.prog`, { kind: 'address', address: toAddress(structure.start) }, 'kernel');
      this.symbols.define(`${name}.link`, { kind: 'address', address: toAddress(link.start) }, 'kernel');
      kernel.programs.set(name, {
        id,
        name,
        attach,
        fn: index,
        at: structure.start,
        active: active.allocation,
        stats: stats.allocation,
        span: p.attach.span,
      });
      loader.add({ name, kind: 'program', index, lines: p.lines, visibility: 'public', span: p.name.span });
    }
  }
}

function reserve(memory: Memory, name: string, kind: Region['kind'], size: number, align = 8, describe?: Region['describe']): Region {
  const region = memory.reserve(name, kind, size, align, describe);
  if (region === undefined) throw new Error(`the machine's memory is too small for ${name}`);
  return region;
}

/** Boots a machine. Throws `InputError` with everything that is wrong with the lab or the guard. */
export function bootKernel(spec: BootSpec): Kernel {
  return new Boot(spec).run();
}
