import { type Environment, modelNamed } from '../../lab/environment.js';
import { orAllMistakes, readLab } from '../../lab/mistakes.js';
import { type RunOptions, runScenario, type ScenarioResult, scenariosOf } from '../../lab/run.js';
import type { Stopped } from '../../lab/script.js';
import { codeOfFault, type FrameLine, summarizeFault } from '../../machine/fault.js';
import { checkAll, checkLab as checkWhole } from '../../replay/check.js';
import { parseSchedule } from '../../replay/parse.js';
import { replay, scheduledScenario } from '../../replay/replay.js';
import type { Schedule } from '../../replay/schedule.js';
import { formatScenario } from '../../report/printed.js';
import { leftAt, STOPS, undeclaredLine } from '../../report/summary.js';
import type { LabAst, ScenarioAst } from '../../syntax/lab-ast.js';
import { type Diagnostic, errorAt, InputError, ordered } from '../../text/diagnostic.js';
import { formatDiagnostics, plain } from '../../text/format.js';
import { shownLine } from '../../text/shown.js';
import type { Source, Span } from '../../text/source.js';
import { withoutCommands } from '../commands.js';
import {
  type Answer,
  BUDGET,
  type Flaw,
  type LabText,
  MOST_EVENTS,
  type RunChoice,
  type RunView,
} from '../protocol/protocol.js';

/** Most diagnostics that go to the page: a text that is not a lab has one on every line. */
const MOST_FLAWS = 500;

/** Advice that the page can follow. */
const helpful = (kind: 'help' | 'note', texts: readonly string[]): string[] =>
  texts
    .map(withoutCommands)
    .filter((text) => text !== '')
    .map((text) => `${kind}: ${text}`);

function flawOf(d: Diagnostic, source: Source): Flaw {
  const lines = [
    d.message,
    ...(d.expected === undefined ? [] : [`expected: ${d.expected}`]),
    ...helpful('help', d.help === undefined ? [] : [d.help]),
    ...helpful('note', d.notes ?? []),
  ];
  const own = d.span?.source === source ? d.span : undefined;
  return {
    code: d.code,
    explain: '',
    severity: d.severity,
    message: lines.map(shownLine).join('\n'),
    from: own?.start,
    to: own?.end,
  };
}

function answerOf(source: Source, runs: readonly RunView[], diagnostics: readonly Diagnostic[]): Answer {
  const shown = ordered(diagnostics).slice(0, MOST_FLAWS);
  return { runs, flaws: shown.map((d) => flawOf(d, source)), text: formatDiagnostics(shown) };
}

/** Notes on programs of which it is not known whether Linux would load them. */
const notJudged = ({ judge }: RunChoice): readonly Diagnostic[] =>
  judge === undefined || judge === 'nobody' ? [] : judge.notJudged;

/** Carries out what may be refused; what is wrong with the input becomes part of the answer. */
export function attempt(
  source: Source,
  environment: Environment,
  choice: RunChoice,
  act: (lab: LabAst, found: Diagnostic[]) => RunView[],
): Answer {
  const found: Diagnostic[] = [];
  try {
    const options = optionsOf(choice);
    const lab = readLab(source, environment, { ...options, check: checkAll });
    const runs = orAllMistakes(lab, environment, options, () => act(lab, found), checkAll);
    return answerOf(source, runs, [...found, ...notJudged(choice)]);
  } catch (e) {
    if (e instanceof InputError) return answerOf(source, [], [...found, ...e.diagnostics]);
    throw e;
  }
}

export function optionsOf({
  guard,
  kernel,
  makes,
  judge,
}: Pick<RunChoice, 'guard' | 'kernel' | 'makes' | 'judge'>): RunOptions {
  return {
    judge,
    ...(makes === true && { missing: { declare: true, prototypes: [] } }),
    ...(guard !== undefined && { guardName: guard }),
    ...(kernel !== undefined && { model: modelNamed(kernel) }),
  };
}

/** All that is wrong with a lab, found without running it. */
export function checkLab(lab: LabText, choice: RunChoice, environment: Environment): Answer {
  const source: Source = lab;
  return attempt(source, environment, choice, (ast, found) => {
    found.push(...checkWhole(ast, environment, optionsOf(choice)));
    return [];
  });
}

/** What makes a timeline of too many events differ from the command line's. */
function cutNote({ events, droppedEvents }: ScenarioResult): string {
  if (droppedEvents === 0) return '';
  return `\n\nThe timeline has the first ${events.length} of ${events.length + droppedEvents} events; \`tinybpf run --timeline\` has all.`;
}

/** Where a run of the lab was, the innermost place in its text first. */
const placeIn = (source: Source, lines: readonly FrameLine[]): Span | undefined =>
  lines.find((line) => line.span?.source.text === source.text)?.span;

/** Of a run that does not end, why, and where: in the lab, or what came again and again. */
function stopFlaw(
  result: ScenarioResult,
  outcome: Stopped,
  source: Source,
): Omit<Flaw, 'severity'> | undefined {
  const { code, what } = STOPS[outcome.kind];
  if (code === undefined) return undefined;
  const { executed, unfinished, where } = outcome;
  const [most] = [...result.interrupts].sort((a, b) => b.arrived - a.arrived);
  const span =
    placeIn(source, where) ?? (most !== undefined && most.arrived > 0 ? most : unfinished[0])?.span;
  const message = [`it is stopped: ${what(executed)}`, ...leftAt(outcome, result.interrupts)].join('\n');
  return { code, explain: '', message, from: span?.start, to: span?.end };
}

/** What a run has shown to be wrong, at its place in the lab. */
function flawsOf(result: ScenarioResult, source: Source): Flaw[] {
  const { expects, outcome, title, passed: isExpected } = result;
  const of = title === undefined ? '' : ` (scenario "${title}")`;
  const failed = expects.flatMap(({ passed, found, span }): Flaw[] => {
    if (passed) return [];
    const message = shownLine(`this does not hold: ${found.join(', ')}${of}`);
    return [{ code: 'expect', explain: '', severity: 'error', message, from: span.start, to: span.end }];
  });
  if (outcome.kind === 'finished' || isExpected) return failed;
  if (outcome.kind !== 'fault') {
    const stopped = stopFlaw(result, outcome, source);
    return stopped === undefined ? failed : [...failed, { ...stopped, severity: 'error' }];
  }
  const span = placeIn(source, outcome.fault.backtrace);
  const message = shownLine(`${summarizeFault(outcome.fault)}${of}`);
  const code = codeOfFault(outcome.fault);
  return [...failed, { code, explain: '', severity: 'error', message, from: span?.start, to: span?.end }];
}

function viewOf(result: ScenarioResult, scenario: ScenarioAst, source: Source): RunView {
  const { events, writes, kernel } = result;
  return {
    title: result.title,
    guard: result.guard,
    kernel,
    cpus: result.cpus,
    passed: result.passed,
    outcome: result.outcome.kind,
    text: formatScenario(result, { timeline: false }),
    timelineText: formatScenario(result, { timeline: true }) + cutNote(result),
    expects: result.expects.map(({ text, passed, found, span }) => ({
      text,
      passed,
      found,
      from: span.start,
    })),
    verdicts: scenario.claims.filter((c) => c.kind === 'verdict').length,
    programs: result.programs.map((p) => p.name),
    counters: result.programs.map(({ name, runCnt, recursionMisses, linkMissed }) => ({
      program: name,
      runCnt,
      recursionMisses,
      linkMissed,
    })),
    areaSize: result.guardArea.size,
    layout: modelNamed(kernel).preempt,
    events,
    recorded: events.length + result.droppedEvents,
    writes: writes.filter((w) => w.event < MOST_EVENTS),
    made: undeclaredLine(result, plain).join(''),
    flaws: flawsOf(result, source),
  };
}

export const OBSERVED = {
  observe: true,
  foldsWrites: true,
  writes: true,
  maxInsns: BUDGET,
  maxEvents: MOST_EVENTS,
} as const;

interface Ran {
  readonly scenario: ScenarioAst;
  readonly result: ScenarioResult;
}

/** A schedule, and all that carrying it out on the machine that exploration runs takes. */
export interface Scheduled {
  readonly schedule: Schedule;
  readonly scenario: ScenarioAst;
  readonly options: RunOptions;
}

/** Reads a schedule. Throws `InputError`. */
export function scheduledIn(ast: LabAst, choice: RunChoice, text: string): Scheduled {
  const schedule = parseSchedule({ name: 'the schedule', text });
  const moves = schedule.turns.reduce((sum, turn) => sum + turn.moves, 0);
  if (moves > BUDGET)
    throw new InputError(
      errorAt('B0405', `${moves} moves of a schedule`, { expected: `at most ${BUDGET} in this page` }),
    );
  const scenario = scheduledScenario(ast, schedule);
  const guard = choice.guard ?? schedule.guard;
  const kernel = choice.kernel ?? schedule.kernel;
  return { schedule, scenario, options: optionsOf({ ...choice, guard, kernel }) };
}

function replayed(
  ast: LabAst,
  choice: RunChoice,
  text: string,
  environment: Environment,
  observed: RunOptions,
): Ran {
  const { schedule, scenario, options } = scheduledIn(ast, choice, text);
  return {
    scenario,
    result: replay(ast, scenario, environment, schedule, { ...options, ...observed }),
  };
}

/** Runs the scenarios that are asked for, each with a budget of instructions. */
export function ran(
  ast: LabAst,
  choice: RunChoice,
  environment: Environment,
  observed: RunOptions = OBSERVED,
): Ran[] {
  const { scenario: only, schedule } = choice;
  if (schedule !== undefined) return [replayed(ast, choice, schedule, environment, observed)];
  const all = scenariosOf(ast);
  const options = { ...optionsOf(choice), ...observed };
  return (only === undefined ? all : all.slice(only, only + 1)).map((scenario) => ({
    scenario,
    result: runScenario(ast, scenario, environment, options),
  }));
}

/** What is shown of the runs that are asked for; what they warn of goes to `found`. */
export const viewsOf = (
  ast: LabAst,
  choice: RunChoice,
  environment: Environment,
  source: Source,
  found: Diagnostic[],
): RunView[] =>
  ran(ast, choice, environment).map(({ scenario, result }) => {
    found.push(...result.warnings);
    return viewOf(result, scenario, source);
  });

export function runLab(lab: LabText, choice: RunChoice, environment: Environment): Answer {
  return attempt(lab, environment, choice, (ast, found) => viewsOf(ast, choice, environment, lab, found));
}
