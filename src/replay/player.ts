import { faultOfWaiting } from '../lab/atomic-wait.js';
import { beginCall } from '../lab/calls.js';
import { performAtOnce } from '../lab/perform-step.js';
import type { Recorder } from '../lab/recorder.js';
import type { StepResult, Unfinished } from '../lab/script.js';
import type { Observer, Stop } from '../machine/engine.js';
import type { Fault } from '../machine/fault.js';
import { summarizeFault } from '../machine/fault.js';
import type { Thread } from '../machine/thread.js';
import { readChoice } from './choice.js';
import type { Scene } from './scene.js';

/** The result of a move. */
export type Moved =
  | { readonly kind: 'moved' }
  | { readonly kind: 'impossible'; readonly why: string }
  | { readonly kind: 'fault'; readonly fault: Fault };

/** A thread about to execute an instruction, and the task that it belongs to; undefined for an interrupt's. */
export interface Ready {
  readonly kind: 'ready';
  readonly thread: Thread;
  readonly task: number | undefined;
}

type Begins = Ready | Exclude<Moved, { kind: 'fault' }>;

const MOVED = { kind: 'moved' } as const;

/** Carries out a schedule move by move on the machine itself, and tells a recorder what happens in the kernel's terms. */
export class Player {
  readonly scene: Scene;
  readonly recorder: Recorder | undefined;
  readonly results: StepResult[] = [];
  readonly #observer: Observer;
  /** By task, the step it is at. */
  #positions: number[];
  #arrivals: number[];
  #last: number | undefined;

  constructor(scene: Scene, recorder: Recorder | undefined, observer: Observer = {}) {
    this.scene = scene;
    this.recorder = recorder;
    this.#positions = scene.tasks.map(() => 0);
    this.#arrivals = scene.sources.map(() => 0);
    this.#observer = chain(recorder?.observer ?? {}, observer);
  }

  isDone(task: number): boolean {
    const { task: t, steps } = this.scene.tasks[task]!;
    return !t.thread.isBusy && this.#positions[task]! >= steps.length;
  }

  /** The `join` that a task waits at as long as the other one is not done. */
  joinOf(task: number): string | undefined {
    const { task: t, steps } = this.scene.tasks[task]!;
    const step = steps[this.#positions[task]!];
    if (t.thread.isBusy || step?.action.kind !== 'join') return undefined;
    const { task: other } = step.action;
    return this.isDone(this.scene.tasks.findIndex((o) => o.task.name === other)) ? undefined : step.text;
  }

  get isOver(): boolean {
    const { kernel, tasks } = this.scene;
    return kernel.processors.every((c) => c.depth === 0) && tasks.every((_, i) => this.isDone(i));
  }

  /** What is begun or to come of each task that is not done. */
  get unfinished(): Unfinished[] {
    return this.scene.tasks.flatMap(({ task, steps }, i) => {
      const step = steps[this.#positions[i]!];
      return step === undefined ? [] : [{ task: task.name, text: step.text, span: step.span }];
    });
  }

  /** A whole move: what is chosen begins, and executes an instruction if it has one. */
  move(choice: number): Moved {
    const begun = this.begin(choice);
    return begun.kind === 'ready' ? this.execute(begun) : begun;
  }

  /** Why a choice is not possible now; undefined where it is. */
  refusal(choice: number): string | undefined {
    const c = readChoice(choice);
    switch (c.kind) {
      case 'task':
        return this.#whyNotTask(c.task);
      case 'arrival':
        return this.#whyNotArrival(c.source, c.cpu);
      case 'interrupt':
        return this.scene.kernel.processors[c.cpu]!.depth === 0
          ? `no interrupt is on CPU ${c.cpu}`
          : undefined;
      default:
        return c satisfies never;
    }
  }

  /** Gives what is chosen its turn, up to where its thread is about to execute an instruction. */
  begin(choice: number): Begins {
    const why = this.refusal(choice);
    if (why !== undefined) return { kind: 'impossible', why };
    const c = readChoice(choice);
    switch (c.kind) {
      case 'task':
        return this.#task(c.task);
      case 'arrival':
        return this.#arrival(c.source, c.cpu);
      case 'interrupt':
        return { kind: 'ready', thread: this.scene.kernel.processors[c.cpu]!.top, task: undefined };
      default:
        return c satisfies never;
    }
  }

  /** Executes the next instruction of a thread. */
  execute({ thread, task }: Ready): Moved {
    const { kernel } = this.scene;
    const cpu = kernel.processors[thread.cpu]!;
    const stop = this.#step(thread);
    switch (stop.kind) {
      case 'fault':
        return this.#fault(thread, stop.fault);
      case 'blocked': {
        if (task === undefined || !kernel.canPreempt(cpu.id))
          return this.#fault(thread, faultOfWaiting(kernel, cpu, thread));
        this.recorder?.emit(thread, { kind: 'blocked' });
        cpu.current = undefined;
        return MOVED;
      }
      case 'done':
        if (task === undefined) {
          cpu.returnFromInterrupt();
          this.recorder?.emit(cpu.top, { kind: 'interrupt_end' });
        } else {
          const isCall = this.scene.tasks[task]!.kind === 'task';
          this.#end(task, isCall ? BigInt.asIntN(64, thread.getRegister(0)) : undefined);
        }
        return MOVED;
      default:
        return MOVED;
    }
  }

  /** Remembers all that is not in the machine's memory; what is returned puts it back. */
  remember(): () => void {
    const positions = [...this.#positions];
    const arrivals = [...this.#arrivals];
    const results = copyOf(this.results);
    const last = this.#last;
    return () => {
      this.#positions = [...positions];
      this.#arrivals = [...arrivals];
      this.results.splice(0, Infinity, ...copyOf(results));
      this.#last = last;
    };
  }

  #whyNotArrival(source: number, cpu: number): string | undefined {
    const { kernel, sources } = this.scene;
    const { level, times, name, cpu: only } = sources[source]!;
    if (only !== undefined && only !== cpu) return `${name} arrives on CPU ${only} only`;
    if (this.#arrivals[source]! >= times) return `${name} arrives ${times} times at most`;
    return kernel.processors[cpu]!.accepts(level) ? undefined : `CPU ${cpu} does not accept ${name} now`;
  }

  #arrival(source: number, cpu: number): Begins {
    const { kernel, sources } = this.scene;
    const { level, entry, args, text } = sources[source]!;
    const processor = kernel.processors[cpu]!;
    this.#arrivals[source]! += 1;
    this.recorder?.emit(processor.top, { kind: 'interrupt', level, text });
    const thread = processor.interrupt(level, entry, args);
    this.recorder?.start(thread, entry);
    return { kind: 'ready', thread, task: undefined };
  }

  #step(thread: Thread): Stop {
    return this.scene.kernel.interpreter.step(thread, 1, this.#observer);
  }

  #fault(thread: Thread, fault: Fault): Moved {
    this.recorder?.emit(thread, { kind: 'fault', text: summarizeFault(fault) });
    return { kind: 'fault', fault };
  }

  #whyNotTask(task: number): string | undefined {
    const { kernel, tasks } = this.scene;
    const { task: t, kind } = tasks[task]!;
    const { thread } = t;
    const cpu = kernel.processors[thread.cpu]!;
    if (cpu.depth > 0) return `an interrupt is on CPU ${cpu.id}`;
    const current = cpu.current;
    const isRunning = current?.thread.isBusy === true && current.thread.waitsFor === 0;
    if (current !== t && isRunning && !kernel.canPreempt(cpu.id))
      return `${current.name} cannot be preempted now`;
    if (thread.waitsFor !== 0) return `${t.name} waits`;
    if (kind === 'idle' || (kind === 'task' && this.isDone(task))) return `${t.name} has nothing left to do`;
    if (kind === 'softirqd' && !thread.isBusy && !cpu.isSoftirqdWoken) return `nobody has woken ${t.name}`;
    const join = this.joinOf(task);
    return join === undefined ? undefined : `${t.name} waits in \`${join}\``;
  }

  #task(task: number): Begins {
    const { kernel, tasks } = this.scene;
    const { task: t } = tasks[task]!;
    const { thread } = t;
    this.#tell(task);
    kernel.processors[thread.cpu]!.current = t;
    if (!thread.isBusy && !this.#begin(task)) return MOVED;
    return { kind: 'ready', thread, task };
  }

  /** Reports which task gives way to which. */
  #tell(task: number): void {
    const { tasks } = this.scene;
    const before = this.#last;
    this.#last = task;
    if (before === undefined || before === task) return;
    const { thread } = tasks[task]!.task;
    const last = tasks[before]!.task.thread;
    if (last.cpu === thread.cpu && last.isBusy && last.waitsFor === 0)
      this.recorder?.emit(last, { kind: 'preempted', by: tasks[task]!.task.name });
    if (thread.isBusy) this.recorder?.emit(thread, { kind: 'resumed' });
  }

  /** Begins a task's next step; false if that was all of it. */
  #begin(task: number): boolean {
    const { kernel, tasks } = this.scene;
    const { task: t, kind, call, steps } = tasks[task]!;
    const { thread } = t;
    if (kind === 'softirqd') {
      kernel.processors[thread.cpu]!.takeSoftirqdWakeup();
      beginCall(kernel, thread, call!);
      this.recorder?.start(thread, call!.fn);
      return true;
    }
    const step = steps[this.#positions[task]!]!;
    const { action, text } = step;
    this.results.push({ text, cpu: thread.cpu, task: t.name, results: [] });
    this.recorder?.emit(thread, { kind: 'action', text });
    switch (action.kind) {
      case 'call':
        beginCall(kernel, thread, action.call);
        this.recorder?.start(thread, action.call.fn);
        return true;
      case 'set':
      case 'provide':
        performAtOnce(kernel, action, step.span);
        break;
      case 'join':
        break;
      default:
        return action satisfies never;
    }
    this.#end(task, undefined);
    return false;
  }

  #end(task: number, result: bigint | undefined): void {
    const { kernel, tasks } = this.scene;
    const { task: t, kind, steps } = tasks[task]!;
    if (kind === 'task') {
      const { text } = steps[this.#positions[task]!]!;
      if (result !== undefined) this.results.findLast((r) => r.task === t.name)?.results.push(result);
      this.recorder?.emit(t.thread, { kind: 'action_end', text, result });
      this.#positions[task]! += 1;
    }
    if (kind === 'softirqd' || this.isDone(task)) kernel.processors[t.thread.cpu]!.current = undefined;
  }
}

const copyOf = (results: readonly StepResult[]): StepResult[] =>
  results.map((r) => ({ ...r, results: [...r.results] }));

/** Tells two observers all there is to hear; each can stop the thread. */
export function chain(a: Observer, b: Observer): Required<Observer> {
  return {
    stopBefore: (t, s) => {
      const stops = [a.stopBefore?.(t, s), b.stopBefore?.(t, s)];
      return stops.includes(true);
    },
    instruction: (t, s) => {
      a.instruction?.(t, s);
      b.instruction?.(t, s);
    },
    call: (t, s, fn) => {
      a.call?.(t, s, fn);
      b.call?.(t, s, fn);
    },
    tail: (t, s, fn) => {
      a.tail?.(t, s, fn);
      b.tail?.(t, s, fn);
    },
    return: (t, s) => {
      a.return?.(t, s);
      b.return?.(t, s);
    },
    leaf: (t, s, leaf) => {
      a.leaf?.(t, s, leaf);
      b.leaf?.(t, s, leaf);
    },
    write: (t, s, at, size) => {
      a.write?.(t, s, at, size);
      b.write?.(t, s, at, size);
    },
  };
}
