import type { Engine } from '../machine/engine.js';
import type { Interpreter } from '../machine/interpreter.js';
import type { Machine } from '../machine/machine.js';
import { KIND, type Memory, type Region, toAddress } from '../machine/memory.js';
import type { MachineFunction } from '../machine/text.js';
import type { TypeSpace } from '../object/core/type-space.js';
import type { BpfObject } from '../object/object.js';
import type { ParamAst } from '../syntax/lab-ast.js';
import { type NameSpace, spacedName, splitSpacedName } from '../syntax/name-space.js';
import type { Diagnostic } from '../text/diagnostic.js';
import type { Span } from '../text/source.js';
import type { AttachPoint, AttachTarget } from './attach/point.js';
import type { FilledRecord } from './attach/record.js';
import type { CodeLoader } from './boot/code.js';
import { reserve } from './boot/context.js';
import type { Symbols } from './boot/symbols.js';
import type { Cpu } from './cpu.js';
import type { DoubtfulUnit } from './doubtful-unit.js';
import type { GuardInfo } from './guard-info.js';
import { LINK, STATS, TASK, TRAMP_IMAGE } from './layout.js';
import { type PerfContent, readPerf } from './map/perf-buffer.js';
import { readElement } from './map/read.js';
import { type RingContent, readRing } from './map/ringbuf.js';
import type { BpfMap } from './map/storage.js';
import { MapTable } from './map/table.js';
import type { KernelModel } from './model.js';
import { guardFunction, imageName } from './names.js';
import type { PercpuAllocation, PercpuArea } from './percpu/area.js';
import { readPipe } from './printk.js';
import type { Task } from './task.js';
import type { Undeclared } from './undeclared.js';

export interface Program {
  /** As bpftool numbers them, from 1. */
  readonly id: number;
  readonly name: string;
  readonly attach: AttachPoint;
  /** All that it can be attached to, that of `attach` first; a pattern stands for the functions that match it. */
  readonly targets: readonly AttachTarget[];
  /** Index of its function. */
  readonly fn: number;
  /** Offset of its struct bpf_prog. */
  readonly at: number;
  readonly active: PercpuAllocation;
  readonly stats: PercpuAllocation;
  /** For each of `targets`: offsets of its struct bpf_link, and of the array with only this program in it that a kprobe's event has. */
  readonly links: readonly { readonly link: number; readonly event: number }[];
  /** Offset of the word that BPF_PROG_TEST_RUN of it fills in. */
  readonly retval: number;
  /** False for programs that are attached only when a scenario says so. */
  readonly autoload: boolean;
  /** From an object file: what it reads through was an address to the compiler. */
  readonly isOfObject: boolean;
  readonly span: Span | undefined;
}

/** A program on a function or a tracepoint. */
export interface Link {
  readonly program: Program;
  /** Which of the program's links it is. */
  readonly index: number;
  /** Bytes from the beginning of the function: of a kprobe in it. */
  readonly offset: number;
  readonly cookie: bigint;
}

export interface ProgramStats {
  readonly runCnt: bigint;
  readonly runTimeNs: bigint;
  readonly recursionMisses: bigint;
  /** Hits that the kprobe layer dropped, which bpf_link_info has in kernels that count them. */
  readonly linkMissed: bigint;
}

export interface Global {
  readonly name: string;
  readonly at: number;
  readonly bits: 8 | 16 | 32 | 64;
  readonly signed: boolean;
  /** Number of elements; 1 for a scalar. */
  readonly count: number;
  readonly isArray: boolean;
  /** A bit field in that many bits: its first one, and its width. */
  readonly field?: { readonly first: number; readonly width: number };
  /** A constant of an object: user space may set it before the object is loaded. */
  readonly isFrozen?: boolean;
}

/** A function that programs can be attached to. */
export interface Traceable {
  readonly name: string;
  readonly fn: number;
  readonly nargs: number;
  /** As they are declared, if a file declares them. */
  readonly params?: readonly ParamAst[];
  /** fmod_ret programs may change what it returns. */
  readonly modifiable: boolean;
  /** Sleepable programs may be attached. */
  readonly sleepable: boolean;
  /** A hook of LSM programs: of no interest while nothing is attached to it. */
  readonly isHook: boolean;
}

/** A variable in the memory of user space. */
export interface UserVariable {
  readonly name: string;
  /** Offset of its page's header: a word that is 1 while the page is present. Threads wait for it here. */
  readonly at: number;
  readonly size: number;
  /** Where it is to user space. */
  readonly address: bigint;
}

/** A booted machine: what is in it, and how to read it. Booting and attaching are in files of their own. */
export class Kernel {
  readonly machine: Machine;
  readonly model: KernelModel;
  readonly guard: GuardInfo;
  /** The kernel's types, and those that objects brought. */
  readonly types: TypeSpace;
  readonly percpu: PercpuArea;
  readonly symbols: Symbols;
  /** For stepping and observing. */
  readonly interpreter: Interpreter;
  /** For running: what the scenario asks for. Both may be used on the same thread in turn. */
  readonly engine: Engine;
  readonly cpus: number;
  readonly programs = new Map<string, Program>();
  readonly maps = new Map<string, BpfMap>();
  /** The same maps as leaves find them. */
  readonly mapTable = new MapTable();
  readonly globals = new Map<string, Global>();
  /** Addresses of structures that a lab has made, by their names. */
  readonly structs = new Map<string, bigint>();
  readonly traceable = new Map<string, Traceable>();
  /** Programs that programs are attached to. */
  readonly programTargets = new Map<string, Traceable>();
  /** Tracepoints by name, with the number of their arguments. */
  readonly tracepoints = new Map<string, number>();
  /** What their programs on perf get. */
  readonly records = new Map<string, FilledRecord>();
  /** Functions and tracepoints that were made because programs are attached to them. */
  readonly undeclared: Undeclared[] = [];
  /** How many arguments functions of the kernel and of the lab take, by their index. */
  readonly parameters = new Map<number, number>();
  /** Object files that were loaded, each with what the names of what it brought begin with. */
  readonly objects: { readonly object: BpfObject; readonly prefix: string }[] = [];
  /** Programs that may read what was never written; nobody can tell without running them. */
  readonly doubtful: DoubtfulUnit[] = [];
  /** Index of the trampoline's image, by the function it is on. */
  readonly trampolines = new Map<string, number>();
  readonly percpuVariables = new Map<string, PercpuAllocation>();
  /** All tasks: the scenario's, then a ksoftirqd for each CPU. */
  readonly tasks: Task[] = [];
  readonly processors: Cpu[] = [];
  readonly users = new Map<string, UserVariable>();
  /** What was found doubtful in the lab while it was loaded. */
  readonly warnings: Diagnostic[] = [];
  /** Programs on functions and on tracepoints, in order of attachment. */
  readonly functionLinks = new Map<string, readonly Link[]>();
  readonly tracepointLinks = new Map<string, readonly Link[]>();
  /** The callbacks that ftrace has (struct ftrace_ops), the last registered first. */
  ftraceOps: readonly string[] = [];
  /** Functions that programs may not be attached to. */
  readonly notrace = new Set<string>();
  readonly pipe: Region;
  readonly timers: Region;
  /** Where the actions of a scenario and what they point to are laid out. */
  readonly arena: Region;
  /** The same for what the machine itself has called: timers, softirq threads. */
  readonly ownArena: Region;
  /** Addresses of all programs' structures, for iterators. */
  readonly programList: Region;
  /** Addresses of the scenario's tasks, one after the other, for iterators over tasks; undefined where there is none of these. */
  taskList: { readonly start: number; readonly count: number } | undefined;
  #loader: CodeLoader | undefined;

  constructor(
    parts: Pick<
      Kernel,
      | 'machine'
      | 'model'
      | 'guard'
      | 'types'
      | 'percpu'
      | 'symbols'
      | 'interpreter'
      | 'engine'
      | 'cpus'
      | 'pipe'
      | 'timers'
      | 'arena'
      | 'ownArena'
      | 'programList'
    >,
  ) {
    this.machine = parts.machine;
    this.model = parts.model;
    this.guard = parts.guard;
    this.types = parts.types;
    this.percpu = parts.percpu;
    this.symbols = parts.symbols;
    this.interpreter = parts.interpreter;
    this.engine = parts.engine;
    this.cpus = parts.cpus;
    this.pipe = parts.pipe;
    this.timers = parts.timers;
    this.arena = parts.arena;
    this.ownArena = parts.ownArena;
    this.programList = parts.programList;
  }

  /** Places code; trampolines are made again whenever programs are attached. */
  get loader(): CodeLoader {
    if (this.#loader === undefined) throw new Error('the kernel has not been booted');
    return this.#loader;
  }

  set loader(loader: CodeLoader) {
    this.#loader = loader;
  }

  get memory(): Memory {
    return this.machine.memory;
  }

  /** A program's counters, summed over CPUs, as bpf_prog_info has them. */
  stats(program: Program): ProgramStats {
    const sum = (field: keyof typeof STATS.fields): bigint => {
      let total = 0n;
      for (let cpu = 0; cpu < this.cpus; cpu += 1) {
        total += this.memory.readU64(this.percpu.at(program.stats, cpu) + STATS.fields[field].offset);
      }
      return BigInt.asUintN(64, total);
    };
    return {
      runCnt: sum('cnt'),
      runTimeNs: sum('nsecs'),
      recursionMisses: sum('misses'),
      linkMissed: this.model.countsActiveMisses
        ? program.links.reduce((n, l) => n + this.memory.readU64(l.link + LINK.fields.nmissed.offset), 0n)
        : 0n,
    };
  }

  /**
   * The function of a name that is called now: of a trampoline the newest image. The guard's functions can be named as
   * its own file names them, too, so that a lab's places hold for a guard that was made from another.
   */
  functionNamed(name: string): MachineFunction | undefined {
    const { functions } = this.machine.text;
    const { space, bare } = splitSpacedName(name);
    const find = (wanted: string): MachineFunction | undefined =>
      functions.findLast((f) => f.name === wanted && f.start >= 0);
    if (space !== undefined) {
      const found = find(name) ?? find(bare);
      return found !== undefined && (found.kind === 'program') === (space === 'program') ? found : undefined;
    }
    const { name: guard, declared } = this.guard;
    const part = (['enter', 'exit'] as const).find((p) => name === guardFunction(declared, p));
    return find(name) ?? (part && find(guardFunction(guard, part)));
  }

  /** The name spaces in which a bare name is that of code: more than one where it takes a word in front to say which. */
  codeSpaces(name: string): NameSpace[] {
    return (['program', 'function'] as const).filter(
      (space) => this.functionNamed(spacedName(space, name)) !== undefined,
    );
  }

  /** What the last BPF_PROG_TEST_RUN of a program gave as `retval`; 0 before the first. */
  testRunResult(program: Program): number {
    return this.memory.readU32(program.retval);
  }

  /** The bytes of a program's `active` area on a CPU. */
  active(program: Program, cpu: number): Uint8Array {
    const at = this.percpu.at(program.active, cpu);
    return this.memory.u8.slice(at, at + this.guard.size);
  }

  /** preempt_count as code running on a CPU sees it: per CPU or in the task, as the architecture has it. */
  preemptCount(cpu: number): number {
    return this.memory.readU32(this.preemptCountAt(cpu));
  }

  /** Offset in memory of the preempt_count that code running on a CPU sees. */
  preemptCountAt(cpu: number): number {
    const variable = this.percpuVariables.get('__preempt_count');
    return variable !== undefined
      ? this.percpu.at(variable, cpu)
      : this.processors[cpu]!.top.current + TASK.fields.preempt_count.offset;
  }

  /** Whether the task on a CPU can be preempted now: it runs, with interrupts on, and preempt_count is zero. */
  canPreempt(cpu: number): boolean {
    const processor = this.processors[cpu]!;
    return processor.depth === 0 && !processor.irqsOff && this.preemptCount(cpu) === 0;
  }

  /** Whether a function or tracepoint may be given fewer arguments than it was made with: not what a lab declares. */
  mayLackArguments(kind: Undeclared['kind'], name: string): boolean {
    return this.undeclared.some((u) => u.kind === kind && u.name === name);
  }

  /** Whether nobody knows after how many arguments a function's result lies. */
  hasUnknownResult(name: string): boolean {
    const found = this.undeclared.find((u) => u.kind === 'function' && u.name === name);
    return found !== undefined && (found.params === undefined || found.isAtLeast === true);
  }

  /** Whether nobody knows the arguments of a function or tracepoint. */
  hasUnknownArguments(kind: Undeclared['kind'], name: string): boolean {
    return this.undeclared.some((u) => u.kind === kind && u.name === name && u.params === undefined);
  }

  /** Whether any code that is loaded calls a function. */
  calls(name: string): boolean {
    return this.machine.text.callsFunction(this.symbols.functionIndex(name));
  }

  /** Whether a softirq has been raised on a CPU and not yet been served. */
  isSoftirqPending(cpu: number, nr: number): boolean {
    const variable = this.percpuVariables.get('__softirq_pending')!;
    return (this.memory.readU32(this.percpu.at(variable, cpu)) & (1 << nr)) !== 0;
  }

  /** The program whose struct bpf_prog is at an address. */
  programAt(address: number): Program | undefined {
    for (const program of this.programs.values()) if (program.at === address) return program;
    return undefined;
  }

  /** A scalar global's value, or an element of an array. */
  readGlobal(global: Global, index = 0): bigint {
    const at = global.at + (index * global.bits) / 8;
    const { view } = this.memory;
    const raw =
      global.bits === 64
        ? view.getBigUint64(at, true)
        : BigInt(
            global.bits === 32
              ? view.getUint32(at, true)
              : global.bits === 16
                ? view.getUint16(at, true)
                : view.getUint8(at),
          );
    const { first = 0, width = global.bits } = global.field ?? {};
    const value = BigInt.asUintN(width, raw >> BigInt(first));
    return global.signed ? BigInt.asIntN(width, value) : value;
  }

  /** Writes a global variable or an element of one; the value has been found to fit. */
  writeGlobal(global: Global, index: number, value: bigint): void {
    const bytes = global.bits / 8;
    const at = global.at + index * bytes;
    const { first = 0, width = global.bits } = global.field ?? {};
    const mask = ((1n << BigInt(width)) - 1n) << BigInt(first);
    for (let i = 0; i < bytes; i += 1) {
      const kept = Number((mask >> BigInt(8 * i)) & 0xffn);
      const wanted = Number(((BigInt.asUintN(64, value) << BigInt(first)) >> BigInt(8 * i)) & 0xffn);
      const u8 = this.memory.u8;
      u8[at + i] = (u8[at + i]! & ~kept) | (wanted & kept);
    }
  }

  /** The bytes that a map holds for a key, on a CPU where each has values of its own; undefined for nothing. */
  readElement(map: BpfMap, key: bigint, cpu = 0): Uint8Array | undefined {
    return readElement(map, key, cpu);
  }

  /** What a consumer finds in a ring buffer: the first so many records. */
  ringRecords(map: BpfMap, most = Infinity): RingContent {
    return readRing(map, most);
  }

  /** What user space finds in a CPU's buffer of a perf event array: the first so many records. */
  perfRecords(map: BpfMap, cpu: number, most = Infinity): PerfContent {
    return readPerf(map, cpu, most);
  }

  /** Makes what the kernel keeps of the image on a function, the first time it has one. */
  ensureImage(target: string): void {
    const name = imageName(target);
    if (this.symbols.has(name)) return;
    const pcref = this.percpu.allocate(name, 8, 8);
    if (!pcref.ok) throw new Error(pcref.warning);
    const region = reserve(this.memory, `bpf_tramp_image of ${target}`, 'structure', TRAMP_IMAGE.size);
    this.memory.unpoison(region.start, TRAMP_IMAGE.size, KIND.object);
    this.memory.writeU64(region.start + TRAMP_IMAGE.fields.pcref.offset, pcref.allocation.pointer);
    this.symbols.define(name, { kind: 'address', address: toAddress(region.start) }, 'kernel');
  }

  /** What programs have printed. */
  printed(): string {
    return readPipe(this.memory, this.pipe);
  }
}
