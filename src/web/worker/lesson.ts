import { type Exploration, explore } from '../../explore/explore.js';
import { finish } from '../../explore/search.js';
import { type Environment, modelNamed } from '../../lab/environment.js';
import { readLab } from '../../lab/mistakes.js';
import { type RunOptions, runScenario, scenariosOf } from '../../lab/run.js';
import { titled } from '../../lab/scenario.js';
import type { DeclarationAst, ExpectAst, LabAst, ScenarioAst } from '../../syntax/lab-ast.js';
import { parseLab } from '../../syntax/parse-lab.js';
import { InputError, throwIfErrors } from '../../text/diagnostic.js';
import { shownLine } from '../../text/shown.js';
import { CHECKS, type Check, type CheckKind } from '../course/checks.js';
import { MOST_BYTES } from '../protocol/explore.js';
import type { LessonTask, LessonVerdict } from '../protocol/lesson.js';
import { type Answer, BUDGET, type LabText, type RunChoice } from '../protocol/protocol.js';

/** Bounds of an exploration, which is over before whoever waits for the answer gives up. */
const MOST_STATES = 200_000;
const SECONDS = 5;

/** Everything a check needs. `engine` only says what runs it. */
interface Checked {
  readonly task: LessonTask;
  /** The reader's lab. */
  readonly lab: LabText;
  readonly environment: Environment;
  readonly options: RunOptions;
}

/** Why an answer is wrong; undefined if it is right. */
type Judged = string | undefined;

/** A condition as a scenario would expect it. */
function expectationOf(condition: string): ExpectAst {
  const source = { name: 'what the lesson asks', text: `scenario {\nexpect ${condition}\n}\n` };
  const { value, diagnostics } = parseLab(source);
  throwIfErrors(diagnostics);
  const [scenario] = scenariosOf(value);
  return scenario!.expects[0]!;
}

function scenarioOf(ast: LabAst, title: string | undefined): ScenarioAst | undefined {
  const all = scenariosOf(ast);
  return title === undefined ? all[0] : titled(all, title);
}

/** Runs a lab and looks whether a condition holds then. */
function runs({ task, environment, options }: Checked, lab: LabText, condition: string): Judged {
  const ast = readLab(lab, environment, options);
  const scenario = scenarioOf(ast, task.scenario);
  if (scenario === undefined) return `the lab no longer has the scenario “${task.scenario}”`;
  const asked = { ...scenario, expects: [expectationOf(condition)] };
  const { outcome, expects } = runScenario(ast, asked, environment, { ...options, maxInsns: BUDGET });
  const [expected] = expects;
  if (expected?.passed === true) return undefined;
  if (outcome.kind !== 'finished' && outcome.kind !== 'fault') return 'the run does not come to an end';
  return (expected?.found ?? []).map(shownLine).join(', ');
}

const NUMBER = /^(?:0x[0-9a-f]{1,16}|\d{1,20})$/i;
const NAME = /^[\w.$-]{1,128}$/;

const typed =
  (what: string, pattern: RegExp) =>
  (checked: Checked, { condition }: { readonly condition: string }): Judged => {
    const { start, typed } = checked.task;
    if (typed === '') return `there is no answer yet: type ${what}`;
    if (!pattern.test(typed)) return `“${shownLine(typed.slice(0, 40))}” is not ${what}`;
    // What it is instead would be the answer.
    return runs(checked, { ...checked.lab, text: start }, condition.replace('?', typed)) === undefined
      ? undefined
      : `${typed} is not right`;
  };

function explored({ task, lab, environment, options }: Checked): Exploration | undefined {
  const ast = readLab(lab, environment, options);
  const scenario = scenarioOf(ast, task.scenario);
  if (scenario === undefined) return undefined;
  const clock = (): number => performance.now();
  const begun = clock();
  const work = explore(ast, scenario, environment, options, {
    maxStates: MOST_STATES,
    maxSeconds: SECONDS,
    maxBytes: MOST_BYTES,
    clock,
    isInterrupted: () => clock() - begun > SECONDS * 2000,
  });
  return finish(work);
}

const NOTHING = 'the lab no longer has the scenario that is asked about';

function breaks(checked: Checked, { properties, level }: Check & { readonly kind: 'breaks' }): Judged {
  const found = explored(checked);
  if (found === undefined) return NOTHING;
  const missing = properties.filter((p) => !found.broken.includes(p));
  if (found.broken.length === 0) return 'exploration finds nothing broken';
  if (missing.length > 0)
    return `exploration finds ${found.broken.join(', ')} broken, not ${missing.join(', ')}`;
  const hasLevel = properties.every((p) =>
    found.counterexamples.some(
      ({ property, turns }) =>
        property === p &&
        (level === undefined ||
          turns.some((turn) => turn.kind === 'arrive' && turn.name.split(' ')[0] === level)),
    ),
  );
  return hasLevel
    ? undefined
    : `the schedule that breaks ${properties.join(', ')} has no ${level ?? 'turns'}`;
}

function keeps(checked: Checked, { properties }: Check & { readonly kind: 'keeps' }): Judged {
  const found = explored(checked);
  if (found === undefined) return NOTHING;
  const broken = properties.filter((p) => found.broken.includes(p));
  if (broken.length > 0) return `exploration finds ${broken.join(', ')} broken`;
  const excepted = properties.filter((p) => !found.checked.includes(p));
  if (excepted.length > 0) return `${excepted.join(', ')} was not checked, as the lab says \`without\``;
  return found.completeness === 'complete' ? undefined : 'exploration did not come to an end';
}

const JUDGES: {
  readonly [K in CheckKind]: (checked: Checked, check: Check & { readonly kind: K }) => Judged;
} = {
  number: typed('a number', NUMBER),
  name: typed('a name', NAME),
  run: (checked, { condition }) => runs(checked, checked.lab, condition),
  breaks,
  keeps,
};

/** What is said of a declaration, whatever it looks like and wherever it is. */
const meaningOf = (d: DeclarationAst): string =>
  JSON.stringify(d, (key, value: unknown) =>
    key === 'span' ? undefined : typeof value === 'bigint' ? String(value) : value,
  );

function nameOf(d: DeclarationAst): string {
  if (d.kind === 'scenario') return d.kind;
  return `${d.kind} ${d.kind === 'object' ? d.path.name : d.name.name}`;
}

/** Declarations that were changed and should not have been. */
function strayed({ task, lab, environment, options }: Checked): Judged {
  const { start, change } = task;
  if (change.length === 0) return undefined;
  const others = (text: LabText): Map<string, string> =>
    new Map(
      readLab(text, environment, options)
        .declarations.filter((d) => !change.includes(nameOf(d)))
        .map((d) => [meaningOf(d), nameOf(d)]),
    );
  const [before, now] = [others({ ...lab, text: start }), others(lab)];
  const only = `only \`${change.join(', ')}\` is to be changed`;
  const changed =
    [...now].find(([meaning]) => !before.has(meaning)) ?? [...before].find(([meaning]) => !now.has(meaning));
  if (changed !== undefined) return `${only}, not \`${changed[1]}\``;
  const isInOrder = [...before.keys()].every((meaning, i) => [...now.keys()][i] === meaning);
  return isInOrder ? undefined : `${only}, not the order of the others`;
}

function judge(checked: Checked): Judged {
  const { checks } = checked.task;
  const stray = strayed(checked);
  if (stray !== undefined) return stray;
  for (const check of checks) {
    // Each row of the table takes the checks of its own kind.
    const act = JUDGES[check.kind] as (checked: Checked, check: Check) => Judged;
    const why = act(checked, check);
    if (why !== undefined) return why;
  }
  return undefined;
}

/**
 * Judges an answer to a lesson: what was typed, or what was done to the lab.
 * @internal
 */
export function judgeLesson(
  task: LessonTask,
  lab: LabText,
  environment: Environment,
  engine: Pick<RunOptions, 'engine'> = {},
): LessonVerdict {
  const options: RunOptions = {
    ...engine,
    ...(task.guard !== undefined && { guardName: task.guard }),
    ...(task.kernel !== undefined && { model: modelNamed(task.kernel) }),
  };
  try {
    const why = judge({ task, lab, environment, options });
    return { isSolved: why === undefined, why: why ?? '' };
  } catch (e) {
    if (!(e instanceof InputError)) throw e;
    const first = e.diagnostics.find((d) => d.severity === 'error');
    const why = shownLine(first?.message ?? '');
    const isTyped = task.checks.some((check) => CHECKS[check.kind].isTyped);
    return { isSolved: false, why: isTyped ? why : `the lab cannot be run: ${why}` };
  }
}

/** The same for the page. */
export function answerLesson(lab: LabText, { lesson }: RunChoice, environment: Environment): Answer {
  const nothing = { runs: [], flaws: [], text: '' };
  return lesson === undefined ? nothing : { ...nothing, lesson: judgeLesson(lesson, lab, environment) };
}
