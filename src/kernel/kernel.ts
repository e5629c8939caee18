import type { Interpreter } from '../machine/interpreter.js';
import type { Machine } from '../machine/machine.js';
import type { Memory, Region } from '../machine/memory.js';
import type { Diagnostic } from '../text/diagnostic.js';
import type { Span } from '../text/source.js';
import type { AttachPoint } from './attach-point.js';
import { STATS, TASK } from './layout.js';
import { readElement } from './map/read.js';
import { type RingContent, readRing } from './map/ringbuf.js';
import type { BpfMap } from './map/storage.js';
import { MapTable } from './map/table.js';
import type { KernelModel } from './model.js';
import type { PercpuAllocation, PercpuArea } from './percpu/area.js';
import { readPipe } from './printk.js';
import type { Symbols } from './symbols.js';
import type { Task } from './task.js';

export interface Program {
  /** As bpftool numbers them, from 1. */
  readonly id: number;
  readonly name: string;
  readonly attach: AttachPoint;
  /** Index of its function. */
  readonly fn: number;
  /** Offset of its struct bpf_prog. */
  readonly at: number;
  readonly active: PercpuAllocation;
  readonly stats: PercpuAllocation;
  readonly span: Span | undefined;
}

export interface ProgramStats {
  readonly runCnt: bigint;
  readonly runTimeNs: bigint;
  readonly recursionMisses: bigint;
}

export interface Global {
  readonly name: string;
  readonly at: number;
  readonly bits: 8 | 16 | 32 | 64;
  readonly signed: boolean;
  /** Number of elements; 1 for a scalar. */
  readonly count: number;
}

/** A function that programs can be attached to. */
export interface Traceable {
  readonly name: string;
  readonly fn: number;
  readonly nargs: number;
}

export interface GuardInfo {
  readonly name: string;
  /** Size of the `active` area in bytes. */
  readonly size: number;
  readonly align: number;
}

/** A booted machine: what is in it, and how to read it. Booting and attaching are in files of their own. */
export class Kernel {
  readonly machine: Machine;
  readonly model: KernelModel;
  readonly guard: GuardInfo;
  readonly percpu: PercpuArea;
  readonly symbols: Symbols;
  readonly interpreter: Interpreter;
  readonly cpus: number;
  readonly programs = new Map<string, Program>();
  readonly maps = new Map<string, BpfMap>();
  /** The same maps as leaves find them. */
  readonly mapTable = new MapTable();
  readonly globals = new Map<string, Global>();
  readonly traceable = new Map<string, Traceable>();
  /** Tracepoints by name, with the number of their arguments. */
  readonly tracepoints = new Map<string, number>();
  /** Index of the trampoline's image, by the function it is on. */
  readonly trampolines = new Map<string, number>();
  readonly percpuVariables = new Map<string, PercpuAllocation>();
  readonly tasks: Task[] = [];
  /** What was found doubtful in the lab while it was loaded. */
  readonly warnings: Diagnostic[] = [];
  /** Programs attached, by function or tracepoint, in order of attachment. */
  readonly attached = new Map<string, readonly Program[]>();
  /** Functions that programs may not be attached to. */
  readonly notrace = new Set<string>();
  readonly pipe: Region;

  constructor(
    parts: Pick<
      Kernel,
      'machine' | 'model' | 'guard' | 'percpu' | 'symbols' | 'interpreter' | 'cpus' | 'pipe'
    >,
  ) {
    this.machine = parts.machine;
    this.model = parts.model;
    this.guard = parts.guard;
    this.percpu = parts.percpu;
    this.symbols = parts.symbols;
    this.interpreter = parts.interpreter;
    this.cpus = parts.cpus;
    this.pipe = parts.pipe;
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
    return { runCnt: sum('cnt'), runTimeNs: sum('nsecs'), recursionMisses: sum('misses') };
  }

  /** The bytes of a program's `active` area on a CPU. */
  active(program: Program, cpu: number): Uint8Array {
    const at = this.percpu.at(program.active, cpu);
    return this.memory.u8.slice(at, at + this.guard.size);
  }

  /** preempt_count as code running on a CPU sees it: per CPU or in the task, as the architecture has it. */
  preemptCount(cpu: number): number {
    const variable = this.percpuVariables.get('__preempt_count');
    if (variable !== undefined) return this.memory.readU32(this.percpu.at(variable, cpu));
    const task = this.tasks.find((t) => t.thread.cpu === cpu);
    return task === undefined ? 0 : this.memory.readU32(task.at + TASK.fields.preempt_count.offset);
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
    return global.signed ? BigInt.asIntN(global.bits, raw) : raw;
  }

  /** The bytes that a map holds for a key, on a CPU where each has values of its own; undefined for nothing. */
  readElement(map: BpfMap, key: bigint, cpu = 0): Uint8Array | undefined {
    return readElement(map, key, cpu);
  }

  /** What a consumer finds in a ring buffer. */
  ringRecords(map: BpfMap): RingContent {
    return readRing(map);
  }

  /** What programs have printed. */
  printed(): string {
    return readPipe(this.memory, this.pipe);
  }
}

export { numberBytes } from './map/bytes.js';
