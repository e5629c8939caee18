import { Option } from 'commander';
import { MOST_CPUS } from '../kernel/model.js';
import { parseOrThrow } from '../lab/environment.js';
import type { LabAst, ScenarioAst } from '../syntax/lab-ast.js';
import { Findings } from '../text/findings.js';
import type { Source } from '../text/source.js';

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

/** A scenario in which what an option says is line 1, as it was given. */
export function withoutFrame(name: string, text: string, given: string): Source {
  const before = text.slice(0, Math.max(0, text.indexOf(given.trim()))).split('\n').length - 1;
  const lines = given.split('\n').length;
  const lineNumbers = text.split('\n').map((_, i) => Math.min(Math.max(1, i + 1 - before), lines));
  return { name, text, lineNumbers };
}

/**
 * Reads what an option says as one part of a scenario. Where it is wrong, or more than that, it is found in the option's own text.
 */
function partOf<K extends 'tasks' | 'sources'>(
  kind: K,
  option: string,
  { text, given }: { readonly text: string; readonly given: string },
  findings: Findings,
): readonly ScenarioAst[K][number][] {
  const source = withoutFrame(`<--${option}>`, `scenario {\n${text}\n}`, given);
  const [scenario, ...others] = findings.attempt(() => parseOrThrow(source))?.declarations ?? [];
  if (scenario?.kind !== 'scenario') return [];
  const { settings, tasks, events, sources, claims, expects } = scenario;
  const parts: readonly ScenarioAst[K][number][] = scenario[kind];
  const all = [...settings, ...tasks, ...events, ...sources, ...claims, ...expects, ...others];
  const more = all.find((part) => part !== parts[0]);
  if (more !== undefined)
    findings.error('B0405', `\`--${option}\` says more than one thing`, {
      span: more.span,
      help: 'give `--task` or `--may` again for what else happens, or write a lab',
    });
  return parts.slice(0, 1);
}

/** Names of tasks in the order of the options: A to Z, then B1 and so on. */
const nameOf = (i: number): string => String.fromCharCode(65 + (i % 26)) + (i < 26 ? '' : Math.floor(i / 26));

/** The scenario that options make; undefined where they say of nothing that it happens. Throws `InputError`. */
export function madeScenario(options: ActionOptions): ScenarioAst | undefined {
  const { do: first, task = [], may = [] } = options;
  if (first === undefined && task.length === 0 && may.length === 0) return undefined;
  const findings = new Findings();
  const isAlone = task.length === 0;
  const onCpu0 = (given: string) => ({ given, text: `cpu 0 {\n${given}\n}` });
  const texts = [
    ...(first === undefined ? [] : [{ option: 'do', ...onCpu0(first.join('\n')) }]),
    ...task.map((given) => ({
      option: 'task',
      ...(/^\s*cpu\s+\w+\s*\{/.test(given) ? { given, text: given } : onCpu0(given)),
    })),
  ];
  const tasks = texts.flatMap(({ option, given, text }, i) =>
    partOf(
      'tasks',
      option,
      { given, text: isAlone ? text : `task ${nameOf(i)} ${text.trimStart()}` },
      findings,
    ),
  );
  const sources = may.flatMap((given) => partOf('sources', 'may', { given, text: `may ${given}` }, findings));
  // As many CPUs as are named; a task on one that cannot be is refused when it is planned.
  const numbers = tasks.flatMap(({ cpu }) => (cpu.kind === 'number' ? [Number(cpu.value)] : []));
  const cpus = Math.max(0, ...numbers.map((n) => Math.min(n, MOST_CPUS - 1))) + 1;
  findings.orThrow();
  const setting = cpus === 1 ? '' : `cpus ${cpus}\n`;
  const text = `scenario "${MADE_TITLE}" {\n${setting}}`;
  const [made] = parseOrThrow({ name: '<--do>', text }).declarations;
  return { ...(made as ScenarioAst), tasks, sources };
}

/** A lab whose scenario is the one that options make, where they make one. */
export function labAsMade(lab: LabAst, options: ActionOptions): LabAst {
  const made = madeScenario(options);
  if (made === undefined) return lab;
  return { ...lab, declarations: [...lab.declarations.filter((d) => d.kind !== 'scenario'), made] };
}
