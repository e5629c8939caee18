import { type Property, propertyBit } from '../lab/properties.js';
import { isArrival, readChoice } from '../replay/choice.js';
import { type Budget, isOutOfRoom } from './budget.js';
import { Restart } from './reduce/run-results.js';
import type { SearchContext, Work } from './search.js';
import type { Space } from './space.js';
import { PackedRows } from './state/packed-rows.js';

/** Longest schedule, in moves, in which turns are shortened. */
const MOST_SHORTENED = 1200;

/** A machine in which every instruction is a choice. What is known of its runs is kept from one schedule to the next. */
export class Unreduced {
  readonly context: SearchContext;
  #space: Space | undefined;

  /** `context` is one without reduction. */
  constructor(context: SearchContext) {
    this.context = context;
  }

  get space(): Space {
    this.#space ??= this.context.space();
    return this.#space;
  }

  /** What has been found cannot be relied on any more, or does not fit into memory. */
  forget(): void {
    this.#space?.budget.close();
    this.#space = undefined;
  }
}

/**
 * Removes what a thread does at the end of its last turn if the property is broken without it, in a space in which
 * every instruction is a choice. With reduction, a thread goes on up to its next visible operation. Nothing is removed
 * if memory does not suffice.
 */
export function* shorten(
  machine: Unreduced,
  moves: readonly number[],
  property: Property,
  isOver: () => boolean,
): Work<readonly number[]> {
  for (;;) {
    const budget = machine.context.budget.part();
    try {
      return yield* shortenIn(machine, budget, moves, property, isOver);
    } catch (e) {
      machine.forget();
      if (isOutOfRoom(e)) return moves;
      if (!(e instanceof Restart)) throw e;
    } finally {
      budget.close();
    }
  }
}

function* shortenIn(
  machine: Unreduced,
  budget: Budget,
  moves: readonly number[],
  property: Property,
  isOver: () => boolean,
): Work<readonly number[]> {
  const { first } = machine.context;
  const mover = new Mover(machine.space, property);
  let best = moves.slice(0, Math.max(0, mover.breaksAfter(first, moves)));
  if (best.length === 0) return moves;
  if (best.length > MOST_SHORTENED) return best;
  const graph = new MoveGraph(mover, budget, first.length);
  /** What the best moves so far lead to: the state at the start, and that after each of them. */
  let states = graph.path(graph.add(first), best);
  for (let end = best.length; end > 0; ) {
    let start = end - 1;
    while (start > 0 && best[start - 1] === best[end - 1]) start -= 1;
    const rest = best.slice(end);
    const ending = new Ending(graph, best[end - 1]!, rest);
    // Not one by one from the end: within a section with preemption off no other task can have a turn.
    for (let cut = start + 1; cut < end; cut += 1) {
      yield undefined;
      if (isOver()) return best;
      if (!ending.breaksFrom(states[cut]!)) continue;
      const path = graph.path(states[cut]!, rest);
      best = [...best.slice(0, cut), ...rest.slice(0, path.length - 1)];
      states = [...states.slice(0, cut), ...path];
      break;
    }
    end = start;
  }
  return best;
}

/** What comes of a move: others can follow; it is not possible, or nothing can follow; it breaks the property, or that is broken already. */
const MOVED = { on: 0, stuck: 1, breaks: 2, isBroken: 3 } as const;

/** Makes single moves in a space without reduction, and looks whether they break a property. */
class Mover {
  readonly space: Space;
  readonly #bit: number;
  readonly #choices: number[] = [];

  constructor(space: Space, property: Property) {
    this.space = space;
    this.#bit = propertyBit(property);
  }

  /** Whether the property is broken if nothing more happens. */
  isBrokenAt(state: Int32Array): boolean {
    this.space.choices(state, this.#choices);
    return (this.space.broken & this.#bit) !== 0;
  }

  /** `state` becomes the state afterwards. */
  move(state: Int32Array, choice: number): number {
    const { space } = this;
    const isPossible = space.allows(state, choice);
    // Where a thread can go on, nothing is at its end.
    if ((!isPossible || isArrival(choice)) && this.isBrokenAt(state)) return MOVED.isBroken;
    if (!isPossible) return MOVED.stuck;
    space.advance(state, choice);
    if ((space.broken & this.#bit) !== 0) return MOVED.breaks;
    return space.isDead ? MOVED.stuck : MOVED.on;
  }

  /** The number of moves after which the property is broken, or -1. */
  breaksAfter(first: Int32Array, moves: readonly number[]): number {
    const state = first.slice();
    for (const [i, choice] of moves.entries()) {
      const moved = this.move(state, choice);
      if (moved === MOVED.stuck) return -1;
      if (moved !== MOVED.on) return moved === MOVED.breaks ? i + 1 : i;
    }
    return this.isBrokenAt(state) ? moves.length : -1;
  }
}

/** More than there are choices: see `CHOICE`. */
const CHOICES = 8192;
/** What a move takes in the table of moves, about. */
const MOVE_BYTES = 64;

/** States by number, and what moves lead to: each is made once. */
class MoveGraph {
  readonly space: Space;
  readonly #mover: Mover;
  readonly #budget: Budget;
  readonly #states: PackedRows;
  /** By state and choice, the state afterwards and what has come of the move. */
  readonly #led = new Map<number, number>();
  readonly #row: Int32Array;

  constructor(mover: Mover, budget: Budget, width: number) {
    this.space = mover.space;
    this.#mover = mover;
    this.#budget = budget;
    this.#states = new PackedRows(width, budget);
    this.#row = new Int32Array(width);
  }

  add(state: Int32Array): number {
    return this.#states.add(state);
  }

  /** A state by number; valid until the next move is made. */
  state(id: number): Int32Array {
    this.#states.load(id, this.#row);
    return this.#row;
  }

  isBrokenAt(id: number): boolean {
    return this.#mover.isBrokenAt(this.state(id));
  }

  /** The number of the state after a move, and what has come of it, packed: see `stateOf` and `movedOf`. */
  move(id: number, choice: number): number {
    const key = id * CHOICES + choice;
    let led = this.#led.get(key);
    if (led === undefined) {
      this.#budget.take(MOVE_BYTES);
      const state = this.state(id);
      const moved = this.#mover.move(state, choice);
      led = this.#states.add(state) * 4 + moved;
      this.#led.set(key, led);
    }
    return led;
  }

  /** The states that moves lead to until the property is broken, that at the start first. */
  path(from: number, moves: readonly number[]): number[] {
    const path = [from];
    for (const choice of moves) {
      const led = this.move(path.at(-1)!, choice);
      if (movedOf(led) === MOVED.isBroken) break;
      path.push(stateOf(led));
      if (movedOf(led) === MOVED.breaks) break;
    }
    return path;
  }
}

const stateOf = (led: number): number => led >> 2;
const movedOf = (led: number): number => led & 3;

/** Some moves one after the other: the task's own, or others'; among which an interrupt on its CPU arrives or goes on. */
interface Part {
  readonly from: number;
  readonly to: number;
  readonly isOwn: boolean;
  readonly isOnTop: boolean;
}

/**
 * What comes after a turn, tried again and again after more and more moves of it. While others have their turns, nothing
 * depends on the registers and the stack of a task that does not run, and on its structure, but for preempt_count, only
 * what interrupts that come on top of it do (see `ThreadRunner`): of states that differ in nothing else, others' moves are
 * made in one only.
 */
class Ending {
  readonly #graph: MoveGraph;
  readonly #moves: readonly number[];
  /** The task whose turn it is; -1 for an interrupt: one that comes on top of it finds its stack. */
  readonly #task: number;
  readonly #parts: readonly Part[];
  /** What others' moves lead to, by where they begin in `moves` and by state. */
  readonly #known = new Map<string, Int32Array | boolean>();

  /** `choice` is the last of the turn, and `moves` come after it. */
  constructor(graph: MoveGraph, choice: number, moves: readonly number[]) {
    this.#graph = graph;
    this.#moves = moves;
    const c = readChoice(choice);
    this.#task = c.kind === 'task' ? c.task : -1;
    this.#parts = c.kind === 'task' ? this.#cut(graph.space.scene.tasks[c.task]!.task.thread.cpu) : [];
  }

  /** Cuts the moves into those of the task and those of others. */
  #cut(cpu: number): readonly Part[] {
    const parts: Part[] = [];
    const moves = this.#moves;
    for (let from = 0; from < moves.length; from = parts.at(-1)!.to) {
      const isOwn = moves[from] === this.#task;
      let to = from;
      while (to < moves.length && (moves[to] === this.#task) === isOwn) to += 1;
      const isOnTop = moves.slice(from, to).some((m) => {
        const c = readChoice(m);
        return c.kind !== 'task' && c.cpu === cpu;
      });
      parts.push({ from, to, isOwn, isOnTop });
    }
    return parts;
  }

  /** Whether the property is broken if these moves are made from a state. */
  breaksFrom(id: number): boolean {
    if (this.#task < 0) return this.#end(this.#play(id, 0, this.#moves.length));
    let at = id;
    for (const part of this.#parts) {
      const led = part.isOwn ? this.#play(at, part.from, part.to) : this.#playOthers(at, part);
      if (typeof led === 'boolean') return led;
      at = led;
    }
    return this.#end(at);
  }

  #end(led: number | boolean): boolean {
    return typeof led === 'boolean' ? led : this.#graph.isBrokenAt(led);
  }

  /** Whether some of the moves break the property; if that depends on those that follow, the state they lead to. */
  #play(id: number, from: number, to: number): number | boolean {
    let at = id;
    for (let i = from; i < to; i += 1) {
      const led = this.#graph.move(at, this.#moves[i]!);
      if (movedOf(led) !== MOVED.on) return movedOf(led) !== MOVED.stuck;
      at = stateOf(led);
    }
    return at;
  }

  /** The same of moves that are not the task's. */
  #playOthers(id: number, { from, to, isOnTop }: Part): number | boolean {
    const { runner } = this.#graph.space;
    const task = this.#task;
    const seen = this.#graph.state(id).slice();
    const component = seen[task]!;
    seen[task] = this.#asSeen(component, isOnTop);
    const key = `${from} ${seen.join()}`;
    let led = this.#known.get(key);
    if (led === undefined) {
      const at = this.#play(id, from, to);
      const isOver = typeof at === 'boolean' || to === this.#moves.length;
      led = isOver ? this.#end(at) : this.#graph.state(at).slice();
      this.#known.set(key, led);
    }
    if (typeof led === 'boolean') return led;
    const state = led.slice();
    const structure = runner.part(isOnTop ? led[task]! : component, 2);
    state[task] = runner.component(task, runner.part(component, 1), structure, runner.part(component, 3));
    return this.#graph.add(state);
  }

  /** What others see of the task's component: of its registers and stack, whether there are any. */
  #asSeen(component: number, isOnTop: boolean): number {
    const { runner, store } = this.#graph.space;
    const isBusy = runner.part(component, 1) === 0 ? 0 : 1;
    const structure = runner.part(component, 2);
    const seen = isOnTop ? structure : store.preemptCountOf(structure);
    return runner.component(-1 - this.#task, isBusy, seen, runner.part(component, 3));
  }
}
