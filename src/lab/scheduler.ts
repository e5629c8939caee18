import { HRTIMER_SOFTIRQ } from '../kernel/constants.js';
import type { Cpu } from '../kernel/cpu.js';
import type { Kernel } from '../kernel/kernel.js';
import type { Task } from '../kernel/task.js';
import { nextExpiry } from '../kernel/timer.js';
import type { Observer, Stop } from '../machine/engine.js';
import { backtrace, type Fault, type FrameLine, summarizeFault } from '../machine/fault.js';
import type { Thread } from '../machine/thread.js';
import { faultOfWaiting } from './atomic-wait.js';
import { beginCall, type Call, CallArena } from './calls.js';
import { changeLink } from './links.js';
import type { Plan, PlannedEvent, PlannedStep } from './planned.js';
import type { Recorder } from './recorder.js';
import { EventQueue } from './triggers.js';

export type Outcome =
  | { readonly kind: 'finished' }
  | { readonly kind: 'fault'; readonly fault: Fault }
  /** `paused`: the end of a schedule, with something left to do. */
  | {
      readonly kind: 'budget' | 'blocked' | 'paused';
      readonly executed: number;
      readonly where: readonly FrameLine[];
    };

export interface StepResult {
  readonly text: string;
  readonly cpu: number;
  readonly task: string;
  /** r0 of each repetition, as a signed number. */
  readonly results: bigint[];
}

/** A task and how far it is with what it does. */
export interface Script {
  readonly task: Task;
  readonly steps: readonly PlannedStep[];
  /** Index of the step that runs or comes next, and how often it has been done. */
  step: number;
  done: number;
  /** Simulated time at which it goes on; 0 if it does not sleep. */
  wakeAt: number;
}

/** Most instructions between two looks at timers, where there are any: one queued meanwhile may be noticed so late. */
const SLICE = 4096;

/**
 * Decides who runs, deterministically. Tasks stand in a line, at first in the order in which the scenario has them; the
 * first that can run does, until it is done, blocks or sleeps. One that is to preempt another goes to the front, and
 * runs as soon as its CPU can switch; one that is woken goes to the end. Interrupts come when their moment has come and
 * the CPU accepts them, and run before any task.
 */
export class Scheduler {
  readonly kernel: Kernel;
  readonly recorder: Recorder | undefined;
  readonly results: StepResult[] = [];
  readonly scripts: Script[];
  readonly #line: Script[];
  readonly #events: EventQueue;
  readonly #observer: Observer;
  readonly #softirqd = new Map<Task, Call>();
  readonly #timerInterrupt: { readonly actions: bigint; readonly count: number };
  readonly #needsSteps: boolean;
  readonly #slice: number;
  #left: number;
  /** Whether the task that runs is to be preempted as soon as that can be. */
  #givesWay = false;
  /** Who ran last. */
  #last: Script | undefined;
  /** Simulated time at which the next timer expires that was queued when it was last looked. */
  #nextExpiry = Infinity;

  constructor(kernel: Kernel, plan: Plan, recorder: Recorder | undefined, maxInsns: number) {
    this.kernel = kernel;
    this.recorder = recorder;
    this.#left = maxInsns;
    const arena = new CallArena(kernel, kernel.ownArena);
    this.#timerInterrupt = { actions: arena.list([arena.named('hrtimer_interrupt', [])]), count: 1 };
    for (const cpu of kernel.processors) this.#softirqd.set(cpu.ksoftirqd, arena.named('run_ksoftirqd', []));
    this.scripts = plan.tasks.map(({ name, steps }) => {
      const task = kernel.tasks.find((t) => t.name === name)!;
      return { task, steps, step: 0, done: 0, wakeAt: 0 };
    });
    this.#line = [...this.scripts];
    this.#events = new EventQueue(kernel, plan.events);
    this.#needsSteps = plan.events.length > 0;
    this.#slice = kernel.calls('bpf_timer_start') ? SLICE : Infinity;
    this.#observer = {
      ...recorder?.observer,
      stopBefore: (thread, slot) => this.#stopBefore(thread, slot),
    };
  }

  /** Runs everything to its end. */
  run(): Outcome {
    for (;;) {
      const over = this.advance();
      if (over !== undefined) return over;
    }
  }

  /** Goes on by at most one slice; the outcome when there is nothing left to do. */
  advance(slice = this.#slice): Outcome | undefined {
    if (this.#left <= 0) return this.#stopped('budget');
    this.#wake();
    this.#deliver();
    const busy = this.kernel.processors.find((cpu) => cpu.depth > 0);
    if (busy !== undefined) return this.#execute(busy, slice);
    const script = this.#line.find((s) => this.#canRun(s));
    if (script === undefined) return this.#idle();
    const cpu = this.kernel.processors[script.task.thread.cpu]!;
    const running = cpu.current === undefined ? undefined : this.#scriptOf(cpu.current);
    const mayRun = running?.task.thread.isBusy === true && this.#canRun(running);
    // One that cannot be preempted now goes on until it can.
    this.#givesWay = running !== script && mayRun && !this.kernel.canPreempt(cpu.id);
    const chosen = this.#givesWay ? running! : script;
    this.#tell(chosen);
    cpu.current = chosen.task;
    return this.#execute(cpu, slice);
  }

  /** Lets an interrupt come as soon as its CPU accepts it. */
  raise(
    cpu: number,
    level: 'softirq' | 'hardirq' | 'nmi',
    actions: bigint,
    count: number,
    text: string,
  ): void {
    this.#events.raise({ cpu, level, actions, count, text });
  }

  #scriptOf(task: Task): Script | undefined {
    return this.#line.find((s) => s.task === task);
  }

  isDone(script: Script): boolean {
    return script.step >= script.steps.length && !script.task.thread.isBusy;
  }

  #canRun(script: Script): boolean {
    const { thread } = script.task;
    if (this.#softirqd.has(script.task)) return thread.isBusy && thread.waitsFor === 0;
    if (this.isDone(script) || thread.waitsFor !== 0) return false;
    if (script.wakeAt > this.kernel.machine.now) return false;
    const deed = thread.isBusy ? undefined : script.steps[script.step]?.deed;
    if (deed?.kind !== 'join') return true;
    const other = this.scripts.find((s) => s.task.name === deed.task);
    return other === undefined || this.isDone(other);
  }

  /** Puts a script at the front or the end of the line. */
  #move(script: Script, where: 'front' | 'end'): void {
    const i = this.#line.indexOf(script);
    if (i >= 0) this.#line.splice(i, 1);
    if (where === 'front') this.#line.unshift(script);
    else this.#line.push(script);
  }

  /** Starts softirq threads that have been woken, and raises the interrupts of timers that have expired. */
  #wake(): void {
    const { kernel } = this;
    this.#nextExpiry = Infinity;
    for (const cpu of kernel.processors) {
      const { thread } = cpu.ksoftirqd;
      if (!thread.isBusy && cpu.takeSoftirqdWakeup()) {
        beginCall(kernel, thread, this.#softirqd.get(cpu.ksoftirqd)!);
        this.recorder?.start(thread, this.#softirqd.get(cpu.ksoftirqd)!.fn);
        const script = this.#scriptOf(cpu.ksoftirqd) ?? {
          task: cpu.ksoftirqd,
          steps: [],
          step: 0,
          done: 0,
          wakeAt: 0,
        };
        // Under PREEMPT_RT it is a real-time thread, otherwise a task like others.
        this.#move(script, kernel.model.rt ? 'front' : 'end');
      }
      // Once the softirq is pending, it takes all that has expired until it is served.
      const isRaised =
        this.#events.isPending(cpu.id, TIMER) || kernel.isSoftirqPending(cpu.id, HRTIMER_SOFTIRQ);
      const expiry = nextExpiry(kernel.memory, kernel.timers, cpu.id) ?? Infinity;
      if (expiry > kernel.machine.now) this.#nextExpiry = Math.min(this.#nextExpiry, expiry);
      else if (!isRaised)
        this.raise(cpu.id, 'hardirq', this.#timerInterrupt.actions, this.#timerInterrupt.count, TIMER);
    }
  }

  /** Lets interrupts come whose moment has come and that their CPU accepts. */
  #deliver(): void {
    for (const event of this.#events.due()) this.#apply(event);
    for (;;) {
      const pending = this.#events.takeAcceptable();
      if (pending === undefined) return;
      const { kernel } = this;
      const cpu = kernel.processors[pending.cpu]!;
      const entry = kernel.symbols.functionIndex(pending.level === 'nmi' ? 'handle_nmi' : 'handle_irq');
      const below = cpu.top;
      this.recorder?.emit(below, { kind: 'interrupt', level: pending.level, text: pending.text });
      const level = pending.level === 'nmi' ? 'nmi' : 'hardirq';
      const thread = cpu.interrupt(level, entry, [pending.actions, BigInt(pending.count)]);
      this.recorder?.start(thread, entry);
    }
  }

  /** What an event does when its moment has come. */
  #apply({ event, cpu }: { event: PlannedEvent; cpu: number }): void {
    const { effect, text } = event;
    if (effect.kind === 'interrupt') {
      this.raise(event.cpu ?? cpu, effect.level, effect.actions, effect.count, text);
      return;
    }
    const script = this.scripts.find((s) => s.task.name === effect.task);
    if (script !== undefined && !this.isDone(script)) this.#move(script, 'front');
  }

  /** Says who gives way to whom. */
  #tell(script: Script): void {
    const last = this.#last;
    this.#last = script;
    if (last === undefined || last === script) return;
    const isSameCpu = last.task.thread.cpu === script.task.thread.cpu;
    if (isSameCpu && last.task.thread.isBusy && this.#canRun(last))
      this.recorder?.emit(last.task.thread, { kind: 'preempted', by: script.task.name });
    if (script.task.thread.isBusy) this.recorder?.emit(script.task.thread, { kind: 'resumed' });
  }

  /** Nothing can run: time passes until something can, or it is over. */
  #idle(): Outcome | undefined {
    const { kernel } = this;
    const { machine } = kernel;
    const times = [
      ...this.#line.filter((s) => !this.isDone(s) && s.wakeAt > machine.now).map((s) => s.wakeAt),
      ...kernel.processors.map((cpu) => nextExpiry(kernel.memory, kernel.timers, cpu.id)),
    ].filter((t) => t !== undefined && t > machine.now) as number[];
    const unfinished = this.#line.filter((s) => !this.isDone(s));
    if (unfinished.length === 0) return { kind: 'finished' };
    if (times.length === 0) return this.#stopped('blocked');
    machine.idleNs += Math.min(...times) - machine.now;
    for (const cpu of kernel.processors) cpu.current = undefined;
    return undefined;
  }

  #stopped(kind: 'budget' | 'blocked'): Outcome {
    const { machine, processors } = this.kernel;
    const waiting = this.#line.find((s) => s.task.thread.waitsFor !== 0)?.task.thread;
    const running = processors.find((cpu) => cpu.depth > 0 || cpu.current !== undefined)?.top;
    const thread = (kind === 'blocked' ? waiting : running) ?? running;
    const where = thread?.isBusy ? backtrace(machine, thread, thread.pc) : [];
    return { kind, executed: machine.executed, where };
  }

  /** Asked before each instruction while it matters. */
  #stopBefore(thread: Thread, slot: number): boolean {
    if (this.#givesWay && this.kernel.canPreempt(thread.cpu)) return true;
    return this.#events.stopsBefore(thread, slot);
  }

  /** Carries out what one CPU does next. */
  #execute(cpu: Cpu, slice: number): Outcome | undefined {
    const { kernel } = this;
    const thread = cpu.top;
    if (!thread.isBusy) {
      const over = this.#begin(this.#scriptOf(cpu.current!)!, thread);
      if (over || !thread.isBusy) return undefined;
    }
    const before = kernel.machine.executed;
    const exact = this.#needsSteps || this.#givesWay || this.#events.hasPending;
    const { now, nsPerInsn } = kernel.machine;
    const untilTimer = Math.max(1, Math.ceil((this.#nextExpiry - now) / nsPerInsn));
    const budget = Math.min(this.#left, slice, untilTimer, exact ? this.#events.untilPeriod() : slice);
    const stop = this.#go(thread, budget, exact);
    this.#left -= kernel.machine.executed - before;
    return this.#settle(cpu, thread, stop);
  }

  #go(thread: Thread, budget: number, exact: boolean): Stop {
    const { engine, interpreter } = this.kernel;
    if (exact) return interpreter.step(thread, budget, this.#observer);
    const observer = this.recorder?.observer;
    return observer === undefined
      ? engine.run(thread, budget)
      : interpreter.observe(thread, budget, observer);
  }

  #settle(cpu: Cpu, thread: Thread, stop: Stop): Outcome | undefined {
    switch (stop.kind) {
      case 'break':
      case 'budget':
        return undefined;
      case 'done':
        if (cpu.depth > 0) {
          cpu.returnFromInterrupt();
          this.recorder?.emit(cpu.top, { kind: 'interrupt_end' });
        } else this.#end(cpu, thread);
        return undefined;
      case 'blocked':
        return this.#block(cpu, thread);
      case 'fault':
        this.recorder?.emit(thread, { kind: 'fault', text: summarizeFault(stop.fault) });
        return { kind: 'fault', fault: stop.fault };
      default:
        return stop satisfies never;
    }
  }

  /** A thread waits: allowed for a task that could be preempted, a bug of the kernel's anywhere else. */
  #block(cpu: Cpu, thread: Thread): Outcome | undefined {
    if (this.kernel.canPreempt(cpu.id)) {
      this.recorder?.emit(thread, { kind: 'blocked' });
      cpu.current = undefined;
      const script = this.#scriptOf(this.kernel.tasks.find((t) => t.thread === thread)!);
      if (script !== undefined) this.#move(script, 'end');
      return undefined;
    }
    const fault = faultOfWaiting(this.kernel, cpu, thread);
    this.recorder?.emit(thread, { kind: 'fault', text: summarizeFault(fault) });
    return { kind: 'fault', fault };
  }

  /** Begins the next step of a task, or does it where it needs no instructions. */
  #begin(script: Script, thread: Thread): boolean {
    const step = script.steps[script.step];
    if (step === undefined) return true;
    if (script.done === 0) {
      const { name } = script.task;
      this.results.push({ text: step.text, cpu: thread.cpu, task: name, results: [] });
    }
    if (step.times === 0) {
      script.step += 1;
      return true;
    }
    const { deed } = step;
    this.recorder?.emit(thread, { kind: 'action', text: step.text });
    if (deed.kind === 'call') {
      beginCall(this.kernel, thread, deed.call);
      this.recorder?.start(thread, deed.call.fn);
      return false;
    }
    this.#perform(script, step);
    this.#finishStep(script, undefined);
    return true;
  }

  /** Steps that are no call: what user space does, or what the machine is told. */
  #perform(script: Script, { deed, span }: PlannedStep): void {
    const { kernel } = this;
    const { machine } = kernel;
    switch (deed.kind) {
      case 'call':
      case 'join':
        return;
      case 'sleep':
        script.wakeAt = machine.now + deed.ns;
        return;
      case 'provide':
        kernel.memory.writeU32(deed.page, 1);
        machine.signal(deed.page);
        return;
      case 'set':
        kernel.writeGlobal(deed.global, deed.index, deed.value);
        return;
      case 'migrate':
        kernel.processors[script.task.thread.cpu]!.current = undefined;
        script.task.thread.setCpu(deed.cpu, kernel.percpu.offsetOf(deed.cpu));
        return;
      case 'attach':
      case 'detach':
        changeLink(kernel, deed, span);
        this.#events.relocate();
        return;
      default:
        deed satisfies never;
    }
  }

  #end(cpu: Cpu, thread: Thread): void {
    const script = this.#scriptOf(cpu.current!)!;
    if (this.#softirqd.has(script.task)) {
      cpu.current = undefined;
      return;
    }
    this.#finishStep(script, BigInt.asIntN(64, thread.getRegister(0)));
  }

  #finishStep(script: Script, result: bigint | undefined): void {
    const step = script.steps[script.step]!;
    const { thread } = script.task;
    if (result !== undefined) this.results.findLast((r) => r.task === script.task.name)?.results.push(result);
    this.recorder?.emit(thread, { kind: 'action_end', text: step.text, result });
    script.done += 1;
    if (script.done >= step.times) {
      script.step += 1;
      script.done = 0;
    }
    if (this.isDone(script) || script.wakeAt > this.kernel.machine.now)
      this.kernel.processors[thread.cpu]!.current = undefined;
  }
}

/** What the hardware timer's interrupt is called in a timeline. */
const TIMER = 'timer';
