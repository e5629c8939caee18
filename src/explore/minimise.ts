import { type Property, propertyBit } from '../lab/properties.js';
import { continued, readChoice } from '../replay/choice.js';
import { type Budget, isOutOfRoom } from './budget.js';
import { Restart } from './reduce/run-results.js';
import type { SearchContext, Work } from './search.js';
import type { Space } from './space.js';
import { PackedRows } from './state/packed-rows.js';

/**
 * One thread's turn: the choice that begins it and how many moves it makes. The last `deferred` of these come after a
 * call of enter or put whose effect has been put off (see `Instances`), so they are made when the thread goes on.
 */
export interface Turn {
  readonly thread: number;
  readonly choice: number;
  readonly moves: number;
  readonly deferred: number;
}

/** Stands for the thread that ran last where none has. */
const NOBODY = 8191;

/** The thread that a choice lets go on, as a number: tasks, then interrupts by CPU and depth. */
function threadOf(space: Space, state: Int32Array, choice: number): number {
  const c = readChoice(choice);
  if (c.kind === 'task') return c.task;
  const depth = state[space.layout.depth(c.cpu)]! + (c.kind === 'arrival' ? 1 : 0);
  return 64 + c.cpu * 64 + depth;
}

/** The thread that runs on a CPU when its innermost interrupt has returned. */
function threadBelow(space: Space, state: Int32Array, choice: number): number {
  const c = readChoice(choice);
  if (c.kind === 'task') return c.task;
  const depth = state[space.layout.depth(c.cpu)]!;
  return depth > 0 ? 64 + c.cpu * 64 + depth : state[space.layout.current(c.cpu)]!;
}

/** A switch weighs more than all moves of a schedule together. */
const SWITCH = 2 ** 32;

/** A binary heap of nodes by cost. */
class Heap {
  readonly #nodes: number[] = [];
  readonly #costs: number[] = [];

  get size(): number {
    return this.#nodes.length;
  }

  push(node: number, cost: number): void {
    const nodes = this.#nodes;
    const costs = this.#costs;
    let i = nodes.length;
    nodes.push(node);
    costs.push(cost);
    while (i > 0) {
      const up = (i - 1) >> 1;
      if (costs[up]! <= cost) break;
      nodes[i] = nodes[up]!;
      costs[i] = costs[up]!;
      i = up;
    }
    nodes[i] = node;
    costs[i] = cost;
  }

  pop(): { node: number; cost: number } {
    const nodes = this.#nodes;
    const costs = this.#costs;
    const top = { node: nodes[0]!, cost: costs[0]! };
    const node = nodes.pop()!;
    const cost = costs.pop()!;
    if (nodes.length === 0) return top;
    let i = 0;
    for (;;) {
      let down = 2 * i + 1;
      if (down >= nodes.length) break;
      if (down + 1 < nodes.length && costs[down + 1]! < costs[down]!) down += 1;
      if (costs[down]! >= cost) break;
      nodes[i] = nodes[down]!;
      costs[i] = costs[down]!;
      i = down;
    }
    nodes[i] = node;
    costs[i] = cost;
    return top;
  }
}

/** Most states of a search for the cheapest schedule. */
const MOST = 2_000_000;
/** What a node takes besides its row: its cost, its turn, its places in the heap and among the settled ones, about. */
const NODE_BYTES = 160;

/**
 * The schedule with the fewest switches and interrupts, and of these one with the fewest moves, that breaks a property;
 * undefined if it was not found within bounds. A search that was cut short has not observed every conflict, so this one
 * may have to begin again.
 */
export function* cheapest(
  context: SearchContext,
  space: Space,
  property: Property,
  isOver: () => boolean,
): Work<readonly Turn[] | undefined> {
  if ((context.broken & propertyBit(property)) !== 0) return [];
  for (let now = space; ; now = context.space()) {
    const budget = context.budget.part();
    try {
      return yield* cheapestIn(now, budget, context.first, property, isOver);
    } catch (e) {
      if (isOutOfRoom(e)) return undefined;
      if (!(e instanceof Restart)) throw e;
    } finally {
      budget.close();
    }
  }
}

/** Dijkstra's search over states together with the thread that ran last. */
function* cheapestIn(
  space: Space,
  budget: Budget,
  first: Int32Array,
  property: Property,
  isOver: () => boolean,
): Work<readonly Turn[] | undefined> {
  const { layout } = space;
  const bit = propertyBit(property);
  const seen = new PackedRows(layout.width + 1, budget);
  const costs: number[] = [];
  const parents: number[] = [];
  const via: Turn[] = [];
  const heap = new Heap();
  const row = new Int32Array(layout.width + 1);
  const from = new Int32Array(layout.width + 1);
  const state = new Int32Array(layout.width);
  const out: number[] = [];
  // Ends are nodes as well, numbered -1 - (index), so that the cheapest comes out of the heap first.
  const ends: { readonly from: number; readonly turn: Turn | undefined }[] = [];
  const settled = new Set<number>();

  row.set(first);
  row[layout.width] = NOBODY;
  seen.add(row);
  costs[0] = 0;
  parents[0] = -1;
  heap.push(0, 0);
  const pathTo = (node: number, last: Turn | undefined): Turn[] => {
    const turns: Turn[] = last === undefined ? [] : [last];
    for (let n = node; parents[n]! >= 0; n = parents[n]!) turns.push(via[n]!);
    return turns.reverse();
  };
  while (heap.size > 0 && seen.count < MOST) {
    const { node, cost } = heap.pop();
    if (settled.size % 256 === 0) {
      yield undefined;
      if (isOver()) return undefined;
    }
    if (node < 0) {
      const end = ends[-1 - node]!;
      return pathTo(end.from, end.turn);
    }
    if (settled.has(node)) continue;
    settled.add(node);
    seen.load(node, from);
    const last = from[layout.width]!;
    const n = space.choices(from, out);
    if ((space.broken & bit) !== 0) {
      ends.push({ from: node, turn: undefined });
      heap.push(-ends.length, cost);
    }
    for (let c = 0; c < n; c += 1) {
      const choice = out[c]!;
      for (let k = 0; k < layout.width; k += 1) state[k] = from[k]!;
      const thread = threadOf(space, state, choice);
      // Of equal schedules, the one that the first task begins is preferred.
      const switches = last === NOBODY ? thread / 1024 : thread === last ? 0 : SWITCH;
      space.follow(state, choice);
      const turn = { thread, choice, moves: space.moves, deferred: space.deferred };
      const next = cost + switches + space.moves;
      if ((space.broken & bit) !== 0) {
        ends.push({ from: node, turn });
        heap.push(-ends.length, next);
      }
      if (space.isDead) continue;
      row.set(state);
      row[layout.width] = threadBelow(space, state, choice);
      const before = seen.count;
      const id = seen.add(row);
      if (id < before && costs[id]! <= next) continue;
      budget.take(NODE_BYTES);
      costs[id] = next;
      parents[id] = node;
      via[id] = turn;
      heap.push(id, next);
    }
  }
  return undefined;
}

/** A schedule as single moves: the choice of every move. */
export function movesOf(turns: readonly Turn[]): number[] {
  const owed = new Map<number, number>();
  return turns.flatMap(({ thread, choice, moves, deferred }, n) => {
    const c = readChoice(choice);
    const rest = continued(choice);
    const left = n === turns.length - 1 ? 0 : deferred;
    const length = moves - left + (c.kind === 'arrival' ? 0 : (owed.get(thread) ?? 0));
    owed.set(thread, left);
    return Array.from({ length }, (_, i) => (i === 0 ? choice : rest));
  });
}

/** The turns of a path that a search has taken. */
export function turnsOf(space: Space, first: Int32Array, choices: readonly number[]): Turn[] {
  const state = first.slice();
  return choices.map((choice) => {
    const thread = threadOf(space, state, choice);
    space.advance(state, choice);
    return { thread, choice, moves: space.moves, deferred: space.deferred };
  });
}
