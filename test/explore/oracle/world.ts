import type { Form } from '../../../src/isa/forms.js';
import { OPERATIONS } from '../../../src/isa/table.js';
import { CPU_FIELD, CPU_SIZE, type Cpu } from '../../../src/kernel/cpu.js';
import type { Kernel } from '../../../src/kernel/kernel.js';
import type { Task } from '../../../src/kernel/task.js';
import { beginCall, type Call, CallArena } from '../../../src/lab/calls.js';
import { planScenario } from '../../../src/lab/plan.js';
import type { PlannedSource, PlannedStep } from '../../../src/lab/planned.js';
import type { Observer } from '../../../src/machine/engine.js';
import { fromAddress, type Region } from '../../../src/machine/memory.js';
import { RECORD } from '../../../src/machine/stack.js';
import { THREAD_SIZE, type Thread, WORD } from '../../../src/machine/thread.js';
import type { ScenarioAst } from '../../../src/syntax/lab-ast.js';
import { Findings } from '../../../src/text/findings.js';
import { Image } from './image.js';
import { Instances, observing } from './instances.js';

/**
 * Something that can happen next: a CPU executes an instruction (or its task begins the next of its steps), does that
 * with another task, or an interrupt arrives on it.
 */
export type Move =
  | { readonly kind: 'step'; readonly cpu: number }
  | { readonly kind: 'switch'; readonly task: number; readonly cpu: number }
  | { readonly kind: 'arrive'; readonly source: number; readonly cpu: number };

/** All of a state that is not in the machine's memory. */
export interface Outside {
  /** By task, the step it is at. */
  readonly positions: readonly number[];
  /** By source, how often it may still arrive. */
  readonly left: readonly number[];
  readonly instances: Instances;
}

/** What a move came to: `foreign` is an access to another thread's stack or task_struct, which explore refuses. */
export type Came = 'moved' | 'fault' | 'foreign';

interface Actor {
  readonly task: Task;
  readonly steps: readonly PlannedStep[];
  /** What a softirq thread calls; undefined for a task of the scenario. */
  readonly serves: Call | undefined;
}

/** Every clock says this, as the documented bounds of exploring have it: the clock stands still. */
const STANDING_CLOCK = 1_000_000_000;

const FORM_OF: readonly Form[] = OPERATIONS.map((op) => op.form);
const SIZE_OF: readonly number[] = OPERATIONS.map((op) => op.size);

/** Compare all of memory after one step of so many. */
const CHECKED = 61;

/**
 * A booted machine and all that can happen on it, an instruction at a time, by the rules that `run` has: who may be
 * preempted (`Kernel.canPreempt`), what a CPU accepts (`Cpu.accepts`), what waiting is.
 */
export class World {
  readonly kernel: Kernel;
  readonly actors: readonly Actor[];
  readonly sources: readonly PlannedSource[];
  readonly image: Image;
  now: Outside;
  /** Compares all of memory after every step. */
  checks = false;
  readonly #stacks: readonly Region[];
  readonly #wrote = { at: 0, size: 0 };
  readonly #observer: Observer;
  #steps = 0;
  #foreign = false;
  #running: Thread | undefined;

  /** `kernel` has been booted for the scenario, and nothing has happened yet. */
  constructor(kernel: Kernel, scenario: ScenarioAst) {
    this.kernel = kernel;
    const findings = new Findings();
    const plan = planScenario(kernel, scenario, findings);
    findings.orThrow();
    kernel.machine.nsPerInsn = 0;
    kernel.machine.idleNs = STANDING_CLOCK;
    const arena = new CallArena(kernel, kernel.ownArena);
    this.actors = [
      ...plan.tasks.map(({ name, steps }) => ({
        task: kernel.tasks.find((t) => t.name === name)!,
        steps: steps.flatMap((s) => Array.from({ length: s.times }, () => s)),
        serves: undefined,
      })),
      ...kernel.processors.map(({ ksoftirqd }) => ({
        task: ksoftirqd,
        steps: [],
        serves: arena.named('run_ksoftirqd', []),
      })),
    ];
    this.sources = plan.sources;
    this.now = {
      positions: this.actors.map(() => 0),
      left: plan.sources.map((s) => s.times),
      instances: Instances.none(kernel),
    };
    this.#stacks = kernel.memory.regions.filter((r) => r.kind === 'stack');
    kernel.interpreter.leafCall.touched = (at) => {
      if (this.#isForeign(at)) this.#foreign = true;
    };
    this.image = new Image(kernel.memory);
    this.#observer = {
      ...observing(kernel, (by) => this.#note(by)),
      write: (_thread, _slot, at, size) => {
        this.#wrote.at = at;
        this.#wrote.size = size;
      },
    };
  }

  isDone(actor: number): boolean {
    const { task, steps } = this.actors[actor]!;
    return !task.thread.isBusy && this.now.positions[actor]! >= steps.length;
  }

  canRun(actor: number): boolean {
    const { task, steps, serves } = this.actors[actor]!;
    const { thread } = task;
    if (thread.isBusy) return thread.waitsFor === 0;
    if (serves !== undefined)
      return this.kernel.memory.readU32(this.kernel.processors[thread.cpu]!.at + CPU_FIELD.softirqd) !== 0;
    const action = steps[this.now.positions[actor]!]?.action;
    if (action?.kind === 'join')
      return this.isDone(this.actors.findIndex((o) => o.task.name === action.task));
    return action !== undefined;
  }

  #currentOf(cpu: Cpu): number {
    const { current } = cpu;
    return current === undefined ? -1 : this.actors.findIndex((a) => a.task === current);
  }

  /** Everything that can happen next. */
  moves(): Move[] {
    const { kernel, sources } = this;
    const moves: Move[] = [];
    for (const processor of kernel.processors) {
      const cpu = processor.id;
      const current = this.#currentOf(processor);
      const runs = current >= 0 && this.canRun(current);
      if (processor.depth > 0 || runs) moves.push({ kind: 'step', cpu });
      if (processor.depth > 0 || (runs && !kernel.canPreempt(cpu))) continue;
      this.actors.forEach(({ task }, i) => {
        if (i !== current && task.thread.cpu === cpu && this.canRun(i))
          moves.push({ kind: 'switch', task: i, cpu });
      });
    }
    sources.forEach((s, source) => {
      if (this.now.left[source] === 0) return;
      for (const processor of kernel.processors)
        if ((s.cpu ?? processor.id) === processor.id && processor.accepts(levelOf(s)))
          moves.push({ kind: 'arrive', source, cpu: processor.id });
    });
    return moves;
  }

  /** Whether something is under way or left to do that is not an interrupt. */
  get isOver(): boolean {
    return this.kernel.processors.every((c) => c.depth === 0) && this.actors.every((_, i) => this.isDone(i));
  }

  /** Carries out a move; `now` and `image` are what comes of it. */
  move(m: Move): Came {
    this.#foreign = false;
    const came = this.#move(m);
    this.#steps += 1;
    if (this.checks || this.#steps % CHECKED === 0) this.image.check();
    return came;
  }

  #move(m: Move): Came {
    const processor = this.kernel.processors[m.cpu]!;
    switch (m.kind) {
      case 'switch':
        processor.current = this.actors[m.task]!.task;
        return this.#step(processor);
      case 'arrive': {
        const { sources, kernel } = this;
        const s = sources[m.source]!;
        const entry = kernel.symbols.functionIndex(s.level === 'nmi' ? 'handle_nmi' : 'handle_irq');
        const thread = processor.interrupt(levelOf(s), entry, [s.actions, BigInt(s.count)]);
        this.#captureStart(processor, thread);
        this.now = { ...this.now, left: this.now.left.map((n, i) => (i === m.source ? n - 1 : n)) };
        return 'moved';
      }
      case 'step':
        return this.#step(processor);
      default:
        return m satisfies never;
    }
  }

  #step(processor: Cpu): Came {
    if (processor.depth > 0) return this.#execute(processor, processor.top, -1);
    const current = this.#currentOf(processor);
    const { thread } = this.actors[current]!.task;
    return thread.isBusy ? this.#execute(processor, thread, current) : this.#begin(processor, current);
  }

  #captureStart(processor: Cpu, thread: Thread): void {
    const { image, kernel } = this;
    image.captureBytes(processor.at, CPU_SIZE);
    image.captureBytes(thread.at, THREAD_SIZE);
    this.#captureStack(thread.sp, kernel.memory.i32[thread.word + WORD.stackHigh]!);
  }

  /** Part of a stack, and what the poison plane says of it. */
  #captureStack(from: number, to: number): void {
    const { limit } = this.kernel.memory;
    this.image.captureBytes(from, to - from);
    this.image.captureBytes((limit + (from >> 3)) & ~3, ((to - from) >> 3) + 8);
  }

  /** Lets a task begin its next step, or do it where that takes no instructions. */
  #begin(processor: Cpu, actor: number): Came {
    const { kernel, image } = this;
    const { task, steps, serves } = this.actors[actor]!;
    const { thread } = task;
    if (serves !== undefined) processor.takeSoftirqdWakeup();
    const action = steps[this.now.positions[actor]!]?.action;
    const call = serves ?? (action?.kind === 'call' ? action.call : undefined);
    if (call !== undefined) {
      beginCall(kernel, thread, call);
      this.#captureStart(processor, thread);
      return 'moved';
    }
    switch (action?.kind) {
      case 'set':
        kernel.writeGlobal(action.global, action.index, action.value);
        break;
      case 'provide':
        kernel.memory.writeU32(action.page, 1);
        kernel.machine.signal(action.page);
        break;
      case 'join':
        break;
      default:
        throw new Error(`the oracle does not know what ${action?.kind ?? 'nothing'} does`);
    }
    this.#endStep(processor, actor);
    image.captureAll();
    return 'moved';
  }

  #endStep(processor: Cpu, actor: number): void {
    const { positions } = this.now;
    if (this.actors[actor]!.serves === undefined)
      this.now = { ...this.now, positions: positions.map((p, i) => (i === actor ? p + 1 : p)) };
    if (!this.canRun(actor)) processor.current = undefined;
    this.image.captureBytes(processor.at, CPU_SIZE);
  }

  #execute(processor: Cpu, thread: Thread, actor: number): Came {
    const { kernel, image } = this;
    const { pc: slot, sp: before } = thread;
    const { code } = kernel.machine.text;
    const op = code[slot * 4]! & 0xff;
    const form = FORM_OF[op]!;
    this.#running = thread;
    if (this.#reaches(thread, slot, form, SIZE_OF[op]!)) {
      // Who was switched to for it is seen all the same.
      image.captureBytes(processor.at, CPU_SIZE);
      return 'foreign';
    }
    this.#note((i) => i.goesOn(thread.at));
    this.#wrote.size = 0;
    const stop = kernel.interpreter.step(thread, 1, this.#observer);
    const came = this.#settle(processor, thread, actor, stop.kind);
    image.captureBytes(thread.at, THREAD_SIZE);
    switch (form) {
      case 'exit':
      case 'call_local':
      case 'callx':
        this.#captureStack(Math.min(before, thread.sp), Math.max(before, thread.sp) + RECORD);
        break;
      case 'may_goto':
        this.#captureStack(thread.sp, kernel.memory.i32[thread.word + WORD.stackHigh]!);
        break;
      case 'call_helper':
        image.captureAll();
        break;
      default:
        image.captureBytes(this.#wrote.at, this.#wrote.size);
    }
    image.captureBytes(processor.at, CPU_SIZE);
    return this.#foreign ? 'foreign' : came;
  }

  #note(by: (i: Instances) => Instances): void {
    const instances = by(this.now.instances);
    if (instances !== this.now.instances) this.now = { ...this.now, instances };
  }

  #settle(processor: Cpu, thread: Thread, actor: number, stop: string): Came {
    switch (stop) {
      case 'budget':
      case 'break':
        return 'moved';
      case 'fault':
        return 'fault';
      case 'blocked':
        if (actor < 0 || !this.kernel.canPreempt(processor.id)) return 'fault';
        processor.current = undefined;
        return 'moved';
      case 'done':
        if (actor < 0) processor.returnFromInterrupt();
        else this.#endStep(processor, actor);
        return 'moved';
      default:
        throw new Error(`${thread.name} stopped by ${stop}`);
    }
  }

  /** Whether the access of an instruction reaches into what is another's. */
  #reaches(thread: Thread, slot: number, form: Form, size: number): boolean {
    const { machine, memory } = this.kernel;
    const word = machine.text.code[slot * 4]!;
    const loads = form === 'load' || form === 'acquire';
    const stores =
      form === 'store_reg' ||
      form === 'store_imm' ||
      form === 'release' ||
      form === 'lock' ||
      form === 'fetch';
    if (!loads && !stores && form !== 'xchg' && form !== 'cmpxchg') return false;
    const base = thread.word + (loads ? word >> 16 : (word >> 8) & 0xff);
    const address = (BigInt(memory.i32[base + 1]!) << 32n) | BigInt(memory.i32[base]! >>> 0);
    const at = fromAddress(address + BigInt(machine.text.code[slot * 4 + 1]!));
    return at !== undefined && at + size <= memory.limit && this.#isForeign(at);
  }

  /** Stacks belong to their task, or to the interrupt that has its frames there; a task_struct to its task. */
  #isForeign(at: number): boolean {
    const thread = this.#running!;
    const { i32 } = this.kernel.memory;
    const stack = this.#stacks.find((s) => at >= s.start && at < s.end);
    if (stack !== undefined) {
      if (i32[thread.word + WORD.stackLow] !== stack.start) return true;
      return thread.level !== 0 && (at < thread.sp || at >= i32[thread.word + WORD.stackHigh]!);
    }
    const { tasks, processors, memory } = this.kernel;
    const own = memory.regionAt(thread.current);
    return [...tasks, ...processors.map((c) => c.idle)].some((t) => {
      const region = memory.regionAt(t.at)!;
      return region !== own && at >= region.start && at < region.end;
    });
  }
}

const levelOf = (s: PlannedSource): 'hardirq' | 'nmi' => (s.level === 'nmi' ? 'nmi' : 'hardirq');
