import type { Kernel } from '../kernel/kernel.js';
import { holds } from '../lab/expect.js';
import { PROPERTY_NAMES, type Property, propertyBit } from '../lab/properties.js';
import { isArrival, isInterrupt } from '../replay/choice.js';
import type { Scene } from '../replay/scene.js';
import type { ConditionAst } from '../syntax/lab-ast.js';
import { Budget, doubled, isOutOfRoom, OutOfRoom } from './budget.js';
import { Edges } from './edges.js';
import { AccessMap } from './reduce/access.js';
import { activeWords, conditionWords } from './reduce/condition-words.js';
import { plainLeaves } from './reduce/leaves.js';
import { Restart } from './reduce/run-results.js';
import { ThreadRunner } from './reduce/thread-runner.js';
import { Space } from './space.js';
import { Layout } from './state/layout.js';
import { Liveness } from './state/liveness.js';
import { PackedRows } from './state/packed-rows.js';
import { Store } from './state/store.js';

export interface SearchLimits {
  readonly maxStates: number;
  readonly maxSeconds: number;
  /**
   * Most bytes that the tables of a search may grow by, and those of working out schedules afterwards; unbounded if
   * absent.
   */
  readonly maxBytes?: number;
  /** Milliseconds, from any start. */
  readonly clock: () => number;
  /** Called now and then; true ends the search. */
  readonly isInterrupted: () => boolean;
  /** Called as often; true ends the search because memory is short. */
  readonly isMemoryShort?: () => boolean;
  /** How far the search is, and what has been found broken. */
  readonly progress?: (
    states: number,
    transitions: number,
    depth: number,
    broken: readonly Property[],
  ) => void;
  /** The search is over, and a short schedule is looked for that breaks a property. */
  readonly shortening?: (property: Property) => void;
}

/** Where a property was first found broken. */
export interface Breach {
  readonly property: Property;
  /** Number of the state it was found in, or that the breaking choice was made in. */
  readonly state: number;
  /** The choice that broke it; undefined where the state itself is the end that breaks it. */
  readonly choice: number | undefined;
  readonly depth: number;
}

/** What ended a search: `max-memory` is `maxBytes`, `memory` the host's. */
export type Completeness =
  | 'complete'
  | 'max-states'
  | 'max-seconds'
  | 'max-memory'
  | 'memory'
  | 'interrupted';

export interface SearchResult {
  readonly space: Space;
  readonly states: PackedRows;
  readonly parents: Int32Array;
  readonly via: Int32Array;
  readonly transitions: number;
  readonly depth: number;
  readonly finals: number;
  readonly ms: number;
  readonly completeness: Completeness;
  readonly breaches: ReadonlyMap<Property, Breach>;
  /** Keys of the states in which everything has returned, for comparing searches. */
  readonly finalStates: readonly number[];
  readonly restarts: number;
}

/** Marks the words that properties read. */
function declareWords(kernel: Kernel, access: AccessMap, scene: Scene): void {
  const words = (list: readonly ConditionAst[]): number[] => list.flatMap((c) => conditionWords(kernel, c));
  for (const w of words(scene.always)) access.watch(w);
  for (const w of words(scene.finally)) access.count(w);
  // What a guard does to them may be adds alone.
  if ((scene.checked & propertyBit('balanced')) !== 0)
    for (const p of kernel.programs.values()) for (const w of activeWords(kernel, p)) access.count(w);
}

/** Most choices, and most instructions, of a warm-up pass. */
const MOST_WARM_UP_CHOICES = 10_000;
const MOST_WARM_UP_INSNS = 1_000_000;

/** How often the clock and interruption are checked: every so many states, or instructions. */
const LOOK = 1024;
const LOOK_INSNS = 200_000;

/** A search, or a part of one: it yields now and then, so that whoever drives it can let other things happen. */
export type Work<T> = Generator<undefined, T, undefined>;

/** Does all of some work at once. */
export function finish<T>(work: Work<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

/**
 * What the passes of a search share. The graph is made anew whenever the search has to begin again; observed accesses
 * are kept.
 */
export class SearchContext {
  readonly first: Int32Array;
  /** Properties that are broken before anything happens, as bits. */
  readonly broken: number;
  readonly scene: Scene;
  readonly budget: Budget;
  readonly #store: Store;
  readonly #runner: ThreadRunner;
  readonly #layout: Layout;

  constructor(scene: Scene, reduces: boolean, budget = new Budget(Infinity)) {
    const { kernel } = scene;
    this.scene = scene;
    this.budget = budget;
    const liveness = reduces ? new Liveness(kernel.machine, plainLeaves(kernel.machine)) : undefined;
    this.#layout = new Layout(scene);
    this.#store = new Store(scene, this.#layout, { liveness, budget });
    const access = new AccessMap(kernel.memory);
    declareWords(kernel, access, scene);
    const watching = { scene, store: this.#store, access, layout: this.#layout, reduces };
    this.#runner = new ThreadRunner(watching, budget);
    this.first = this.space().initial();
    this.broken = scene.always.every((c) => holds(kernel, c)) ? 0 : propertyBit('always');
  }

  /** The graph by what is known now, on memory as it was after the boot. */
  space(): Space {
    this.#store.reset();
    this.#runner.forget();
    this.#layout.invalidated = false;
    return new Space(this.scene, this.#store, this.#runner, this.#layout, this.budget.part());
  }
}

/** Explores all states that can be reached, breadth first, and notes the first breach of every property. */
export function* search(context: SearchContext, limits: SearchLimits): Work<SearchResult> {
  const start = limits.clock();
  const tasks = context.scene.tasks.flatMap((t, i) => (t.kind === 'task' ? [i] : []));
  for (const order of [tasks, [...tasks].reverse()]) while (yield* warmUp(context, order, limits));
  for (let restarts = 0; ; restarts += 1) {
    const found = yield* explore(context, limits, start, restarts);
    if (found !== undefined) return found;
  }
}

/**
 * A warm-up pass: every thread runs alone once, so that most conflicts are known before the search begins. True if an
 * access was observed that invalidates the pass, so that it has to be repeated.
 */
function* warmUp(context: SearchContext, order: readonly number[], limits: SearchLimits): Work<boolean> {
  const out: number[] = [];
  const space = context.space();
  const { runner } = space;
  const state = context.first.slice();
  const before = runner.executed;
  for (let steps = 0; steps < MOST_WARM_UP_CHOICES; steps += 1) {
    if (runner.executed - before > MOST_WARM_UP_INSNS) return false;
    const n = space.choices(state, out);
    if (n === 0) return false;
    const mine = out.slice(0, n);
    const next = mine.find(isInterrupt) ?? order.find((t) => mine.includes(t)) ?? mine[0]!;
    try {
      space.advance(state, next);
    } catch (e) {
      space.budget.close();
      if (e instanceof Restart) return true;
      // The search itself will report that.
      if (isOutOfRoom(e)) return false;
      throw e;
    }
    if (space.isDead) return false;
    if (steps % 64 === 0) {
      yield undefined;
      if (limits.isInterrupted()) return false;
    }
  }
  return false;
}

/** The states that have been found, how each was, and what is broken in them. */
class Found {
  readonly space: Space;
  readonly states: PackedRows;
  parents = new Int32Array(1024);
  via = new Int32Array(1024);
  transitions = 0;
  depth = 0;
  readonly breaches = new Map<Property, Breach>();
  readonly finalStates: number[] = [];
  /** States after which something ends by a fault. */
  readonly #faulted: number[] = [];
  readonly #edges: Edges | undefined;
  readonly #checked: number;
  readonly #budget: Budget;
  readonly #choices: number[] = [];
  readonly #from: Int32Array;
  readonly #state: Int32Array;

  constructor(space: Space, first: Int32Array) {
    const { budget, layout, scene } = space;
    this.space = space;
    this.#budget = budget;
    this.#checked = scene.checked;
    this.#edges = (scene.checked & propertyBit('no_deadlock')) === 0 ? undefined : new Edges(budget);
    this.#from = new Int32Array(layout.width);
    this.#state = new Int32Array(layout.width);
    this.states = new PackedRows(layout.width, budget);
    this.states.add(first);
    this.parents[0] = -1;
  }

  note(broken: number, state: number, choice: number | undefined): void {
    for (const property of PROPERTY_NAMES) {
      if ((broken & this.#checked & propertyBit(property)) === 0 || this.breaches.has(property)) continue;
      this.breaches.set(property, { property, state, choice, depth: this.depth });
    }
  }

  /** Finds the states that follow one. */
  expand(i: number): void {
    const { space, states } = this;
    const from = this.#from;
    const state = this.#state;
    const choices = this.#choices;
    const edges = this.#edges;
    states.load(i, from);
    const n = space.choices(from, choices);
    if (space.broken !== 0) this.note(space.broken, i, undefined);
    edges?.begin();
    if (n === 0 || isArrival(choices[0]!)) this.finalStates.push(i);
    for (let c = 0; c < n; c += 1) {
      const choice = choices[c]!;
      for (let k = 0; k < from.length; k += 1) state[k] = from[k]!;
      space.follow(state, choice);
      this.transitions += 1;
      if (space.broken !== 0) this.note(space.broken, i, choice);
      if (space.isDead) {
        this.#faulted.push(i);
        continue;
      }
      const before = states.count;
      if (before === this.parents.length) {
        this.parents = doubled(this.parents, this.#budget);
        this.via = doubled(this.via, this.#budget);
      }
      const id = states.add(state);
      edges?.add(id);
      if (id < before) continue;
      this.parents[id] = i;
      this.via[id] = choice;
    }
  }

  /** All states are known: looks whether something ends after each of them. */
  close(): void {
    const { space, states } = this;
    if (this.#edges === undefined) return;
    const marks = new Uint8Array(states.count);
    for (const i of this.finalStates) marks[i] = 1;
    for (const i of this.#faulted) marks[i] = 1;
    this.#edges.spread(marks);
    const endless = marks.indexOf(0);
    if (endless < 0) return;
    this.note(propertyBit('no_deadlock'), endless, undefined);
    space.isEndless = (s) => marks[states.find(s)] === 0;
  }
}

function* explore(
  context: SearchContext,
  limits: SearchLimits,
  start: number,
  restarts: number,
): Work<SearchResult | undefined> {
  const space = context.space();
  const { budget, runner } = space;
  const found = new Found(space, context.first);
  const { states, breaches, finalStates } = found;
  found.note(context.broken, 0, undefined);
  let levelEnd = 1;
  let completeness: Completeness = 'complete';
  let looked = runner.executed;
  for (let i = 0; i < states.count; i += 1) {
    if (i === levelEnd) {
      found.depth += 1;
      levelEnd = states.count;
    }
    if ((i % LOOK === 0 && i > 0) || runner.executed - looked > LOOK_INSNS) {
      looked = runner.executed;
      yield undefined;
      // Checked first: a caller that enforces the time limit does it by interrupting.
      if ((limits.clock() - start) / 1000 > limits.maxSeconds) completeness = 'max-seconds';
      else if (limits.isInterrupted()) completeness = 'interrupted';
      else if (limits.isMemoryShort?.() === true) completeness = 'memory';
      limits.progress?.(states.count, found.transitions, found.depth, [...breaches.keys()]);
    }
    if (states.count >= limits.maxStates) completeness = 'max-states';
    if (completeness !== 'complete') break;
    try {
      found.expand(i);
    } catch (e) {
      if (e instanceof Restart) {
        budget.close();
        return undefined;
      }
      if (!isOutOfRoom(e)) throw e;
      completeness = e instanceof OutOfRoom ? 'max-memory' : 'memory';
    }
  }
  if (completeness === 'complete') found.close();
  const { parents, via, transitions, depth } = found;
  const ms = limits.clock() - start;
  const finals = finalStates.length;
  return {
    space,
    states,
    parents,
    via,
    transitions,
    depth,
    finals,
    ms,
    completeness,
    breaches,
    finalStates,
    restarts,
  };
}
