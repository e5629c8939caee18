import { CPU_FIELD } from '../kernel/cpu.js';
import type { Scene } from '../replay/scene.js';
import { PreemptCounts } from './reduce/preempt-counts.js';
import type { ThreadRunner } from './reduce/thread-runner.js';
import type { Layout } from './state/layout.js';
import type { Store } from './state/store.js';

/** No task: see `#joins`. */
const NOBODY = -1;

/** Who can do something in a state: tasks that can run or be preempted, interrupts that a CPU accepts. */
export class Actors {
  readonly cpuOf: Int32Array;
  /** By CPU, the word of its preempt_count, where the architecture has it there. */
  readonly preemptVariable: readonly (number | undefined)[];
  /**
   * Set by `lookFrom`: actors that can do something before the thread goes on; those that can if it may be preempted; and
   * those that can if its CPU accepts hardirqs. The thread itself decides which of these hold.
   */
  always = 0;
  ifPreempted = 0;
  ifIrqsOn = 0;
  readonly #scene: Scene;
  readonly #store: Store;
  readonly #runner: ThreadRunner;
  readonly #layout: Layout;
  readonly #isSoftirqd: Uint8Array;
  readonly #stepCounts: Int32Array;
  /** By task and step, the task that it waits for the end of. */
  readonly #joins: readonly Int32Array[];
  /** By CPU, the tasks on it, and the interrupts that can come there and on no other, a bit for each actor. */
  readonly #tasksOn: Int32Array;
  readonly #hardirqsOn: Int32Array;
  readonly #nmisOn: Int32Array;
  /** Set by `look`: actors that are not done. */
  #left = 0;
  /** What is known of CPUs, by the number of shared memory. */
  readonly #irqsOff: number[][] = [];
  readonly #woken: number[][] = [];
  readonly #counts: number[][] = [];
  readonly #waiting: number[] = [];

  constructor(scene: Scene, store: Store, runner: ThreadRunner, layout: Layout) {
    this.#scene = scene;
    this.#store = store;
    this.#runner = runner;
    this.#layout = layout;
    const { kernel, tasks, sources } = scene;
    const cpus = kernel.processors;
    this.cpuOf = Int32Array.from(tasks, (t) => t.task.thread.cpu);
    this.#isSoftirqd = Uint8Array.from(tasks, (t) => (t.kind === 'softirqd' ? 1 : 0));
    this.#stepCounts = Int32Array.from(tasks, (t) => t.steps.length);
    this.#joins = tasks.map(({ steps }) =>
      Int32Array.from(steps, ({ action }) =>
        action.kind === 'join' ? tasks.findIndex((o) => o.task.name === action.task) : NOBODY,
      ),
    );
    this.#tasksOn = Int32Array.from(cpus, ({ id }) =>
      this.cpuOf.subarray(0, layout.firstSource).reduce((m, cpu, t) => (cpu === id ? m | (1 << t) : m), 0),
    );
    const comingTo = (cpu: number, level: string): number =>
      sources.reduce((mask, source, s) => {
        const isHere = source.cpu === undefined ? cpus.length === 1 : source.cpu === cpu;
        return isHere && source.level === level ? mask | (1 << layout.sourceActor(s)) : mask;
      }, 0);
    this.#hardirqsOn = Int32Array.from(cpus, ({ id }) => comingTo(id, 'hardirq'));
    this.#nmisOn = Int32Array.from(cpus, ({ id }) => comingTo(id, 'nmi'));
    this.preemptVariable = new PreemptCounts(kernel).words;
  }

  /** Whether a CPU does not accept hardirqs. */
  irqsOff(shared: number, cpu: number): boolean {
    return this.#wordOf(this.#irqsOff, shared, cpu, this.#field(cpu, CPU_FIELD.irqsOff)) !== 0;
  }

  #field(cpu: number, field: number): number {
    return (this.#scene.kernel.processors[cpu]!.at + field) >> 2;
  }

  #wordOf(known: number[][], shared: number, cpu: number, word: number): number {
    const values = (known[cpu] ??= []);
    let value = values[shared];
    if (value === undefined) {
      value = this.#store.sharedWord(shared, word);
      values[shared] = value;
    }
    return value;
  }

  #waits(shared: number, task: number): boolean {
    let mask = this.#waiting[shared];
    if (mask === undefined) {
      mask = this.#store.waiting(shared);
      this.#waiting[shared] = mask;
    }
    return (mask & (1 << task)) !== 0;
  }

  isBusy(state: Int32Array, task: number): boolean {
    return this.#runner.part(state[task]!, 1) !== 0;
  }

  isDone(state: Int32Array, task: number): boolean {
    const component = state[task]!;
    return (
      this.#runner.part(component, 1) === 0 && this.#runner.part(component, 3) >= this.#stepCounts[task]!
    );
  }

  /** Whether a task has something to do and waits for nothing. */
  canRun(state: Int32Array, task: number): boolean {
    const shared = state[this.#layout.shared]!;
    if (task >= this.#layout.firstSource) return false;
    if (this.isBusy(state, task)) return !this.#waits(shared, task);
    if (this.#isSoftirqd[task] === 1) {
      const cpu = this.cpuOf[task]!;
      return this.#wordOf(this.#woken, shared, cpu, this.#field(cpu, CPU_FIELD.softirqd)) !== 0;
    }
    const position = this.#runner.part(state[task]!, 3);
    if (position >= this.#stepCounts[task]!) return false;
    const other = this.#joins[task]![position]!;
    return other === NOBODY || this.isDone(state, other);
  }

  preemptCount(state: Int32Array, cpu: number): number {
    const variable = this.preemptVariable[cpu];
    const layout = this.#layout;
    if (variable !== undefined) return this.#wordOf(this.#counts, state[layout.shared]!, cpu, variable);
    const task = state[layout.current(cpu)]!;
    return this.#store.preemptCountOf(this.#runner.part(state[task]!, 2));
  }

  canPreempt(state: Int32Array, cpu: number): boolean {
    const layout = this.#layout;
    if (state[layout.depth(cpu)] !== 0 || this.irqsOff(state[layout.shared]!, cpu)) return false;
    return this.preemptCount(state, cpu) === 0;
  }

  accepts(state: Int32Array, cpu: number, source: number): boolean {
    const layout = this.#layout;
    const { sources, kernel } = this.#scene;
    const depth = state[layout.depth(cpu)]!;
    if (depth >= layout.maxDepth) return false;
    if (sources[source]!.level === 'hardirq') return !this.irqsOff(state[layout.shared]!, cpu);
    return this.#nmis(state, cpu, depth) < kernel.model.maxNmis;
  }

  /** How many of the innermost `depth` interrupts of a CPU are NMIs. */
  #nmis(state: Int32Array, cpu: number, depth: number): number {
    const layout = this.#layout;
    let nmis = 0;
    for (let d = 0; d < depth; d += 1) {
      const on = this.#runner.part(state[layout.context(cpu, d)]!, 2);
      if (this.#scene.sources[on]!.level === 'nmi') nmis += 1;
    }
    return nmis;
  }

  /** Looks who can still do something in a state. */
  look(state: Int32Array): void {
    const layout = this.#layout;
    let left = 0;
    for (let t = 0; t < layout.firstSource; t += 1) {
      const acts = this.#isSoftirqd[t] === 1 ? layout.usesSoftirqd : !this.isDone(state, t);
      if (acts) left |= 1 << t;
    }
    for (let s = 0; s < this.#scene.sources.length; s += 1)
      if (state[layout.remaining + s] !== 0) left |= 1 << layout.sourceActor(s);
    this.#left = left;
  }

  /**
   * Of those that the last look was at, the ones who could do something before the innermost thread of a CPU goes on.
   * That is an actor's, and of an interrupt the last of `depth`, also if it only arrives.
   */
  lookFrom(state: Int32Array, cpu: number, actor: number, depth: number): void {
    const layout = this.#layout;
    const { kernel, sources } = this.#scene;
    const here = this.#tasksOn[cpu]!;
    const isSource = actor >= layout.firstSource;
    let left = this.#left;
    if (!isSource) left &= ~(1 << actor);
    // The last of its kind is no longer to come when it has come.
    else if (depth > state[layout.depth(cpu)]! && state[layout.remaining + actor - layout.firstSource] === 1)
      left &= ~(1 << actor);
    let always = left & ~here & ~this.#hardirqsOn[cpu]! & ~this.#nmisOn[cpu]!;
    for (let c = 0; c < kernel.cpus; c += 1)
      if (c !== cpu)
        for (let d = 0; d < state[layout.depth(c)]!; d += 1)
          always |= 1 << layout.sourceActor(this.#runner.part(state[layout.context(c, d)]!, 2));
    const nmis = depth < layout.maxDepth ? left & this.#nmisOn[cpu]! : 0;
    if (nmis !== 0) {
      const own = isSource && sources[actor - layout.firstSource]!.level === 'nmi' ? 1 : 0;
      if (this.#nmis(state, cpu, depth - 1) + own < kernel.model.maxNmis) always |= nmis;
    }
    this.always = always;
    this.ifPreempted = depth === 0 ? left & here : 0;
    this.ifIrqsOn = depth < layout.maxDepth ? left & this.#hardirqsOn[cpu]! : 0;
  }

  /** Whether nobody can do anything before the thread is through that `lookFrom` has looked from. */
  get isNobodyElse(): boolean {
    return (this.always | this.ifPreempted | this.ifIrqsOn) === 0;
  }

  /** Those of the actors that `look` has found who can do something now. */
  others(state: Int32Array, cpu: number): number {
    let mask = this.always;
    if (this.ifPreempted !== 0 && this.canPreempt(state, cpu)) mask |= this.ifPreempted;
    if (this.ifIrqsOn !== 0 && !this.irqsOff(state[this.#layout.shared]!, cpu)) mask |= this.ifIrqsOn;
    return mask;
  }
}
