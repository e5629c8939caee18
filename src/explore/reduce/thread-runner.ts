import { CPU_FIELD } from '../../kernel/cpu.js';
import { beginCall } from '../../lab/calls.js';
import { providePage } from '../../lab/perform-step.js';
import type { Stop } from '../../machine/engine.js';
import type { Fault } from '../../machine/fault.js';
import { makeFault } from '../../machine/make-fault.js';
import type { Thread } from '../../machine/thread.js';
import { Trap } from '../../machine/trap.js';
import type { Scene } from '../../replay/scene.js';
import type { Budget } from '../budget.js';
import { type Modelled, modelledOf } from '../modelled.js';
import { Interner } from '../state/intern.js';
import type { Layout } from '../state/layout.js';
import { RowSet } from '../state/row-set.js';
import type { Store } from '../state/store.js';
import { type AccessMap, HOW } from './access.js';
import { END, type Job, noRuns, type Rewind } from './run-results.js';
import { Watcher } from './watcher.js';
import type { Watching } from './watching.js';

/** In the kind of a run: its thread was alone. */
const ALONE = 1 << 30;

/**
 * Runs one thread of the real machine from one choice to the next, and remembers every such run: what a thread does
 * depends on nothing but its own component, the structure of the current task and shared memory, so the same three give
 * the same result wherever the other threads are. The product of all threads' states is explored with only as many real
 * runs as there are different triples.
 */
export class ThreadRunner {
  readonly scene: Scene;
  readonly store: Store;
  readonly access: AccessMap;
  readonly layout: Layout;
  readonly runs = noRuns();
  /** Components: [owner, thread, structure, position] of tasks, [owner, thread, source, what it found] of interrupts. */
  readonly components: RowSet;
  readonly eventLists: Interner;
  readonly reduces: boolean;
  executed = 0;
  /** Grows whenever what ended the runs so far has changed: see `forget`. */
  generation = 0;
  /** What runs depend on, and the number of the run for each. */
  readonly #known: RowSet;
  readonly #runOf: number[] = [];
  readonly #tuple = new Int32Array(4);
  readonly #watcher: Watcher;

  constructor(watching: Watching, budget: Budget) {
    const { scene, store, access, layout, reduces } = watching;
    this.scene = scene;
    this.components = new RowSet(4, budget);
    this.eventLists = new Interner(budget);
    this.#pairs = new RowSet(2, budget);
    this.#known = new RowSet(4, budget);
    this.store = store;
    this.access = access;
    this.layout = layout;
    this.reduces = reduces;
    this.#watcher = new Watcher(watching);
    this.eventLists.intern(new Int32Array(0));
  }

  component(owner: number, a: number, b: number, c: number): number {
    return this.components.add(this.#of(owner, a, b, c));
  }

  #of(a: number, b: number, c: number, d: number): Int32Array {
    const tuple = this.#tuple;
    tuple[0] = a;
    tuple[1] = b;
    tuple[2] = c;
    tuple[3] = d;
    return tuple;
  }

  /** The part `i` of a component. */
  part(component: number, i: number): number {
    return this.components.rows[component * 4 + i]!;
  }

  /** The component of a task with another structure. */
  withStructure(component: number, structure: number): number {
    if (this.part(component, 2) === structure) return component;
    return this.component(
      this.part(component, 0),
      this.part(component, 1),
      structure,
      this.part(component, 3),
    );
  }

  /** The bounds of the model that concern what has been run so far. */
  get modelled(): readonly Modelled[] {
    const { machine } = this.scene.kernel;
    const called = [...this.#watcher.called].map((i) => machine.leaves[i]!.name);
    return modelledOf({ scene: this.scene, called, isLooking: this.layout.isLooking });
  }

  /** Forgets all runs, since what ended them has changed. */
  forget(): void {
    this.#known.clear();
    this.#runOf.length = 0;
    this.generation += 1;
    this.access.invalidated = false;
  }

  /** Lets a task go on from where it is, or begin its next step; `isAlone` if nobody else can do anything meanwhile. */
  runTask(state: Int32Array, task: number, isAlone: boolean): number {
    const component = state[task]!;
    const shared = state[this.layout.shared]!;
    const known = this.#find(component, -1, shared, 0, isAlone);
    if (known >= 0) return this.#runOf[known]!;
    const cpu = this.scene.tasks[task]!.task.thread.cpu;
    const run = this.#again({ actor: task, cpu, task, isInterrupt: false, isAlone }, () => {
      this.#loadTask(state, task);
      this.store.loadShared(shared);
      this.scene.kernel.processors[cpu]!.restore(undefined, 0);
      return this.#beginTask(task, this.part(component, 3));
    });
    return this.#note(run, component, -1, shared, isAlone ? ALONE : 0);
  }

  /** Lets the innermost interrupt of a CPU go on; `isAlone` if nobody else can do anything meanwhile. */
  runInterrupt(state: Int32Array, cpu: number, isAlone: boolean): number {
    const { layout } = this;
    const task = state[layout.current(cpu)]!;
    const depth = state[layout.depth(cpu)]!;
    const component = state[layout.context(cpu, depth - 1)]!;
    const structure = this.part(state[task]!, 2);
    const shared = state[layout.shared]!;
    const known = this.#find(component, structure, shared, 1, isAlone);
    if (known >= 0) return this.#runOf[known]!;
    const source = this.part(component, 2);
    const actor = layout.sourceActor(source);
    const run = this.#again({ actor, cpu, task, isInterrupt: true, isAlone }, () => {
      this.#loadCpu(state, cpu);
      this.store.loadShared(shared);
      this.#found = this.part(component, 3);
      return this.scene.kernel.processors[cpu]!.contexts[depth - 1];
    });
    return this.#note(run, component, structure, shared, isAlone ? 1 | ALONE : 1);
  }

  /** Lets an interrupt arrive on a CPU; `isAlone` if nobody else can do anything until it has returned. */
  arrive(state: Int32Array, source: number, cpu: number, isAlone: boolean): number {
    const { layout } = this;
    const task = state[layout.current(cpu)]!;
    const depth = state[layout.depth(cpu)]!;
    const below = depth === 0 ? -2 - task : state[layout.context(cpu, depth - 1)]!;
    const structure = this.part(state[task]!, 2);
    const shared = state[layout.shared]!;
    const kind = 2 + source + (cpu << 8);
    const known = this.#find(below, structure, shared, kind, isAlone);
    if (known >= 0) return this.#runOf[known]!;
    const { level, entry, args } = this.scene.sources[source]!;
    const actor = layout.sourceActor(source);
    const run = this.#again({ actor, cpu, task, isInterrupt: true, isAlone }, () => {
      this.#loadCpu(state, cpu);
      this.store.loadShared(shared);
      this.store.touchShared();
      this.#watcher.mayPass = false;
      this.#found = this.#whatIsFound(structure, cpu);
      return this.scene.kernel.processors[cpu]!.interrupt(level, entry, args);
    });
    return this.#note(run, below, structure, shared, isAlone ? kind | ALONE : kind);
  }

  /** What is known of a run; of one that is alone also what it does up to where others would have had a choice. */
  #find(a: number, b: number, c: number, kind: number, isAlone: boolean): number {
    const known = this.#known.find(this.#of(a, b, c, kind));
    return known >= 0 || !isAlone ? known : this.#known.find(this.#of(a, b, c, kind | ALONE));
  }

  #note(run: number, a: number, b: number, c: number, d: number): number {
    this.#runOf[this.#known.add(this.#of(a, b, c, d))] = run;
    return run;
  }

  #loadTask(state: Int32Array, task: number): void {
    const component = state[task]!;
    this.store.loadThread(this.scene.tasks[task]!.task.thread, this.part(component, 1));
    this.store.loadStructure(task, this.part(component, 2));
  }

  #loadCpu(state: Int32Array, cpu: number): void {
    const { layout, scene } = this;
    const task = state[layout.current(cpu)]!;
    const depth = state[layout.depth(cpu)]!;
    this.#loadTask(state, task);
    const processor = scene.kernel.processors[cpu]!;
    const { irqStack, nmiStack } = processor;
    const { poison } = scene.kernel.memory;
    for (const s of [irqStack, nmiStack]) poison.fill(0xff, s.start >> 3, s.end >> 3);
    for (let d = 0; d < depth; d += 1)
      this.store.loadThread(processor.contexts[d]!, this.part(state[layout.context(cpu, d)]!, 1));
    const isIdle = scene.tasks[task]!.kind === 'idle';
    processor.restore(isIdle ? undefined : scene.tasks[task]!.task, depth);
  }

  /** Loads the whole of a state into the machine. */
  load(state: Int32Array): void {
    const { layout, scene } = this;
    for (let t = 0; t < scene.tasks.length; t += 1) this.#loadTask(state, t);
    for (const cpu of scene.kernel.processors) this.#loadCpu(state, cpu.id);
    this.store.loadShared(state[layout.shared]!);
  }

  /**
   * Runs, and if it turns out at the end that there should have been a choice before, runs again up to there: at the
   * start of a section that nobody can be preempted in and that contains something visible, before a fault, before a leaf
   * that was pointed at what others access.
   */
  #again(job: Job, prepare: () => Thread | undefined): number {
    let end: Rewind | undefined;
    for (;;) {
      this.#watcher.begin(job, end);
      const thread = prepare();
      if (thread === undefined) return this.#finish(undefined, END.step);
      this.store.touchShared();
      const { interpreter } = this.scene.kernel;
      let stop: Stop;
      // A timer that was queued: here none expires.
      do stop = interpreter.step(thread, Number.MAX_SAFE_INTEGER, this.#watcher.observer);
      while (stop.kind === 'yield');
      this.executed += this.#watcher.steps;
      if (job.isAlone && this.#watcher.isTooLong) {
        const run = this.#again({ ...job, isAlone: false }, prepare);
        this.runs.long.add(run);
        return run;
      }
      const fault =
        stop.kind === 'blocked' ? this.#waitingFault(thread) : stop.kind === 'fault' && stop.fault;
      end = this.#watcher.rewind(thread, stop.kind, fault !== false);
      if (end !== undefined) {
        this.#watcher.discover();
        continue;
      }
      if (fault !== false) return this.#faulted(thread, fault);
      switch (stop.kind) {
        case 'break':
        case 'budget':
          return this.#finish(thread, END.stopped);
        case 'done':
          if (job.isInterrupt) this.scene.kernel.processors[job.cpu]!.returnFromInterrupt();
          return this.#finish(thread, job.isInterrupt ? END.returned : END.step);
        case 'blocked':
          return this.#finish(thread, END.blocked);
        default:
          throw new Error(`a run ended by ${stop.kind}`);
      }
    }
  }

  /** The fault of a thread that has to wait where it may not; false where it may. */
  #waitingFault(thread: Thread): Fault | false {
    const { cpu, isInterrupt } = this.#watcher.job;
    const irqsOff = this.scene.kernel.memory.readU32(
      this.scene.kernel.processors[cpu]!.at + CPU_FIELD.irqsOff,
    );
    if (!isInterrupt && irqsOff === 0 && this.#watcher.preemptCount(thread) === 0) return false;
    const trap = new Trap('scheduling_while_atomic', 0n, 0, 'call');
    return makeFault(this.scene.kernel.machine, thread, trap);
  }

  #faulted(thread: Thread, fault: Fault): number {
    const run = this.#finish(thread, END.fault);
    this.runs.faults.set(run, fault);
    return run;
  }

  /** Saves the state that the run has left. */
  #finish(thread: Thread | undefined, end: number): number {
    const { store, runs, scene } = this;
    const { task, isInterrupt, cpu } = this.#watcher.job;
    this.#watcher.discover();
    const structure = store.saveStructure(task);
    const shared = store.saveShared();
    let component = 0;
    if (isInterrupt) {
      const owner = scene.tasks.length + cpu;
      const source = this.#watcher.job.actor - this.layout.firstSource;
      component =
        end === END.returned || thread === undefined
          ? 0
          : this.component(owner, store.saveThread(thread), source, this.#found);
      if (end === END.returned && this.#whatIsFound(structure, cpu) !== this.#found) this.layout.noteLeak();
    } else {
      const saved = end === END.step ? 0 : store.saveThread(scene.tasks[task]!.task.thread);
      component = this.component(task, saved, structure, this.#position + (end === END.step ? 1 : 0));
    }
    const run = runs.end.length;
    runs.end.push(end);
    runs.component.push(component);
    runs.structure.push(structure);
    runs.shared.push(shared);
    runs.events.push(this.#eventList(this.#watcher.events.list));
    runs.insns.push(this.#watcher.steps);
    const { calledAt } = this.#watcher.events;
    runs.deferred.push(calledAt < 0 ? -1 : this.#watcher.steps - calledAt);
    runs.conflicts.push(this.#watcher.conflicts);
    runs.pending.push(this.#watcher.pending);
    if (end === END.stopped && this.#watcher.job.isAlone) runs.rounds.add(run);
    return run;
  }

  /** The number of a list of events; 0 is the empty one. */
  #eventList(events: readonly number[]): number {
    return events.length === 0 ? 0 : this.eventLists.intern(Int32Array.from(events));
  }

  #position = 0;
  /** What the interrupt found and has to leave as it was: see `#whatIsFound`. */
  #found = 0;
  readonly #pairs: RowSet;
  readonly #pair = new Int32Array(2);

  /** The structure of the interrupted task and, where the CPU has one of its own, preempt_count, as one number. */
  #whatIsFound(structure: number, cpu: number): number {
    this.#pair[0] = structure;
    const count = this.#watcher.preemptCounts.words[cpu];
    this.#pair[1] = count === undefined ? 0 : this.scene.kernel.memory.i32[count]!;
    return this.#pairs.add(this.#pair);
  }

  /** The thread, at the instruction it goes on with; undefined if the task's step needed no instructions. */
  #beginTask(task: number, position: number): Thread | undefined {
    const { kernel, tasks } = this.scene;
    const { task: t, steps, kind, call } = tasks[task]!;
    const { thread } = t;
    this.#position = position;
    if (thread.isBusy) return thread;
    this.#watcher.mayPass = false;
    this.store.touchShared();
    if (kind === 'softirqd') {
      kernel.processors[thread.cpu]!.takeSoftirqdWakeup();
      beginCall(kernel, thread, call!);
      return thread;
    }
    const { action } = steps[position]!;
    switch (action.kind) {
      case 'call':
        beginCall(kernel, thread, action.call);
        return thread;
      case 'set': {
        const size = action.global.bits / 8;
        const at = action.global.at + action.index * size;
        this.#watcher.note(at, size, HOW.writes);
        kernel.writeGlobal(action.global, action.index, action.value);
        for (let w = at >> 2; w <= (at + size - 1) >> 2; w += 1) this.#watcher.include(w);
        this.#watcher.check(at, size);
        return undefined;
      }
      case 'provide':
        this.#watcher.noteLeaf();
        providePage(kernel, action.page);
        this.#watcher.include(action.page >> 2);
        return undefined;
      case 'join':
        return undefined;
      default:
        return action satisfies never;
    }
  }
}
