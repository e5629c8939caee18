import { CPU_FIELD } from '../kernel/cpu.js';
import { holds } from '../lab/expect.js';
import { propertyBit } from '../lab/properties.js';
import { CHOICE, readChoice } from '../replay/choice.js';
import type { Scene } from '../replay/scene.js';
import type { Budget } from './budget.js';
import { ALL_ACTORS } from './reduce/access.js';
import { END, LONGEST_TURN, PENDING, Restart } from './reduce/run-results.js';
import type { ThreadRunner } from './reduce/thread-runner.js';
import { Instances } from './state/instances.js';
import type { Layout } from './state/layout.js';
import type { Store } from './state/store.js';

/** The graph of states: where it begins, what can happen in a state, and what comes of it. */
export class Space {
  readonly scene: Scene;
  readonly store: Store;
  readonly runner: ThreadRunner;
  readonly layout: Layout;
  readonly instances: Instances;
  /** For what belongs to this space alone. */
  readonly budget: Budget;
  /** Properties broken by the last transition, or found broken at the end in `final`. */
  broken = 0;
  /** Moves of the last transition: instructions, and steps of tasks that need none. The run that faulted, or -1. */
  moves = 0;
  /** How many of these moves come after a call of enter or put whose effect has been put off (see `Instances`). */
  deferred = 0;
  faulted = -1;
  /** Whether the last transition ended in a fault: nothing happens after it. */
  isDead = false;
  /** Whether nothing ever ends after a state, whatever happens: known once all states are. */
  isEndless: ((state: Int32Array) => boolean) | undefined = undefined;
  readonly #irqsOff: number[][] = [];
  readonly #woken: number[][] = [];
  readonly #waiting: number[] = [];
  readonly #finals: number[] = [];
  readonly #preemptVariable: readonly (number | undefined)[];
  readonly #stepCounts: readonly number[];

  constructor(scene: Scene, store: Store, runner: ThreadRunner, layout: Layout, budget: Budget) {
    this.scene = scene;
    this.store = store;
    this.runner = runner;
    this.layout = layout;
    this.instances = new Instances(scene, budget);
    this.budget = budget;
    const { kernel } = scene;
    const variable = kernel.percpuVariables.get('__preempt_count');
    this.#preemptVariable = kernel.processors.map((c) => variable && kernel.percpu.at(variable, c.id) >> 2);
    this.#stepCounts = scene.tasks.map((t) => t.steps.length);
  }

  /** The state at the start; the machine is as it was after the boot. */
  initial(): Int32Array {
    const { scene, store, runner, layout } = this;
    const state = new Int32Array(layout.width);
    scene.tasks.forEach((_, i) => {
      state[i] = runner.component(i, 0, store.saveStructure(i), 0);
    });
    for (const cpu of scene.kernel.processors) state[layout.current(cpu.id)] = layout.idleTask(cpu.id);
    state[layout.shared] = store.saveShared();
    state[layout.instances] = this.instances.initial;
    scene.sources.forEach((s, i) => {
      state[layout.remaining + i] = s.times;
    });
    return state;
  }

  irqsOff(shared: number, cpu: number): boolean {
    return this.#cpuFlag(this.#irqsOff, shared, cpu, CPU_FIELD.irqsOff);
  }

  #cpuFlag(known: number[][], shared: number, cpu: number, field: number): boolean {
    const flags = (known[cpu] ??= []);
    let flag = flags[shared];
    if (flag === undefined) {
      flag = this.store.sharedWord(shared, (this.scene.kernel.processors[cpu]!.at + field) >> 2);
      flags[shared] = flag;
    }
    return flag !== 0;
  }

  #waits(shared: number, task: number): boolean {
    let mask = this.#waiting[shared];
    if (mask === undefined) {
      mask = this.store.waiting(shared);
      this.#waiting[shared] = mask;
    }
    return (mask & (1 << task)) !== 0;
  }

  isBusy(state: Int32Array, task: number): boolean {
    return this.runner.part(state[task]!, 1) !== 0;
  }

  isDone(state: Int32Array, task: number): boolean {
    const { runner } = this;
    const component = state[task]!;
    return runner.part(component, 1) === 0 && runner.part(component, 3) >= this.#stepCounts[task]!;
  }

  /** Whether a task has something to do and waits for nothing. */
  canRun(state: Int32Array, task: number): boolean {
    const { layout, scene } = this;
    const shared = state[layout.shared]!;
    const { kind, steps, task: t } = scene.tasks[task]!;
    if (kind === 'idle') return false;
    if (this.isBusy(state, task)) return !this.#waits(shared, task);
    if (kind === 'softirqd') return this.#cpuFlag(this.#woken, shared, t.thread.cpu, CPU_FIELD.softirqd);
    const position = this.runner.part(state[task]!, 3);
    if (position >= steps.length) return false;
    const { action } = steps[position]!;
    if (action.kind !== 'join') return true;
    const other = scene.tasks.findIndex((o) => o.task.name === action.task);
    return this.isDone(state, other);
  }

  preemptCount(state: Int32Array, cpu: number): number {
    const variable = this.#preemptVariable[cpu];
    const { layout, store } = this;
    if (variable !== undefined) return store.sharedWord(state[layout.shared]!, variable);
    const task = state[layout.current(cpu)]!;
    return store.preemptCountOf(this.runner.part(state[task]!, 2));
  }

  canPreempt(state: Int32Array, cpu: number): boolean {
    const { layout } = this;
    if (state[layout.depth(cpu)] !== 0 || this.irqsOff(state[layout.shared]!, cpu)) return false;
    return this.preemptCount(state, cpu) === 0;
  }

  accepts(state: Int32Array, cpu: number, source: number): boolean {
    const { layout, scene } = this;
    const depth = state[layout.depth(cpu)]!;
    if (depth >= layout.maxDepth) return false;
    const { level } = scene.sources[source]!;
    if (level === 'hardirq') return !this.irqsOff(state[layout.shared]!, cpu);
    let nested = 0;
    for (let d = 0; d < depth; d += 1) {
      const on = this.runner.part(state[layout.context(cpu, d)]!, 2);
      if (scene.sources[on]!.level === 'nmi') nested += 1;
    }
    return nested < scene.kernel.model.maxNmis;
  }

  /** Everything that can happen next; the number of choices written to `out`. */
  choices(state: Int32Array, out: number[]): number {
    const { layout, scene } = this;
    let n = 0;
    for (let cpu = 0; cpu < scene.kernel.cpus; cpu += 1) {
      const current = state[layout.current(cpu)]!;
      if (state[layout.depth(cpu)]! > 0) out[n++] = CHOICE.interrupt(cpu);
      else {
        const runs = this.canRun(state, current);
        if (runs) out[n++] = CHOICE.task(current);
        if (!runs || this.canPreempt(state, cpu))
          for (let t = 0; t < layout.firstSource; t += 1)
            if (t !== current && scene.tasks[t]!.task.thread.cpu === cpu && this.canRun(state, t))
              out[n++] = CHOICE.task(t);
      }
    }
    const running = n;
    for (let s = 0; s < scene.sources.length; s += 1) {
      if (state[layout.remaining + s] === 0) continue;
      for (let cpu = 0; cpu < scene.kernel.cpus; cpu += 1) {
        if ((scene.sources[s]!.cpu ?? cpu) === cpu && this.accepts(state, cpu, s))
          out[n++] = CHOICE.arrival(s, cpu);
      }
    }
    if (running === 0) this.#final(state);
    else this.broken = this.isEndless?.(state) === true ? propertyBit('no_deadlock') : 0;
    return n;
  }

  /** Whether a choice is among those that can be made in a state. */
  allows(state: Int32Array, choice: number): boolean {
    const { layout, scene } = this;
    const c = readChoice(choice);
    switch (c.kind) {
      case 'task': {
        const { cpu } = scene.tasks[c.task]!.task.thread;
        const current = state[layout.current(cpu)]!;
        if (state[layout.depth(cpu)]! > 0 || !this.canRun(state, c.task)) return false;
        return current === c.task || !this.canRun(state, current) || this.canPreempt(state, cpu);
      }
      case 'interrupt':
        return state[layout.depth(c.cpu)]! > 0;
      case 'arrival':
        if (state[layout.remaining + c.source] === 0) return false;
        return (scene.sources[c.source]!.cpu ?? c.cpu) === c.cpu && this.accepts(state, c.cpu, c.source);
      default:
        return c satisfies never;
    }
  }

  /** Nothing can run any more: either everything has returned, or something waits for ever. */
  #final(state: Int32Array): void {
    const { layout, scene } = this;
    this.broken = 0;
    for (let t = 0; t < layout.firstSource; t += 1) {
      if (this.isBusy(state, t) || (scene.tasks[t]!.kind === 'task' && !this.isDone(state, t))) {
        this.broken = propertyBit('no_deadlock');
        return;
      }
    }
    if (!this.instances.someRan(state[layout.instances]!)) this.broken |= propertyBit('progress');
    for (let t = 0; t < scene.tasks.length; t += 1)
      if (this.store.preemptCountOf(this.runner.part(state[t]!, 2)) !== 0)
        this.broken |= propertyBit('balanced');
    this.broken |= this.#memoryAtEnd(state);
  }

  #memoryAtEnd(state: Int32Array): number {
    const { layout, scene } = this;
    const shared = state[layout.shared]!;
    const known = this.#finals[shared];
    if (known !== undefined) return known;
    const { kernel } = scene;
    let broken = 0;
    this.store.loadShared(shared);
    for (const cpu of kernel.processors) {
      const variable = this.#preemptVariable[cpu.id];
      if (variable !== undefined && kernel.memory.i32[variable] !== 0) broken |= propertyBit('balanced');
      for (const p of kernel.programs.values()) {
        const given = scene.given.find((g) => g.program === p && g.cpu === cpu.id)?.value ?? 0n;
        const active = kernel.active(p, cpu.id).reduceRight((n, b) => (n << 8n) | BigInt(b), 0n);
        if (active !== given) broken |= propertyBit('balanced');
      }
    }
    if (scene.finally.some((c) => !holds(kernel, c))) broken |= propertyBit('finally');
    this.#finals[shared] = broken;
    return broken;
  }

  /** Actors that can do something before the innermost thread of a CPU goes on. */
  #others(state: Int32Array, cpu: number, actor: number): number {
    const { layout, scene } = this;
    let mask = 0;
    for (let c = 0; c < scene.kernel.cpus; c += 1) {
      if (c !== cpu || this.canPreempt(state, c))
        for (let t = 0; t < layout.firstSource; t += 1)
          if (t !== actor && scene.tasks[t]!.task.thread.cpu === c && this.#mayAct(state, t)) mask |= 1 << t;
      if (c === cpu) continue;
      for (let d = 0; d < state[layout.depth(c)]!; d += 1)
        mask |= 1 << layout.sourceActor(this.runner.part(state[layout.context(c, d)]!, 2));
    }
    for (let s = 0; s < scene.sources.length; s += 1) {
      if (state[layout.remaining + s] === 0) continue;
      const only = scene.sources[s]!.cpu;
      if (
        (only === undefined && scene.kernel.cpus > 1) ||
        (only ?? cpu) !== cpu ||
        this.accepts(state, cpu, s)
      )
        mask |= 1 << layout.sourceActor(s);
    }
    return mask;
  }

  #mayAct(state: Int32Array, task: number): boolean {
    if (this.scene.tasks[task]!.kind === 'softirqd') return this.layout.usesSoftirqd;
    return !this.isDone(state, task);
  }

  /**
   * Carries out a choice, and goes on with the same thread as long as what it does next conflicts with nothing that
   * anybody else could do. `state` becomes the state afterwards.
   */
  advance(state: Int32Array, choice: number): void {
    const { layout, runner, instances, scene } = this;
    const { runs } = runner;
    this.broken = 0;
    this.moves = 0;
    this.deferred = 0;
    this.isDead = false;
    const chosen = readChoice(choice);
    const cpu = chosen.kind === 'task' ? scene.tasks[chosen.task]!.task.thread.cpu : chosen.cpu;
    if (chosen.kind === 'task') state[layout.current(cpu)] = chosen.task;
    let isArrival = chosen.kind === 'arrival';
    // Whether the thread is where there could be a choice, and goes on: effects that were put off until then happen
    // (see `Instances`).
    let goesOn = true;
    for (;;) {
      const depth = state[layout.depth(cpu)]!;
      const isInterrupt = isArrival || depth > 0;
      const task = state[layout.current(cpu)]!;
      let run: number;
      if (isArrival && chosen.kind === 'arrival') {
        run = runner.arrive(state, chosen.source, cpu);
        state[layout.depth(cpu)] = depth + 1;
        state[layout.remaining + chosen.source]! -= 1;
      } else if (isInterrupt) run = runner.runInterrupt(state, cpu);
      else run = runner.runTask(state, task);
      if (runner.access.invalidated || layout.invalidated) throw new Restart();
      const level = isArrival ? depth : depth - 1;
      isArrival = false;
      const thread = isInterrupt ? this.#contextThread(cpu, level) : task;
      const before = state[isInterrupt ? layout.context(cpu, level) : task];
      const shared = state[layout.shared];
      if (goesOn) this.#flush(state, thread);
      goesOn = false;
      state[layout.shared] = runs.shared[run]!;
      this.#apply(state, thread, cpu, runs.events[run]!);
      if (isInterrupt) {
        state[layout.context(cpu, level)] = runs.component[run]!;
        state[task] = runner.withStructure(state[task]!, runs.structure[run]!);
      } else state[task] = runs.component[run]!;
      const end = runs.end[run]!;
      // Once round a loop that waits for a thread that cannot run.
      const isRound = end === END.stopped && before === runs.component[run] && shared === runs.shared[run];
      const insns = runs.insns[run]!;
      const deferred = runs.deferred[run]!;
      this.deferred = instances.isWaiting(state[layout.instances]!, thread)
        ? deferred < 0
          ? this.deferred + insns
          : deferred
        : 0;
      this.moves += end === END.step ? Math.max(1, insns) : insns;
      if (end === END.returned) {
        state[layout.depth(cpu)] = level;
        return;
      }
      if (end === END.blocked || end === END.step) {
        if (end === END.step && this.#goesOn(state, task)) continue;
        if (end === END.blocked || !this.canRun(state, task))
          state[layout.current(cpu)] = layout.idleTask(cpu);
        return;
      }
      if (end === END.fault) {
        this.broken |= propertyBit('no_fault');
        this.faulted = run;
        this.isDead = true;
        return;
      }
      const actor = isInterrupt
        ? layout.sourceActor(runner.part(state[layout.context(cpu, level)]!, 2))
        : task;
      let conflicts = runs.conflicts[run]!;
      // Effects that were put off until this thread goes on are about to happen: others have to be tried before that,
      // too.
      if (
        (conflicts !== 0 || runs.pending[run] === PENDING) &&
        instances.isWaiting(state[layout.instances]!, thread)
      )
        conflicts = ALL_ACTORS;
      if (conflicts === 0 && this.moves < LONGEST_TURN) continue;
      if (!runner.reduces || isRound || this.moves >= LONGEST_TURN) return;
      if ((conflicts & this.#others(state, cpu, actor)) !== 0) return;
      goesOn = conflicts !== 0;
    }
  }

  /** The number by which `Instances` knows the thread of an interrupt. */
  #contextThread(cpu: number, depth: number): number {
    return this.scene.tasks.length + cpu * this.layout.maxDepth + depth;
  }

  #flush(state: Int32Array, thread: number): void {
    const { instances, layout } = this;
    state[layout.instances] = instances.flush(state[layout.instances]!, thread);
    this.broken |= instances.broken;
  }

  #apply(state: Int32Array, thread: number, cpu: number, list: number): void {
    const { instances, layout, runner } = this;
    const events = runner.eventLists.rows[list]!;
    state[layout.instances] = instances.apply(state[layout.instances]!, thread, cpu, list, events);
    this.broken |= instances.broken;
  }

  /** A finished step is followed by the next without a choice if that is a call: nobody sees it begin. */
  #goesOn(state: Int32Array, task: number): boolean {
    if (!this.runner.reduces) return false;
    const position = this.runner.part(state[task]!, 3);
    return this.scene.tasks[task]!.steps[position]?.action.kind === 'call';
  }
}
