import { type Diagnostic, errorAt, InputError, throwIfErrors } from '../../text/diagnostic.js';
import { didYouMean } from '../../text/nearest.js';
import { clipped, jsonText, shownLine } from '../../text/shown.js';
import type { Source, Span } from '../../text/source.js';
import type { Scene } from './scene.js';
import { CHOICE, readChoice } from './space.js';

/**
 * A schedule as a file: whose turn it is, and how many instructions it lasts. A step of a task that is no call counts as
 * one. `arrive` lets an interrupt come on a CPU, whose handler then has the turn; `interrupt` lets the innermost
 * interrupt of a CPU go on.
 *
 *     // what a line of a lab looks like after two slashes
 *     scenario "two readers"
 *     guard arm64-v1
 *     kernel arm64-7.3-preempt-rcu
 *     stats off
 *     task A 57
 *     arrive nmi cpu 0 12
 *     interrupt cpu 0 3
 */
export interface Schedule {
  readonly title: string | undefined;
  readonly guard: string | undefined;
  readonly kernel: string | undefined;
  /** `stats off` and `strict_alignment`: absent where the scenario decides. */
  readonly stats?: false;
  readonly strictAlignment?: true;
  readonly turns: readonly ScheduledTurn[];
  /** Where what it names is written, of one that was read. */
  readonly spans?: { readonly [K in 'scenario' | 'guard' | 'kernel']?: Span };
}

export type ScheduledTurn = { readonly moves: number; readonly span: Span | undefined } & (
  | { readonly kind: 'task'; readonly name: string }
  | { readonly kind: 'arrive'; readonly name: string; readonly cpu: number }
  | { readonly kind: 'interrupt'; readonly cpu: number }
);

/** Turns of a sequence of single moves. */
export function scheduleOf(scene: Scene, moves: readonly number[]): ScheduledTurn[] {
  const turns: { turn: ScheduledTurn; key: number }[] = [];
  for (const move of moves) {
    const c = readChoice(move);
    const last = turns.at(-1);
    const key = c.kind === 'task' ? c.task : CHOICE.interrupt(c.cpu);
    if (last !== undefined && last.key === key && c.kind !== 'arrival') {
      last.turn = { ...last.turn, moves: last.turn.moves + 1 };
      continue;
    }
    const common = { moves: 1, span: undefined };
    switch (c.kind) {
      case 'task':
        turns.push({ key, turn: { kind: 'task', name: scene.tasks[c.task]!.task.name, ...common } });
        break;
      case 'interrupt':
        turns.push({ key, turn: { kind: 'interrupt', cpu: c.cpu, ...common } });
        break;
      case 'arrival':
        turns.push({
          key,
          turn: { kind: 'arrive', name: scene.sources[c.source]!.name, cpu: c.cpu, ...common },
        });
        break;
      default:
        c satisfies never;
    }
  }
  return turns.map((t) => t.turn);
}

export function formatTurn(turn: ScheduledTurn): string {
  switch (turn.kind) {
    case 'task':
      return `task ${turn.name} ${turn.moves}`;
    case 'arrive':
      return `arrive ${turn.name} cpu ${turn.cpu} ${turn.moves}`;
    case 'interrupt':
      return `interrupt cpu ${turn.cpu} ${turn.moves}`;
    default:
      return turn satisfies never;
  }
}

/** A path that could be read otherwise, or not at all, stands in quotes with the escapes of JSON. */
const writtenGuard = (guard: string): string =>
  shownLine(guard) === guard && !/^["\s]|\/\/|\s$/.test(guard)
    ? guard
    : jsonText(guard).replaceAll('\\"', '\\u0022');

/** The guard that stands in a schedule; undefined for quotes that hold no string of JSON. */
function readGuard(written: string): string | undefined {
  if (!written.startsWith('"')) return written;
  try {
    return String(JSON.parse(written));
  } catch {
    return undefined;
  }
}

/** A line without its comment, which two slashes in quotes do not begin. */
const withoutComment = (line: string): string =>
  /^(?:"[^"]*"|"(?![^"]*")|\/(?!\/)|[^"/])*/.exec(line)?.[0].trim() ?? '';

export function formatSchedule(schedule: Schedule, comment: string): string {
  const { title, guard, kernel, turns, stats, strictAlignment } = schedule;
  return [
    `// ${comment}`,
    ...(title === undefined ? [] : [`scenario "${shownLine(title)}"`]),
    ...(guard === undefined ? [] : [`guard ${writtenGuard(guard)}`]),
    ...(kernel === undefined ? [] : [`kernel ${kernel}`]),
    ...(stats === false ? ['stats off'] : []),
    ...(strictAlignment === true ? ['strict_alignment'] : []),
    ...turns.map(formatTurn),
    '',
  ].join('\n');
}

const LINES = {
  stats: /^stats\s+off$/,
  strict_alignment: /^strict_alignment$/,
  scenario: /^scenario\s+"([^"]*)"$/,
  guard: /^guard\s+(\S.*)$/,
  kernel: /^kernel\s+(\S+)$/,
  task: /^task\s+(\S+(?: \d+)?)\s+(\d+)$/,
  arrive: /^arrive\s+(\S+)\s+cpu\s+(\d+)\s+(\d+)$/,
  interrupt: /^interrupt\s+cpu\s+(\d+)\s+(\d+)$/,
} as const;

/** Reads a schedule. Throws `InputError` with every line that is none. */
export function parseSchedule(source: Source): Schedule {
  const diagnostics: Diagnostic[] = [];
  const settings: { scenario?: string; guard?: string; kernel?: string } = {};
  const spans: { scenario?: Span; guard?: Span; kernel?: Span } = {};
  const machine: { stats?: false; strictAlignment?: true } = {};
  const turns: ScheduledTurn[] = [];
  let start = 0;
  for (const line of source.text.split('\n')) {
    const text = withoutComment(line);
    const at = start + line.indexOf(text);
    const span: Span = { source, start: at, end: at + text.length };
    start += line.length + 1;
    if (text === '') continue;
    const count = (digits: string): number => {
      const n = Number(digits);
      if (n >= 1 && n <= 1e9) return n;
      diagnostics.push(errorAt('B0405', `${digits} moves`, { span, expected: '1 to 1000000000' }));
      return 1;
    };
    const match = (kind: keyof typeof LINES): RegExpExecArray | null => LINES[kind].exec(text);
    const setting = (['scenario', 'guard', 'kernel'] as const).find((k) => match(k) !== null);
    const task = match('task');
    const arrive = match('arrive');
    const interrupt = match('interrupt');
    if (match('stats') !== null) machine.stats = false;
    else if (match('strict_alignment') !== null) machine.strictAlignment = true;
    else if (setting !== undefined) {
      const written = match(setting)![1]!;
      const value = setting === 'guard' ? readGuard(written) : written;
      if (value === undefined)
        diagnostics.push(errorAt('B0412', 'a guard in quotes is a string of JSON', { span }));
      else settings[setting] = value;
      spans[setting] = span;
    } else if (task !== null) turns.push({ kind: 'task', name: task[1]!, moves: count(task[2]!), span });
    else if (arrive !== null)
      turns.push({
        kind: 'arrive',
        name: arrive[1]!,
        cpu: Number(arrive[2]),
        moves: count(arrive[3]!),
        span,
      });
    else if (interrupt !== null)
      turns.push({ kind: 'interrupt', cpu: Number(interrupt[1]), moves: count(interrupt[2]!), span });
    else
      diagnostics.push(
        errorAt('B0412', `\`${clipped(text, 60)}\` is no line of a schedule`, {
          span,
          expected:
            'task NAME N, arrive NAME cpu C N, interrupt cpu C N, scenario "…", guard NAME, kernel NAME, stats off or strict_alignment',
          help: didYouMean(text.split(/\s/)[0]!, Object.keys(LINES)),
        }),
      );
  }
  // What is broken before anything happens has a schedule without turns.
  if (diagnostics.length === 0 && turns.length === 0 && Object.keys(settings).length === 0)
    diagnostics.push(errorAt('B0412', 'the schedule is empty', { span: { source, start: 0, end: 0 } }));
  throwIfErrors(diagnostics);
  const { scenario, guard, kernel } = settings;
  return { title: scenario, guard, kernel, turns, spans, ...machine };
}

/** The choice that begins a turn. Throws `InputError` for names that the scenario does not have. */
export function choiceOf(scene: Scene, turn: ScheduledTurn): number {
  const refuse = (what: string, names: readonly string[], name: string): never => {
    const at = turn.span === undefined ? {} : { span: turn.span };
    throw new InputError(errorAt('B0407', what, { ...at, help: didYouMean(name, names) }));
  };
  if (turn.kind !== 'task' && turn.cpu >= scene.kernel.cpus) refuse(`there is no CPU ${turn.cpu}`, [], '');
  switch (turn.kind) {
    case 'task': {
      const names = scene.tasks.map((t) => t.task.name);
      const i = names.indexOf(turn.name);
      return i >= 0 ? CHOICE.task(i) : refuse(`there is no task \`${turn.name}\``, names, turn.name);
    }
    case 'arrive': {
      const names = scene.sources.map((s) => s.name);
      const i = names.indexOf(turn.name);
      if (i < 0) return refuse(`no \`${turn.name}\` may arrive`, names, turn.name);
      return CHOICE.arrival(i, turn.cpu);
    }
    case 'interrupt':
      return CHOICE.interrupt(turn.cpu);
    default:
      return turn satisfies never;
  }
}
