import type { Kernel } from '../kernel/kernel.js';
import { unknownGuards } from '../lab/claims.js';
import type { Environment } from '../lab/environment.js';
import {
  PROPERTIES,
  PROPERTY_NAMES,
  type Property,
  propertiesIn,
  propertiesNamed,
} from '../lab/properties.js';
import { makeScene, type Scene, type SceneOptions } from '../replay/scene.js';
import { formatSchedule, type ScheduledTurn, scheduleOf } from '../replay/schedule.js';
import type { LabAst, Name, ScenarioAst } from '../syntax/lab-ast.js';
import { throwIfErrors } from '../text/diagnostic.js';
import { Budget, isOutOfRoom } from './budget.js';
import { confirm } from './confirm.js';
import { stillGoingRound } from './endless.js';
import { outcomesOf } from './finals.js';
import { cheapest, movesOf, turnsOf } from './minimise.js';
import type { Modelled } from './modelled.js';
import {
  type Breach,
  type Completeness,
  SearchContext,
  type SearchLimits,
  type SearchResult,
  search,
  type Work,
} from './search.js';
import { shorten, Unreduced } from './shorten.js';
import { type Trace, traceSchedule } from './trace.js';

export interface ExploreOptions extends SceneOptions {
  /** False: every instruction boundary is a choice. */
  readonly reduces?: boolean;
  /** Work out no schedules: only which properties are broken. */
  readonly verdictOnly?: boolean;
  /**
   * Called in every state in which everything has returned; its results are in `outcomes`. It may read what a condition
   * of the scenario reads, and memory that some thread reads or writes other than by an add whose old value is not used:
   * other memory is not part of states.
   */
  readonly outcomeOf?: (kernel: Kernel) => string;
}

/** A broken property and a schedule that breaks it. */
export interface Counterexample {
  readonly property: Property;
  readonly meaning: string;
  readonly turns: readonly ScheduledTurn[];
  /** Context switches and interrupts, and moves: instructions, and steps that need none. */
  readonly switches: number;
  readonly moves: number;
  /** False where the search for the cheapest was cut short. */
  readonly isMinimal: boolean;
  readonly trace: Trace;
  /** The schedule as a file. */
  readonly schedule: string;
}

export interface Exploration {
  readonly title: string | undefined;
  readonly guard: string;
  readonly kernel: string;
  readonly cpus: number;
  /** What is left out of the model or made simpler in it, as far as that concerns this scenario. */
  readonly modelled: readonly Modelled[];
  readonly reduces: boolean;
  readonly tasks: readonly { readonly name: string; readonly cpu: number; readonly steps: number }[];
  readonly sources: readonly {
    readonly name: string;
    readonly cpu: number | undefined;
    readonly times: number;
  }[];
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  /** States in which everything has returned. */
  readonly finals: number;
  /** The results of `outcomeOf`, each once, sorted. */
  readonly outcomes: readonly string[];
  /** Runs of the real machine, and the instructions in them; everything else is composed of these. */
  readonly runs: number;
  readonly executed: number;
  readonly restarts: number;
  readonly ms: number;
  /** Bytes that the tables of the search have grown by. */
  readonly bytes: number;
  readonly completeness: Completeness;
  /** Where it was cut short, who has gone round and round by then on the longest schedule, a sentence each. */
  readonly rounds: readonly string[];
  readonly checked: readonly Property[];
  /** Properties that the guard's own file does not promise. */
  readonly unpromised: readonly Property[];
  readonly broken: readonly Property[];
  readonly counterexamples: readonly Counterexample[];
}

function pathTo(result: SearchResult, breach: Pick<Breach, 'state' | 'choice'>): number[] {
  const path: number[] = breach.choice === undefined ? [] : [breach.choice];
  for (let at = breach.state; result.parents[at]! >= 0; at = result.parents[at]!) path.push(result.via[at]!);
  return path.reverse();
}

/** The share of its memory that the search may take; the rest is for working out the schedules it has found. */
const SEARCH_SHARE = 0.8;

/**
 * Machines to work out schedules on. Each is booted when it is first needed and then reused, since booting takes
 * longest.
 */
class Machines {
  readonly #boot: () => Scene;
  readonly #budget: Budget;
  #unreduced: Unreduced | undefined;
  #scene: Scene | undefined;
  #memory = new Uint8Array();
  #executed = 0;

  constructor(boot: () => Scene, budget: Budget) {
    this.#boot = boot;
    this.#budget = budget;
  }

  /** One for a search without reduction. */
  get unreduced(): Unreduced {
    this.#unreduced ??= new Unreduced(new SearchContext(this.#boot(), false, this.#budget));
    return this.#unreduced;
  }

  /** A machine in the state after its boot. */
  booted(): Scene {
    const known = this.#scene;
    if (known === undefined) {
      const scene = this.#boot();
      this.#memory = scene.kernel.memory.u8.slice();
      this.#executed = scene.kernel.machine.executed;
      this.#scene = scene;
      return scene;
    }
    known.kernel.memory.u8.set(this.#memory);
    known.kernel.machine.executed = this.#executed;
    return known;
  }
}

/** A search that has ended, and what its breaches are made counterexamples with. */
interface Ended {
  readonly result: SearchResult;
  readonly context: SearchContext;
  readonly machines: Machines;
  /** Whether no more time is to be spent on making schedules shorter. */
  readonly isOver: () => boolean;
  readonly limits: SearchLimits;
  readonly options: ExploreOptions;
}

function* counterexample(
  { result, context, machines, isOver, limits, options }: Ended,
  breach: Breach,
): Work<Counterexample> {
  const { property } = breach;
  limits.shortening?.(property);
  const rough = turnsOf(result.space, context.first, pathTo(result, breach));
  const found = yield* cheapest(context, result.space, property, isOver);
  const moves = yield* shorten(machines.unreduced, movesOf(found ?? rough), property, isOver);
  const scene = machines.booted();
  const scheduled = scheduleOf(scene, moves);
  const { kernel } = scene;
  const meaning = PROPERTIES[property];
  const settings = {
    title: scene.title,
    guard: kernel.guard.given,
    kernel: kernel.model.name,
    ...(options.stats === false && { stats: false as const }),
    ...(options.strictAlignment === true && { strictAlignment: true as const }),
    ...(options.attach && { attach: options.attach }),
  };
  const schedule = formatSchedule({ ...settings, turns: scheduled }, `breaks ${property}: ${meaning}`);
  confirm(machines.booted(), schedule, property);
  return {
    property,
    meaning,
    turns: scheduled,
    switches: Math.max(0, scheduled.length - 1),
    moves: moves.length,
    isMinimal: found !== undefined,
    trace: traceSchedule(machines.booted(), moves, property),
    schedule,
  };
}

/** Most moves that are carried out to see who goes round: a second's worth. */
const MOST_MOVES = 1_000_000;

/** What goes on and on in the state that was found last, which is one of the deepest: states that never repeat are made there. */
function roundsOf({ result, context, machines }: Ended): string[] {
  const { space, states } = result;
  const path = pathTo(result, { state: states.count - 1, choice: undefined });
  try {
    let moves = 0;
    const turns = turnsOf(space, context.first, path).filter((turn) => (moves += turn.moves) <= MOST_MOVES);
    return stillGoingRound(machines.booted(), movesOf(turns));
  } catch (e) {
    // There is no memory left to work it out.
    if (isOutOfRoom(e)) return [];
    throw e;
  }
}

/**
 * Explores one scenario under one guard. Throws `InputError` for what cannot be explored, and `InternalError` for a
 * counterexample that breaks nothing when it is carried out.
 */
export function* explore(
  lab: LabAst,
  scenario: ScenarioAst,
  env: Environment,
  options: ExploreOptions,
  limits: SearchLimits,
): Work<Exploration> {
  throwIfErrors(unknownGuards(lab, scenario, env, options.guardFiles));
  const boot = (): Scene => makeScene(lab, scenario, env, options);
  const scene = boot();
  const { kernel } = scene;
  const reduces = options.reduces !== false;
  const budget = new Budget(limits.maxBytes ?? Infinity);
  const context = new SearchContext(scene, reduces, new Budget(SEARCH_SHARE * budget.most, budget));
  const result = yield* search(context, limits);
  const bytes = budget.used;
  const { space, states, breaches } = result;
  const broken = PROPERTY_NAMES.filter((p) => breaches.has(p));
  const counterexamples: Counterexample[] = [];
  const machines = new Machines(boot, budget.part());
  const started = limits.clock() - result.ms;
  const isOver = (): boolean =>
    limits.isInterrupted() ||
    (limits.clock() - started) / 1000 > limits.maxSeconds ||
    limits.isMemoryShort?.() === true;
  const ended = { result, context, machines, isOver, limits, options };
  if (options.verdictOnly !== true)
    for (const p of broken) counterexamples.push(yield* counterexample(ended, breaches.get(p)!));
  const { runner } = space;
  return {
    title: scene.title,
    guard: kernel.guard.name,
    kernel: kernel.model.name,
    cpus: kernel.cpus,
    modelled: runner.modelled,
    reduces,
    tasks: scene.tasks
      .filter((t) => t.kind === 'task')
      .map(({ task, steps }) => ({ name: task.name, cpu: task.thread.cpu, steps: steps.length })),
    sources: scene.sources.map(({ name, cpu, times }) => ({ name, cpu, times })),
    states: states.count,
    transitions: result.transitions,
    depth: result.depth,
    finals: result.finals,
    outcomes: options.outcomeOf === undefined ? [] : outcomesOf(result, options.outcomeOf),
    runs: runner.runs.end.length,
    executed: runner.executed,
    restarts: result.restarts,
    ms: result.ms,
    bytes,
    completeness: result.completeness,
    rounds: result.completeness === 'complete' ? [] : roundsOf(ended),
    checked: propertiesIn(scene.checked),
    unpromised: propertiesIn(scene.unpromised),
    broken,
    counterexamples,
  };
}

/** What a scenario expects of exploration under a guard; undefined where it says nothing. */
export interface VerdictExpectation {
  readonly text: string;
  readonly guard: Name | undefined;
  readonly breaks: readonly Property[];
  readonly span: Name['span'];
}

/** The verdicts a scenario expects. What it names wrongly is reported by whoever explores it. */
export function verdictsOf(scenario: ScenarioAst): readonly VerdictExpectation[] {
  return scenario.claims.flatMap((c): VerdictExpectation[] => {
    if (c.kind !== 'verdict') return [];
    const text = c.span.source.text.slice(c.span.start, c.span.end);
    return [{ text, guard: c.under, breaks: propertiesNamed(c.breaks), span: c.span }];
  });
}

/** Whether a verdict is what was expected, and if not what it is. A search that was cut short proves nothing. */
export function judge(e: VerdictExpectation, found: Exploration): { passed: boolean; found: string } {
  const same = e.breaks.length === found.broken.length && e.breaks.every((p) => found.broken.includes(p));
  const isProven = found.completeness === 'complete';
  const verdict = found.broken.length === 0 ? 'holds' : `breaks ${found.broken.join(', ')}`;
  return { passed: same && isProven, found: isProven ? verdict : `${verdict} as far as it was explored` };
}
