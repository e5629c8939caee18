// cspell:ignore userfaultfd
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { attachProgram, detachProgram } from '../../../src/kernel/attach/attach.js';
import { bootKernel } from '../../../src/kernel/boot/boot.js';
import type { ObjectUnit } from '../../../src/kernel/boot/objects.js';
import type { Kernel, Program } from '../../../src/kernel/kernel.js';
import { kernelTypes } from '../../../src/kernel/layout.js';
import type { KernelModel } from '../../../src/kernel/model.js';
import { type Call, CallArena } from '../../../src/lab/calls.js';
import { parseOrThrow } from '../../../src/lab/environment.js';
import type { PlannedAction, PlannedStep } from '../../../src/lab/planned.js';
import { Scheduler } from '../../../src/lab/scheduler.js';
import type { Outcome } from '../../../src/lab/script.js';
import type { EngineFactory } from '../../../src/machine/bare.js';
import type { BpfObject } from '../../../src/object/object.js';
import { readObject } from '../../../src/object/read.js';
import { environment } from '../environment.js';
import { OBJECTS } from '../shared.js';

const objects = new Map<string, BpfObject>();

function loadObject(name: string): BpfObject {
  const known = objects.get(name);
  if (known !== undefined) return known;
  const read = readObject(name, readFileSync(join(OBJECTS, name)), kernelTypes('arm64'));
  objects.set(name, read);
  return read;
}

/** An object of which only some programs are loaded, as the recorder did. */
export function unitOf(name: string, programs: readonly string[], prefix = ''): ObjectUnit {
  const object = loadObject(name);
  return {
    object: { ...object, programs: object.programs.filter((p) => programs.includes(p.name)) },
    prefix,
  };
}

/** On what a scenario is replayed. */
export interface Bench {
  readonly model: KernelModel;
  readonly engine: EngineFactory;
}

export interface HostOptions extends Bench {
  readonly units: readonly ObjectUnit[];
  readonly cpus?: number;
  readonly stats?: boolean;
  /** Tasks besides the recorder itself, by their CPU. */
  readonly tasks?: Readonly<Record<string, number>>;
  readonly nsPerInsn?: number;
}

/** What the recorder makes itself: a map that no object has, and a page that a userfaultfd keeps back. */
const OWN = parseOrThrow({
  name: 'recorder.bpf',
  text: 'map other : hash { key 4, value 8, max_entries 4 }\nuser page : u64 = 1 missing',
});

const NOWHERE = { source: { name: 'recorder.c', text: '' }, start: 0, end: 0 };
export const RECORDER = 'recorder';
/** Far more than any scenario needs. */
const BUDGET = 2e9;
/** Instructions between two looks of whoever watches a run. */
const LOOK = 4096;

/** The machine as the recorder's user space sees it. */
export class Host {
  readonly kernel: Kernel;
  readonly arena: CallArena;

  constructor(options: HostOptions) {
    const { model, engine } = options;
    const tasks = { [RECORDER]: 0, ...options.tasks };
    this.kernel = bootKernel({
      model,
      cpus: options.cpus ?? 1,
      guard: environment.guard(model.guard, OWN),
      kernel: environment.kernelFor(model),
      lab: OWN,
      objects: options.units,
      stats: options.stats ?? true,
      tasks: Object.entries(tasks).map(([name, cpu]) => ({ name, cpu })),
      attach: [],
      engine,
      actions: 256,
      nsPerInsn: options.nsPerInsn ?? 1,
    });
    this.arena = new CallArena(this.kernel);
  }

  program(name: string): Program {
    const program = this.kernel.programs.get(name);
    if (program === undefined) throw new Error(`no program ${name}`);
    return program;
  }

  /** 0, or the negative error number. */
  attach(name: string, cookie = 0n): number {
    return attachProgram(this.kernel, this.program(name), { cookie })?.errno ?? 0;
  }

  detach(name: string): void {
    detachProgram(this.kernel, this.program(name));
  }

  step(action: PlannedAction): PlannedStep {
    return { text: action.kind, action, times: 1, span: NOWHERE };
  }

  /** Tasks and what they do, in order; `idle` ones do nothing yet. */
  scheduler(scripts: Readonly<Record<string, readonly PlannedAction[]>>): Scheduler {
    const tasks = Object.entries(scripts).map(([name, actions]) => ({
      name,
      cpu: this.kernel.tasks.find((t) => t.name === name)!.thread.cpu,
      steps: actions.map((d) => this.step(d)),
    }));
    return new Scheduler(this.kernel, { tasks, events: [], sources: [], arenaUsed: 0 }, undefined, BUDGET);
  }

  /** Goes on until nothing is left to do; anything else but the end is a failure. */
  finish(scheduler: Scheduler, each?: () => void): void {
    for (;;) {
      const over = each === undefined ? scheduler.advance() : scheduler.advance(LOOK);
      each?.();
      if (over === undefined) continue;
      if (over.kind !== 'finished') throw new Error(describe(over));
      return;
    }
  }

  /** Goes on until something is true, or nothing is left to do. */
  until(scheduler: Scheduler, condition: () => boolean, slice = 1000): void {
    while (!condition()) {
      const over = scheduler.advance(slice);
      if (over?.kind === 'finished') return;
      if (over !== undefined && !condition()) throw new Error(describe(over));
    }
  }

  /** A system call of one task, to its end; the result of its last call. */
  run(call: Call, task = RECORDER, each?: () => void): number {
    const scheduler = this.scheduler({ [task]: [{ kind: 'call', call }] });
    this.finish(scheduler, each);
    return Number(scheduler.results.at(-1)!.results.at(-1)!);
  }

  testRun(name: string, task = RECORDER): number {
    return this.run(this.arena.testRun(this.program(name)), task);
  }

  /** What BPF_PROG_TEST_RUN of a program returned. */
  retval(name: string): number {
    return this.kernel.memory.readU32(this.program(name).retval);
  }

  get(name: string, index = 0): bigint {
    return this.kernel.readGlobal(this.kernel.globals.get(name)!, index);
  }

  set(name: string, value: bigint, index = 0): void {
    this.kernel.writeGlobal(this.kernel.globals.get(name)!, index, value);
  }
}

function describe(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'finished':
      return 'finished';
    case 'fault':
      return `fault ${outcome.fault.kind}: ${outcome.fault.where} in ${outcome.fault.backtrace[0]?.function}`;
    case 'budget':
    case 'time':
    case 'memory':
    case 'blocked':
    case 'paused':
      return `${outcome.kind} after ${outcome.executed} instructions`;
    default:
      return outcome satisfies never;
  }
}
