import { type Counterexample, type Exploration, explore, verdictsOf } from '../../explore/explore.js';
import type { SearchLimits, Work } from '../../explore/search.js';
import type { Environment } from '../../lab/environment.js';
import { orAllMistakes, readLab } from '../../lab/mistakes.js';
import { PROPERTY_NAMES, type Property } from '../../lab/properties.js';
import { scenariosOf } from '../../lab/run.js';
import { checkAll } from '../../replay/check.js';
import { type Explored, judgedVerdicts } from '../../report/explorations.js';
import {
  cellText,
  explorationHead,
  formatCounterexample,
  formatModelled,
  lanesOf,
} from '../../report/explore.js';
import { formatExplored } from '../../report/public.js';
import type { ScenarioAst } from '../../syntax/lab-ast.js';
import { InputError, ordered } from '../../text/diagnostic.js';
import { formatDiagnostics } from '../../text/format.js';
import { placeOf } from '../../text/source.js';
import {
  type Bounds,
  type ExploreChoice,
  type ExploreMessage,
  type ExploreProgress,
  type Finding,
  type FoundSchedule,
  MOST_BYTES,
  MOST_SECONDS,
  OFTEN,
  type PromiseState,
} from '../protocol/explore.js';
import type { LabText } from '../protocol/protocol.js';
import { optionsOf } from './run.js';

type Tell = (message: ExploreMessage) => void;

const now = (): number => performance.now();

/** One exploration: a scenario under a guard. */
interface Job {
  readonly scenario: ScenarioAst;
  readonly guard: string | undefined;
  readonly done: number;
  readonly all: number;
}

function promisesOf({ checked, unpromised, broken, completeness }: Exploration): Finding['promises'] {
  const stateOf = (p: Property): PromiseState => {
    if (unpromised.includes(p)) return 'not promised';
    if (broken.includes(p)) return 'broken';
    return completeness === 'complete' ? 'holds' : 'unknown';
  };
  return PROPERTY_NAMES.filter((p) => checked.includes(p) || unpromised.includes(p)).map((p) => [
    p,
    stateOf(p),
  ]);
}

function scheduleOf(found: Exploration, c: Counterexample): FoundSchedule {
  const { property, meaning, switches, moves, isMinimal, schedule, trace } = c;
  return {
    property,
    meaning,
    switches,
    moves,
    isMinimal,
    schedule,
    lanes: lanesOf(found, trace.rows),
    rows: trace.rows.map((row) => ({
      lane: row.lane,
      cpu: row.cpu,
      text: cellText(row),
      active: row.active,
      at: row.span && { file: row.span.source.name, line: placeOf(row.span.source, row.span.start).line },
      move: row.move,
      position: row.position,
    })),
    findings: trace.findings,
    mail: `${explorationHead(found)}\n\n${formatCounterexample(found, c)}\n`,
  };
}

function findingOf({ found, judged }: Explored): Finding {
  const { title, guard, rounds, broken, states, transitions, depth, counterexamples } = found;
  return {
    title,
    guard,
    isComplete: found.completeness === 'complete',
    rounds,
    broken,
    states,
    transitions,
    depth,
    ms: found.ms,
    promises: promisesOf(found),
    modelled: formatModelled([found]),
    schedules: counterexamples.map((c) => scheduleOf(found, c)),
    failed: judged.filter((j) => !j.passed).map((j) => j.line),
  };
}

/** Tells how far one exploration is, and ends it when it has had its share. */
class SearchProgress {
  readonly limits: SearchLimits;
  readonly #tell: Tell;
  readonly #begun = now();
  #progress: ExploreProgress;
  #told = 0;

  constructor(job: Job, { states: most, seconds }: Bounds, tell: Tell) {
    this.#tell = tell;
    this.#progress = {
      title: job.scenario.title?.name,
      guard: job.guard,
      done: job.done,
      all: job.all,
      states: 0,
      transitions: 0,
      depth: 0,
      broken: [],
      shortening: undefined,
      share: 0,
    };
    this.limits = {
      maxStates: most,
      maxSeconds: seconds,
      maxBytes: MOST_BYTES,
      clock: now,
      isInterrupted: () => now() - this.#begun > seconds * 2000,
      progress: (states, transitions, depth, broken) => {
        const used = (now() - this.#begun) / 1000 / seconds;
        const share = Math.min(1, Math.max(states / most, used));
        this.#progress = { ...this.#progress, states, transitions, depth, broken, share };
      },
      shortening: (property) => {
        this.#progress = { ...this.#progress, shortening: property };
      },
    };
    this.#say();
  }

  /** Does all of some work; what it says on the way reaches the page while it goes on. */
  drive<T>(work: Work<T>): T {
    for (;;) {
      const step = work.next();
      if (step.done === true) return step.value;
      if (now() - this.#told >= OFTEN) this.#say();
    }
  }

  #say(): void {
    this.#told = now();
    this.#tell({ kind: 'progress', progress: this.#progress });
  }
}

function carryOut(lab: LabText, choice: ExploreChoice, environment: Environment, tell: Tell): void {
  const common = optionsOf({ ...choice, guard: undefined });
  const ast = readLab(lab, environment, { ...common, check: checkAll });
  const guards = choice.guards === 'all' ? environment.guardNamesFor(ast) : choice.guards;
  const scenarios = orAllMistakes(ast, environment, common, () => scenariosOf(ast), checkAll);
  const pairs = scenarios.flatMap((scenario) => guards.map((guard) => ({ scenario, guard })));
  const until = now() + MOST_SECONDS * 1000;
  const explored: Explored[] = [];
  for (const [done, { scenario, guard }] of pairs.entries()) {
    const left = (until - now()) / 1000;
    if (left <= 0) break;
    const progress = new SearchProgress(
      { scenario, guard, done, all: pairs.length },
      { ...choice.bounds, seconds: Math.min(choice.bounds.seconds, left) },
      tell,
    );
    const options = { ...common, ...(guard !== undefined && { guardName: guard }) };
    const found: Exploration = progress.drive(explore(ast, scenario, environment, options, progress.limits));
    const judged = judgedVerdicts(verdictsOf(scenario), found, { isOwn: guard === undefined, without: [] });
    const one = { scenario, found, judged };
    explored.push(one);
    const text = `${formatExplored(explored, guards.length > 1)}\n`;
    tell({ kind: 'found', finding: findingOf(one), text });
  }
  tell({ kind: 'explored', left: pairs.length - explored.length });
}

/** Explores the scenarios of a lab, as `tinybpf explore` does but within bounds. */
export function exploreLab(lab: LabText, choice: ExploreChoice, environment: Environment, tell: Tell): void {
  try {
    carryOut(lab, choice, environment, tell);
  } catch (e) {
    if (!(e instanceof InputError)) throw e;
    tell({ kind: 'refused', text: formatDiagnostics(ordered(e.diagnostics).slice(0, MOST_FLAWS)) });
  }
}

/** Most diagnostics that are told. */
const MOST_FLAWS = 500;
