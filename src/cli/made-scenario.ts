import { Option } from 'commander';
import { MOST_CPUS } from '../kernel/model.js';
import { parseOrThrow } from '../lab/environment.js';
import type { LabAst, ScenarioAst, TaskAst } from '../syntax/lab-ast.js';
import { Findings } from '../text/findings.js';

/** What options say that happens, instead of the scenarios of a file. */
export interface ActionOptions {
  /** Actions of the first task, in the language of scenarios. */
  readonly do?: readonly string[];
  /** Actions of one more task each. */
  readonly task?: readonly string[];
  /** Interrupts that may come, as a scenario says them after `may`. */
  readonly may?: readonly string[];
}

/** The title of what options make. */
export const MADE_TITLE = 'from the command line';

const collect = (text: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  text,
];

/** `--do` and `--task`. */
export const actionOptions = (): readonly Option[] => [
  new Option(
    '-d, --do <actions>',
    'what the first task does, in the language of scenarios, instead of the scenarios of the file; given again, what it does next',
  ).argParser(collect),
  new Option(
    '--task <actions>',
    "what one more task does, on CPU 0 as the first, or elsewhere: 'cpu 1 { … }'; can be given several times",
  ).argParser(collect),
];

export const mayOption = (): Option =>
  new Option(
    '--may <interrupt>',
    "an interrupt that may come at any time: 'hardirq { call f(1) }', 'nmi x 2 { … }'; can be given several times",
  ).argParser(collect);

/** Reads what an option says as a part of a scenario. Where it is wrong, that is found in the option's own text. */
function partOf(option: string, text: string, findings: Findings): ScenarioAst | undefined {
  const source = { name: `<--${option}>`, text: `scenario {\n${text}\n}` };
  const lab = findings.attempt(() => parseOrThrow(source));
  return lab?.declarations.find((d) => d.kind === 'scenario');
}

/** Names of tasks in the order of the options: A to Z, then B1 and so on. */
const nameOf = (i: number): string => String.fromCharCode(65 + (i % 26)) + (i < 26 ? '' : Math.floor(i / 26));

/** The scenario that options make; undefined where they say of nothing that it happens. Throws `InputError`. */
export function madeScenario(options: ActionOptions): ScenarioAst | undefined {
  const { do: first, task = [], may = [] } = options;
  if (first === undefined && task.length === 0 && may.length === 0) return undefined;
  const findings = new Findings();
  const isAlone = task.length === 0;
  const texts = [
    ...(first === undefined ? [] : [['do', `cpu 0 {\n${first.join('\n')}\n}`] as const]),
    ...task.map((text) => ['task', /^\s*cpu\s+\w+\s*\{/.test(text) ? text : `cpu 0 {\n${text}\n}`] as const),
  ];
  const tasks = texts.flatMap(([option, text], i): TaskAst[] =>
    (partOf(option, isAlone ? text : `task ${nameOf(i)} ${text.trimStart()}`, findings)?.tasks ?? []).slice(
      0,
      1,
    ),
  );
  const sources = may.flatMap((text) => partOf('may', `may ${text}`, findings)?.sources ?? []);
  // As many CPUs as are named; a task on one that cannot be is refused when it is planned.
  const numbers = tasks.flatMap(({ cpu }) => (cpu.kind === 'number' ? [Number(cpu.value)] : []));
  const cpus = Math.max(0, ...numbers.map((n) => Math.min(n, MOST_CPUS - 1))) + 1;
  const base = partOf('do', `cpus ${cpus}`, findings);
  findings.orThrow();
  const [named] = parseOrThrow({ name: '<--do>', text: `scenario "${MADE_TITLE}" {\n}` }).declarations;
  const { title } = named as ScenarioAst;
  return { ...base!, ...(title && { title }), tasks, sources, settings: cpus === 1 ? [] : base!.settings };
}

/** A lab whose scenario is the one that options make, where they make one. */
export function labAsMade(lab: LabAst, options: ActionOptions): LabAst {
  const made = madeScenario(options);
  if (made === undefined) return lab;
  return { ...lab, declarations: [...lab.declarations.filter((d) => d.kind !== 'scenario'), made] };
}
