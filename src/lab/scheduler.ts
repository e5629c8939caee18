import type { Cpu } from '../kernel/cpu.js';
import type { Kernel } from '../kernel/kernel.js';
import type { Observer, Stop } from '../machine/engine.js';
import { summarizeFault } from '../machine/fault.js';
import type { Thread } from '../machine/thread.js';
import type { InterruptLevel } from '../syntax/lab-ast.js';
import { faultOfWaiting } from './atomic-wait.js';
import { beginCall } from './calls.js';
import { Meter, type RunLimits } from './limits.js';
import { performStep } from './perform-step.js';
import type { Plan } from './planned.js';
import type { Recorder } from './recorder.js';
import { Results } from './results.js';
import { RunQueue } from './run-queue.js';
import type { ByHand, Runner } from './runner.js';
import { nextMoment, type SchedulerState, stopped, type TimeSlice } from './scheduler-state.js';
import type { Outcome, Script, StepResult } from './script.js';
import { EventQueue, type InterruptCount, NO_LINE } from './triggers.js';
import { Wakeups } from './wakeups.js';

/**
 * Decides who runs, deterministically. The run queue holds the tasks, at first in the order of the scenario; the first
 * that can run does so until it is done, blocks or sleeps. A task that is to preempt another goes to the front, and runs
 * as soon as its CPU can switch; one that is woken goes to the end. An interrupt is served once its moment has come and
 * the CPU accepts it, before any task.
 */
export class Scheduler implements Runner, ByHand {
  readonly kernel: Kernel;
  readonly recorder: Recorder | undefined;
  readonly #queue: RunQueue;
  readonly #events: EventQueue;
  readonly #wakeups: Wakeups;
  readonly #observer: Observer;
  readonly #meter: Meter;
  #left: number;
  readonly #results = new Results();
  /** Set between two instructions of a slice, only while the run is stepped. */
  #slice: TimeSlice | undefined;
  /** Whether the running task is to be preempted as soon as possible. */
  #givesWay = false;
  /** The script of the task that ran last. */
  #last: Script | undefined;

  constructor(
    kernel: Kernel,
    plan: Plan,
    recorder: Recorder | undefined,
    maxInsns: number,
    limits: RunLimits = {},
  ) {
    this.kernel = kernel;
    this.recorder = recorder;
    this.#left = maxInsns;
    this.#meter = new Meter(limits, kernel.memory.bytes, recorder !== undefined);
    this.#queue = new RunQueue(kernel, plan.tasks);
    this.#events = new EventQueue(kernel, plan.events);
    this.#wakeups = new Wakeups(kernel, this.#queue, this.#events, recorder);
    this.#observer = {
      ...recorder?.observer,
      stopBefore: (thread, slot) => this.#stopBefore(thread, slot),
    };
  }

  get results(): readonly StepResult[] {
    return this.#results.list;
  }

  get byHand(): ByHand {
    return this;
  }

  get scripts(): readonly Script[] {
    return this.#queue.scripts;
  }

  isDone(script: Script): boolean {
    return this.#queue.isDone(script);
  }

  get interrupts(): readonly InterruptCount[] {
    return this.#events.counts;
  }

  /** Runs everything to its end. */
  run(): Outcome {
    for (;;) {
      const over = this.advance();
      if (over !== undefined) return over;
    }
  }

  /** Goes on by one slice of at most `insns` instructions; the outcome when there is nothing left to do. */
  advance(insns = Infinity): Outcome | undefined {
    if (this.#slice !== undefined) return this.step();
    const over = this.#decide(insns);
    const slice = this.#take();
    if (over !== undefined || slice === undefined) return over;
    const before = this.kernel.machine.executed;
    const stop = this.#go(slice);
    this.#left -= this.kernel.machine.executed - before;
    return this.#settle(slice.cpu, slice.thread, stop);
  }

  /**
   * Decides until a thread, `next`, is about to execute an instruction; the outcome if there is none.
   * Decisions fall where they fall when everything is run at once.
   */
  prepare(): Outcome | undefined {
    while (this.#slice === undefined) {
      const over = this.#decide(Infinity);
      if (over !== undefined) return over;
      this.#ask();
    }
    return undefined;
  }

  step(): Outcome | undefined {
    const { machine } = this.kernel;
    const before = machine.executed;
    const taken = this.#over();
    if (taken !== undefined) return stopped(this.kernel, this.#queue, taken);
    while (machine.executed === before) {
      const over = this.prepare() ?? this.#executeOne(this.#slice!);
      if (over !== undefined) return over;
    }
    return this.prepare();
  }

  get next(): Thread | undefined {
    return this.#slice?.thread;
  }

  reconsider(): void {
    const slice = this.#take();
    if (slice?.exact === true) this.#events.stopAt(slice.thread, slice.thread.pc);
  }

  #take(): TimeSlice | undefined {
    const slice = this.#slice;
    this.#slice = undefined;
    return slice;
  }

  #executeOne(slice: TimeSlice): Outcome | undefined {
    const { interpreter, machine } = this.kernel;
    const { thread, left, exact } = slice;
    const start = machine.executed;
    const observer = { ...this.recorder?.observer, stopBefore: () => machine.executed > start };
    const stop = exact
      ? interpreter.step(thread, left, observer)
      : interpreter.observe(thread, left, observer);
    const done = machine.executed - start;
    this.#left -= done;
    if (stop.kind === 'break') {
      this.#slice = { ...slice, left: left - done };
      this.#ask();
      return undefined;
    }
    this.#slice = undefined;
    return this.#settle(slice.cpu, thread, stop);
  }

  /** Ends the slice if something has to happen before its next instruction, as `#go` does. */
  #ask(): void {
    const slice = this.#slice;
    if (slice?.exact === true && this.#stopBefore(slice.thread, slice.thread.pc)) this.#slice = undefined;
  }

  remember(): () => void {
    const state = this.save();
    return () => this.#restore(state);
  }

  /** All that it keeps besides the machine's memory. */
  save(): SchedulerState {
    return {
      results: this.#results.save(),
      queue: this.#queue.save(),
      events: this.#events.save(),
      left: this.#left,
      givesWay: this.#givesWay,
      last: this.#last,
      slice: this.#slice,
    };
  }

  #restore(state: SchedulerState): void {
    this.#results.restore(state.results);
    this.#queue.restore(state.queue);
    this.#events.restore(state.events);
    this.#left = state.left;
    this.#givesWay = state.givesWay;
    this.#last = state.last;
    this.#slice = state.slice;
  }

  /** Decides what runs next and begins it: opens a slice, or does what takes no instructions. */
  #decide(slice: number): Outcome | undefined {
    for (const task of this.#events.collect()) this.prefer(task);
    const over = this.#left <= 0 ? 'budget' : this.#over();
    if (over !== undefined) return stopped(this.kernel, this.#queue, over);
    this.#wakeups.wake();
    this.#deliver();
    const busy = this.kernel.processors.find((cpu) => cpu.depth > 0);
    if (busy !== undefined) return this.#open(busy, slice);
    const script = this.#queue.first;
    if (script === undefined) return this.#idle();
    const cpu = this.kernel.processors[script.task.thread.cpu]!;
    const running = cpu.current === undefined ? undefined : this.#queue.scriptOf(cpu.current);
    const mayRun = running?.task.thread.isBusy === true && this.#queue.canRun(running);
    // One that cannot be preempted now goes on until it can.
    this.#givesWay = running !== script && mayRun && !this.kernel.canPreempt(cpu.id);
    const chosen = this.#givesWay ? running! : script;
    this.#tell(chosen);
    cpu.current = chosen.task;
    return this.#open(cpu, slice);
  }

  #over(): 'time' | 'memory' | undefined {
    return this.#meter.over({ events: this.recorder?.events.length ?? 0, results: this.#results.kept });
  }

  raise(cpu: number, level: InterruptLevel, actions: bigint, count: number, text: string): void {
    this.#events.raise({ line: NO_LINE, cpu, level, actions, count, text });
  }

  /** Lets interrupts come that their CPU accepts. */
  #deliver(): void {
    for (;;) {
      const pending = this.#events.takeAcceptable();
      if (pending === undefined) return;
      const { kernel } = this;
      const cpu = kernel.processors[pending.cpu]!;
      const entry = kernel.symbols.functionIndex(pending.level === 'nmi' ? 'handle_nmi' : 'handle_irq');
      const below = cpu.top;
      this.recorder?.emit(below, { kind: 'interrupt', level: pending.level, text: pending.text });
      const level = pending.level === 'nmi' ? 'nmi' : 'hardirq';
      const args = [pending.actions, BigInt(pending.count)];
      const thread = cpu.interrupt(level, entry, args, pending.line);
      this.recorder?.start(thread, entry);
    }
  }

  prefer(task: string): boolean {
    const script = this.#queue.named(task);
    if (script === undefined || this.#queue.isDone(script)) return false;
    this.#queue.move(script, 'front');
    return true;
  }

  /** Reports which task gives way to which. */
  #tell(script: Script): void {
    const last = this.#last;
    this.#last = script;
    if (last === undefined || last === script) return;
    const isSameCpu = last.task.thread.cpu === script.task.thread.cpu;
    if (isSameCpu && last.task.thread.isBusy && this.#queue.canRun(last))
      this.recorder?.emit(last.task.thread, { kind: 'preempted', by: script.task.name });
    if (script.task.thread.isBusy) this.recorder?.emit(script.task.thread, { kind: 'resumed' });
  }

  /** Nothing can run: time passes until something can, or it is over. */
  #idle(): Outcome | undefined {
    const { kernel } = this;
    if (this.#queue.unfinished.length === 0) return { kind: 'finished' };
    const moment = nextMoment(kernel, this.#queue);
    if (moment === undefined) return stopped(kernel, this.#queue, 'blocked');
    kernel.machine.idleNs += moment - kernel.machine.now;
    for (const cpu of kernel.processors) cpu.current = undefined;
    return undefined;
  }

  /** Asked before each instruction while it matters. */
  #stopBefore(thread: Thread, slot: number): boolean {
    if (this.#givesWay && this.kernel.canPreempt(thread.cpu)) return true;
    return this.#events.stopsBefore(thread, slot);
  }

  /** Gives the innermost context of a CPU its turn, beginning the task's next step if it has nothing to do. */
  #open(cpu: Cpu, slice: number): undefined {
    const thread = cpu.top;
    if (!thread.isBusy) {
      const over = this.#begin(this.#queue.scriptOf(cpu.current!)!, thread);
      if (over || !thread.isBusy) return;
    }
    const { now, nsPerInsn, text } = this.kernel.machine;
    const untilTimer = Math.max(1, Math.ceil((this.#wakeups.nextExpiry - now) / nsPerInsn));
    // What comes by the clock, or every so many instructions, comes at its instruction, and so does the end of the run's
    // budget. An engine that looks at its budget now and then gets so much less that it is back before.
    const until = Math.min(untilTimer, this.#events.untilPeriod(), this.#left);
    const free = until - text.longest;
    const exact = this.#givesWay || this.#events.concerns(cpu.id) || free <= 0;
    const left = Math.min(slice, exact ? until : free);
    this.#slice = { cpu, thread, left, exact };
  }

  /** Executes a slice, and checks the limits on the way: nothing is decided there. */
  #go(slice: TimeSlice): Stop {
    const { machine } = this.kernel;
    for (let { left } = slice; ; ) {
      const before = machine.executed;
      const stop = this.#run(slice, Math.min(left, this.#meter.stretch));
      left -= machine.executed - before;
      if (stop.kind !== 'budget' || left <= 0 || this.#over() !== undefined) return stop;
    }
  }

  #run({ thread, exact }: TimeSlice, left: number): Stop {
    const { engine, interpreter } = this.kernel;
    if (exact) return interpreter.step(thread, left, this.#observer);
    const observer = this.recorder?.observer;
    return observer === undefined ? engine.run(thread, left) : interpreter.observe(thread, left, observer);
  }

  #settle(cpu: Cpu, thread: Thread, stop: Stop): Outcome | undefined {
    switch (stop.kind) {
      case 'break':
      case 'budget':
      case 'yield':
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
      const script = this.#queue.scriptOf(this.kernel.tasks.find((t) => t.thread === thread)!);
      if (script !== undefined) this.#queue.move(script, 'end');
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
    if (script.done === 0) this.#results.begin(script.task, step);
    if (step.times === 0) {
      script.step += 1;
      return true;
    }
    const { action } = step;
    this.recorder?.emit(thread, { kind: 'action', text: step.text });
    if (action.kind === 'call') {
      beginCall(this.kernel, thread, action.call);
      this.recorder?.start(thread, action.call.fn);
      return false;
    }
    if (performStep(this.kernel, script, step)) this.#events.relocate();
    this.#finishStep(script, undefined);
    return true;
  }

  #end(cpu: Cpu, thread: Thread): void {
    const script = this.#queue.scriptOf(cpu.current!)!;
    if (this.#queue.isServer(script.task)) {
      cpu.current = undefined;
      return;
    }
    this.#finishStep(script, BigInt.asIntN(64, thread.getRegister(0)));
  }

  #finishStep(script: Script, result: bigint | undefined): void {
    const step = script.steps[script.step]!;
    const { thread } = script.task;
    if (result !== undefined) this.#results.add(script.task, result);
    this.recorder?.emit(thread, { kind: 'action_end', text: step.text, result });
    this.#queue.advance(script, step);
    if (this.#queue.isDone(script) || script.wakeAt > this.kernel.machine.now)
      this.kernel.processors[thread.cpu]!.current = undefined;
  }
}
