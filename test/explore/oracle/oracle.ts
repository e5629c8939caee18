import type { Kernel } from '../../../src/kernel/kernel.js';
import { bootScenario } from '../../../src/lab/boot.js';
import { modelNamed, parseOrThrow } from '../../../src/lab/environment.js';
import { holds } from '../../../src/lab/expect.js';
import type { ConditionAst, ScenarioAst } from '../../../src/syntax/lab-ast.js';
import { environment } from '../../support/environment.js';
import { Keys } from './keys.js';
import type { Lab, Summary } from './lab.js';
import { outcomeOf } from './outcome.js';
import { conditionsOf, exempt, isBalanced } from './promises.js';
import { type Move, type Outside, World } from './world.js';

/** What the oracle found: undefined where the lab has too many states to try. */
export interface Found extends Summary {
  readonly states: number;
  /** Moves that lead to what is asked for, from the beginning. */
  readonly pathTo: (what: string) => readonly Move[] | undefined;
  readonly world: World;
}

/** A state on the way from the start to where the search is. */
interface Node {
  readonly id: number;
  readonly moves: readonly Move[];
  next: number;
  /** The way back to the state before. */
  readonly mark: number;
  readonly before: Outside;
}

/** Marks all states from which a marked one can be reached. */
function spread(marks: Uint8Array, from: readonly number[], to: readonly number[]): void {
  const into: number[][] = Array.from({ length: marks.length }, () => []);
  to.forEach((t, i) => void into[t]!.push(from[i]!));
  const open = [...marks.keys()].filter((i) => marks[i] !== 0);
  for (let state = open.pop(); state !== undefined; state = open.pop())
    for (const before of into[state]!)
      if (marks[before] === 0) {
        marks[before] = 1;
        open.push(before);
      }
}

class Search {
  readonly world: World;
  readonly #kernel: Kernel;
  readonly #always: readonly ConditionAst[];
  readonly #finally: readonly ConditionAst[];
  readonly #lab: Lab;
  readonly #ids = new Keys();
  /** Numbers of what of states is outside memory. */
  readonly #outsides = new Map<string, number>();
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  readonly #parents: (readonly [number, Move] | undefined)[] = [];
  readonly #ends = new Set<number>();
  /** Where each thing that was found was found first: a state, and the move that came to it where it is not a state. */
  readonly #where = new Map<string, readonly [number, Move | undefined]>();
  readonly outcomes = new Set<string>();
  readonly broken = new Set<string>();
  isForeign = false;

  constructor(world: World, scenario: ScenarioAst, lab: Lab) {
    this.world = world;
    this.#kernel = world.kernel;
    this.#always = conditionsOf(scenario, 'always');
    this.#finally = conditionsOf(scenario, 'finally');
    this.#lab = lab;
  }

  get states(): number {
    return this.#ids.count;
  }

  /** Goes through all states, depth first; false where there are more than `most`. */
  run(most: number): boolean {
    const { world } = this;
    const stack: Node[] = [];
    const enter = (mark: number, before: Outside, via: readonly [number, Move] | undefined): void => {
      const known = this.#ids.count;
      const id = this.#ids.add(...world.image.lanes, this.#outside());
      if (via !== undefined) {
        this.#from.push(via[0]);
        this.#to.push(id);
      }
      if (id < known) {
        this.#back(mark, before);
        return;
      }
      this.#parents.push(via);
      const moves = world.moves();
      this.#look(id, moves);
      stack.push({ id, moves, next: 0, mark, before });
    };
    enter(world.image.mark, world.now, undefined);
    for (;;) {
      const top = stack.at(-1);
      if (top === undefined) break;
      const move = top.moves[top.next];
      if (move === undefined) {
        stack.pop();
        this.#back(top.mark, top.before);
        continue;
      }
      top.next += 1;
      const { mark } = world.image;
      const before = world.now;
      const came = world.move(move);
      const via = [top.id, move] as const;
      for (const p of world.now.instances.broken) this.#note(p, ...via);
      if (came === 'moved') {
        enter(mark, before, via);
        if (this.#ids.count > most) return false;
        continue;
      }
      if (came === 'foreign') this.isForeign = true;
      this.#note(came === 'fault' ? 'no_fault' : 'foreign', ...via);
      this.#checkAlways(...via);
      this.#ends.add(top.id);
      this.#back(mark, before);
    }
    this.#endless();
    return true;
  }

  #back(mark: number, before: Outside): void {
    this.world.image.undo(mark);
    this.world.now = before;
  }

  #numberedFor: Outside | undefined;
  #number = 0;

  /** The number of what of a state is outside memory. */
  #outside(): number {
    const { now } = this.world;
    if (now === this.#numberedFor) return this.#number;
    const key = `${now.positions.join(' ')},${now.left.join(' ')},${now.instances.key}`;
    const number = this.#outsides.get(key) ?? this.#outsides.size;
    this.#outsides.set(key, number);
    this.#numberedFor = now;
    this.#number = number;
    return number;
  }

  #note(what: string, state: number, move: Move | undefined): void {
    this.broken.add(what);
    if (!this.#where.has(what)) this.#where.set(what, [state, move]);
  }

  #checkAlways(state: number, move: Move | undefined): void {
    if (!this.#always.every((c) => holds(this.#kernel, c))) this.#note('always', state, move);
  }

  #look(state: number, moves: readonly Move[]): void {
    const { world } = this;
    this.#checkAlways(state, undefined);
    // Interrupts may still come when everything has returned, and need not.
    if (moves.some((m) => m.kind !== 'arrive')) return;
    this.#ends.add(state);
    if (!world.isOver) {
      this.#note('no_deadlock', state, undefined);
      return;
    }
    if (world.now.instances.starved) this.#note('progress', state, undefined);
    if (!isBalanced(this.#kernel)) this.#note('balanced', state, undefined);
    if (!this.#finally.every((c) => holds(this.#kernel, c))) this.#note('finally', state, undefined);
    const outcome = outcomeOf(this.#kernel, this.#lab.observed);
    this.outcomes.add(outcome);
    if (!this.#where.has(outcome)) this.#where.set(outcome, [state, undefined]);
  }

  /** States after which nothing ever ends, whatever happens. */
  #endless(): void {
    const marks = new Uint8Array(this.#ids.count);
    for (const i of this.#ends) marks[i] = 1;
    spread(marks, this.#from, this.#to);
    const endless = marks.indexOf(0);
    if (endless >= 0) this.#note('no_deadlock', endless, undefined);
  }

  pathTo(what: string): readonly Move[] | undefined {
    const found = this.#where.get(what);
    if (found === undefined) return undefined;
    const [state, last] = found;
    const path: Move[] = last === undefined ? [] : [last];
    for (let via = this.#parents[state]; via !== undefined; via = this.#parents[via[0]]) path.push(via[1]);
    return path.reverse();
  }
}

/** Tries all orders of a lab; undefined where there are more than `most` states. */
export function enumerate(lab: Lab, most: number, checks = false): Found | undefined {
  const ast = parseOrThrow({ name: 'lab.bpf', text: lab.text });
  const scenario = ast.declarations.find((d) => d.kind === 'scenario')!;
  const { kernel, guard } = bootScenario(ast, scenario, environment, { model: modelNamed(lab.kernel) });
  const world = new World(kernel, scenario);
  world.checks = checks;
  const search = new Search(world, scenario, lab);
  if (!search.run(most)) return undefined;
  const off = exempt(scenario, guard);
  return {
    refused: search.isForeign,
    broken: [...search.broken].filter((p) => p !== 'foreign' && !off.includes(p)).sort(),
    outcomes: [...search.outcomes].sort(),
    states: search.states,
    pathTo: (what) => search.pathTo(what),
    world,
  };
}
