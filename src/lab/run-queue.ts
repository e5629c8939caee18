import type { Kernel } from '../kernel/kernel.js';
import type { Task } from '../kernel/task.js';
import type { PlannedStep, PlannedTask } from './planned.js';
import type { Script } from './script.js';

/** The tasks in the order in which they are asked whether they can run, and how far each is. */
export class RunQueue {
  /** The scenario's tasks, in its order. */
  readonly scripts: readonly Script[];
  readonly #kernel: Kernel;
  #order: Script[];

  constructor(kernel: Kernel, tasks: readonly PlannedTask[]) {
    this.#kernel = kernel;
    this.scripts = tasks.map(({ name, steps }) => {
      const task = kernel.tasks.find((t) => t.name === name)!;
      return { task, steps, step: 0, done: 0, wakeAt: 0 };
    });
    this.#order = [...this.scripts];
  }

  scriptOf(task: Task): Script | undefined {
    return this.#order.find((s) => s.task === task);
  }

  named(task: string): Script | undefined {
    return this.scripts.find((s) => s.task.name === task);
  }

  /** True for a thread that serves softirqs, which has no script of its own. */
  isServer(task: Task): boolean {
    return this.#kernel.processors.some((cpu) => cpu.ksoftirqd === task);
  }

  /** A task whose last step is to sleep is done when it wakes. */
  isDone(script: Script): boolean {
    const isOver = script.step >= script.steps.length && !script.task.thread.isBusy;
    return isOver && script.wakeAt <= this.#kernel.machine.now;
  }

  canRun(script: Script): boolean {
    const { thread } = script.task;
    if (this.isServer(script.task)) return thread.isBusy && thread.waitsFor === 0;
    if (this.isDone(script) || thread.waitsFor !== 0) return false;
    if (script.wakeAt > this.#kernel.machine.now) return false;
    const action = thread.isBusy ? undefined : script.steps[script.step]?.action;
    if (action?.kind !== 'join') return true;
    const other = this.named(action.task);
    return other === undefined || this.isDone(other);
  }

  /** The first that can run. */
  get first(): Script | undefined {
    return this.#order.find((s) => this.canRun(s));
  }

  get unfinished(): readonly Script[] {
    return this.#order.filter((s) => !this.isDone(s));
  }

  /** Puts a script at the front or the end. */
  move(script: Script, where: 'front' | 'end'): void {
    const i = this.#order.indexOf(script);
    if (i >= 0) this.#order.splice(i, 1);
    if (where === 'front') this.#order.unshift(script);
    else this.#order.push(script);
  }

  /** The step that a script is at has been done once more. */
  advance(script: Script, { times }: PlannedStep): void {
    script.done += 1;
    if (script.done < times) return;
    script.step += 1;
    script.done = 0;
  }

  save(): RunQueueState {
    return this.#order.map((script) => {
      const { step, done, wakeAt } = script;
      return { script, at: { step, done, wakeAt } };
    });
  }

  restore(state: RunQueueState): void {
    this.#order = state.map(({ script, at }) => Object.assign(script, at));
  }
}

/** The order, and how far each script is. */
export type RunQueueState = readonly {
  readonly script: Script;
  readonly at: Pick<Script, 'step' | 'done' | 'wakeAt'>;
}[];
