import { holds } from '../lab/expect.js';
import { propertyBit } from '../lab/properties.js';
import { CHOICE, isArrival, readChoice, sourceOf } from '../replay/choice.js';
import type { Scene } from '../replay/scene.js';
import { Actors } from './actors.js';
import type { Budget } from './budget.js';
import { ALL_ACTORS } from './reduce/access.js';
import { END, LONGEST_TURN, PENDING, Restart } from './reduce/run-results.js';
import type { ThreadRunner } from './reduce/thread-runner.js';
import { Instances } from './state/instances.js';
import type { Layout } from './state/layout.js';
import type { Store } from './state/store.js';
import { TURN, TURN_KEY, Turns } from './state/turns.js';

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
  readonly #actors: Actors;
  readonly #turns: Turns;
  /** The runner's, when the turns that are known were made. */
  #generation = 0;
  /** A state for turns that are made. */
  readonly #state: Int32Array;
  readonly #finals: number[] = [];

  constructor(scene: Scene, store: Store, runner: ThreadRunner, layout: Layout, budget: Budget) {
    this.scene = scene;
    this.store = store;
    this.runner = runner;
    this.layout = layout;
    this.instances = new Instances(scene, runner.eventLists, budget);
    this.budget = budget;
    this.#actors = new Actors(scene, store, runner, layout);
    this.#turns = new Turns(budget);
    this.#state = new Int32Array(layout.width);
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

  /** Everything that can happen next; the number of choices written to `out`. See `follow`, too. */
  choices(state: Int32Array, out: number[]): number {
    const { layout, scene } = this;
    const actors = this.#actors;
    actors.look(state);
    let n = 0;
    for (let cpu = 0; cpu < scene.kernel.cpus; cpu += 1) {
      const current = state[layout.current(cpu)]!;
      if (state[layout.depth(cpu)]! > 0) out[n++] = CHOICE.interrupt(cpu);
      else {
        const runs = actors.canRun(state, current);
        if (runs) out[n++] = CHOICE.task(current);
        if (!runs || actors.canPreempt(state, cpu))
          for (let t = 0; t < layout.firstSource; t += 1)
            if (t !== current && actors.cpuOf[t] === cpu && actors.canRun(state, t))
              out[n++] = CHOICE.task(t);
      }
    }
    const running = n;
    for (let s = 0; s < scene.sources.length; s += 1) {
      if (state[layout.remaining + s] === 0) continue;
      for (let cpu = 0; cpu < scene.kernel.cpus; cpu += 1) {
        if ((scene.sources[s]!.cpu ?? cpu) === cpu && actors.accepts(state, cpu, s))
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
    const actors = this.#actors;
    const c = readChoice(choice);
    switch (c.kind) {
      case 'task': {
        const { cpu } = scene.tasks[c.task]!.task.thread;
        const current = state[layout.current(cpu)]!;
        if (state[layout.depth(cpu)]! > 0 || !actors.canRun(state, c.task)) return false;
        return current === c.task || !actors.canRun(state, current) || actors.canPreempt(state, cpu);
      }
      case 'interrupt':
        return state[layout.depth(c.cpu)]! > 0;
      case 'arrival':
        if (state[layout.remaining + c.source] === 0) return false;
        return (scene.sources[c.source]!.cpu ?? c.cpu) === c.cpu && actors.accepts(state, c.cpu, c.source);
      default:
        return c satisfies never;
    }
  }

  /** Nothing can run any more: either everything has returned, or something waits for ever. */
  #final(state: Int32Array): void {
    const { layout, scene } = this;
    const actors = this.#actors;
    this.broken = 0;
    for (let t = 0; t < layout.firstSource; t += 1) {
      if (actors.isBusy(state, t) || (scene.tasks[t]!.kind === 'task' && !actors.isDone(state, t))) {
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
      const variable = this.#actors.preemptVariable[cpu.id];
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

  /**
   * Carries out a choice, and goes on with the same thread as long as what it does next conflicts with nothing that
   * anybody else could do. `state` becomes the state afterwards.
   */
  advance(state: Int32Array, choice: number): void {
    this.#actors.look(state);
    this.follow(state, choice);
  }

  /** As `advance`, from the state that the last look was at: that of `choices`. */
  follow(state: Int32Array, choice: number): void {
    const { layout, runner, instances } = this;
    const turns = this.#turns;
    const actors = this.#actors;
    const isTask = choice < CHOICE.interrupt(0);
    const cpu = isTask ? actors.cpuOf[choice]! : choice & 63;
    if (isTask) state[layout.current(cpu)] = choice;
    const task = state[layout.current(cpu)]!;
    // The thread's own depth, also if it only arrives.
    const arrives = isArrival(choice);
    const depth = state[layout.depth(cpu)]! + (arrives ? 1 : 0);
    const at = depth === 0 ? task : layout.context(cpu, depth - 1);
    const below = depth <= 1 ? -2 - task : state[at - 1]!;
    const component = arrives ? below : state[at]!;
    const source = arrives ? sourceOf(choice) : runner.part(component, 2);
    const actor = depth === 0 ? task : layout.sourceActor(source);
    const thread = depth === 0 ? task : this.scene.tasks.length + cpu * layout.maxDepth + depth - 1;
    if (runner.reduces) actors.lookFrom(state, cpu, actor, depth);
    const { key } = turns;
    key[TURN_KEY.choice] = choice * (layout.maxDepth + 1) + depth;
    key[TURN_KEY.component] = component;
    key[TURN_KEY.structure] = depth === 0 ? -1 : runner.part(state[task]!, 2);
    key[TURN_KEY.shared] = state[layout.shared]!;
    key[TURN_KEY.phases] = instances.phasesOf(state[layout.instances]!, thread);
    key[TURN_KEY.always] = actors.always;
    key[TURN_KEY.ifPreempted] = actors.ifPreempted;
    key[TURN_KEY.ifIrqsOn] = actors.ifIrqsOn;
    if (this.#generation !== runner.generation) turns.clear();
    this.#generation = runner.generation;
    let turn = turns.find();
    if (turn < 0) turn = this.#make(state, choice, cpu, thread);
    const { results } = turns;
    const end = results[turn + TURN.end]!;
    this.moves = results[turn + TURN.moves]!;
    this.deferred = results[turn + TURN.deferred]!;
    this.isDead = end === END.fault;
    state[layout.shared] = results[turn + TURN.shared]!;
    state[layout.instances] = instances.play(state[layout.instances]!, results[turn + TURN.sequence]!);
    this.broken = instances.broken;
    state[at] = results[turn + TURN.component]!;
    if (depth > 0) {
      state[task] = runner.withStructure(state[task]!, results[turn + TURN.structure]!);
      state[layout.depth(cpu)] = end === END.returned ? depth - 1 : depth;
      if (arrives) state[layout.remaining + source]! -= 1;
    }
    if (end === END.blocked || (end === END.step && !actors.canRun(state, task)))
      state[layout.current(cpu)] = layout.idleTask(cpu);
    if (end !== END.fault) return;
    this.broken |= propertyBit('no_fault');
    this.faulted = results[turn + TURN.run]!;
  }

  /** Makes the turn whose key has been set, and notes what comes of it. */
  #make(before: Int32Array, choice: number, cpu: number, thread: number): number {
    const { layout, runner, instances } = this;
    const { runs } = runner;
    const actors = this.#actors;
    const state = this.#state;
    state.set(before);
    const task = state[layout.current(cpu)]!;
    instances.begin(state[layout.instances]!, thread, cpu);
    let arrives = isArrival(choice);
    let moves = 0;
    let deferred = 0;
    // Whether the thread is where there could be a choice, and goes on: effects that were put off until then happen
    // (see `Instances`).
    let goesOn = true;
    // Where nobody else can do anything until it is through, nothing that it does conflicts with anybody, and it runs on;
    // but for one that does much, of which it is seen run by run whether it goes round in circles.
    let isAlone = runner.reduces && actors.isNobodyElse;
    for (;;) {
      let run: number;
      if (arrives) {
        run = runner.arrive(state, sourceOf(choice), cpu, isAlone);
        state[layout.depth(cpu)]! += 1;
      } else if (state[layout.depth(cpu)] !== 0) run = runner.runInterrupt(state, cpu, isAlone);
      else run = runner.runTask(state, task, isAlone);
      if (runner.access.invalidated || layout.invalidated) throw new Restart();
      arrives = false;
      if (runs.long.has(run)) isAlone = false;
      const depth = state[layout.depth(cpu)]!;
      const at = depth === 0 ? task : layout.context(cpu, depth - 1);
      const end = runs.end[run]!;
      // Once round a loop that waits for a thread that cannot run.
      const isRound =
        runs.rounds.has(run) ||
        (end === END.stopped &&
          state[at] === runs.component[run] &&
          state[layout.shared] === runs.shared[run]);
      if (goesOn) instances.flush();
      goesOn = false;
      instances.apply(runs.events[run]!);
      state[layout.shared] = runs.shared[run]!;
      state[at] = runs.component[run]!;
      if (depth > 0) state[task] = runner.withStructure(state[task]!, runs.structure[run]!);
      const insns = runs.insns[run]!;
      const { isWaiting } = instances;
      const since = runs.deferred[run]!;
      if (!isWaiting) deferred = 0;
      else deferred = since < 0 ? deferred + insns : since;
      moves += end === END.step ? Math.max(1, insns) : insns;
      let isOver = end !== END.stopped && !(end === END.step && this.#goesOn(state, task));
      if (end === END.stopped) {
        let conflicts = runs.conflicts[run]!;
        // Effects that were put off until this thread goes on are about to happen: others have to be tried before that,
        // too.
        if (isWaiting && (conflicts !== 0 || runs.pending[run] === PENDING)) conflicts = ALL_ACTORS;
        if (conflicts !== 0 || moves >= LONGEST_TURN) {
          isOver =
            !runner.reduces ||
            isRound ||
            moves >= LONGEST_TURN ||
            (conflicts & actors.others(state, cpu)) !== 0;
          goesOn = conflicts !== 0;
        }
      }
      if (!isOver) continue;
      const { sequence } = instances;
      const turn = this.#turns.add();
      const { results } = this.#turns;
      results[turn + TURN.component] = runs.component[run]!;
      results[turn + TURN.structure] = runs.structure[run]!;
      results[turn + TURN.shared] = runs.shared[run]!;
      results[turn + TURN.sequence] = sequence;
      results[turn + TURN.moves] = moves;
      results[turn + TURN.deferred] = deferred;
      results[turn + TURN.end] = end;
      results[turn + TURN.run] = run;
      return turn;
    }
  }

  /** A finished step is followed by the next without a choice if that is a call: nobody sees it begin. */
  #goesOn(state: Int32Array, task: number): boolean {
    if (!this.runner.reduces) return false;
    const position = this.runner.part(state[task]!, 3);
    return this.scene.tasks[task]!.steps[position]?.action.kind === 'call';
  }
}
