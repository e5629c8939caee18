import { Collector } from '../text/collector.js';
import { type Diagnostic, errorAt, InputError, throwIfErrors } from '../text/diagnostic.js';
import { didYouMean, nearest } from '../text/nearest.js';
import { clipped, jsonText, shownLine } from '../text/shown.js';
import { type Source, type Span, span } from '../text/source.js';
import { CHOICE, readChoice } from './choice.js';
import type { Scene } from './scene.js';

/**
 * A schedule as a file: whose turn it is, and how many instructions it lasts. A step of a task that is not a call counts as
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

/** A path that could be read otherwise, or not at all, is in quotes with the escapes of JSON. */
const writtenGuard = (guard: string): string =>
  shownLine(guard) === guard && !/^["\s]|\/\/|\s$/.test(guard)
    ? guard
    : jsonText(guard).replaceAll('\\"', '\\u0022');

/** The guard that a schedule names; undefined for quotes that hold no string of JSON. */
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

/** What a line of a schedule may be: how it is written, in general and as an example. */
const LINES = {
  task: { usage: 'task NAME N', example: 'task A 12', pattern: /^task\s+(\S+(?: \d+)?)\s+(\d+)$/ },
  arrive: {
    usage: 'arrive NAME cpu C N',
    example: 'arrive nmi cpu 0 12',
    pattern: /^arrive\s+(\S+)\s+cpu\s+(\d+)\s+(\d+)$/,
  },
  interrupt: {
    usage: 'interrupt cpu C N',
    example: 'interrupt cpu 0 3',
    pattern: /^interrupt\s+cpu\s+(\d+)\s+(\d+)$/,
  },
  scenario: { usage: 'scenario "TITLE"', example: 'scenario "one"', pattern: /^scenario\s+"([^"]*)"$/ },
  guard: { usage: 'guard NAME', example: 'guard arm64', pattern: /^guard\s+(\S.*)$/ },
  kernel: { usage: 'kernel NAME', example: 'kernel arm64-7.3', pattern: /^kernel\s+(\S+)$/ },
  stats: { usage: 'stats off', example: 'stats off', pattern: /^stats\s+off$/ },
  strict_alignment: {
    usage: 'strict_alignment',
    example: 'strict_alignment',
    pattern: /^strict_alignment$/,
  },
} as const;
type Word = keyof typeof LINES;

const WORDS = Object.keys(LINES) as readonly Word[];
const MOST_MOVES = 1e9;

/** What is wrong with a line that is none of a schedule. */
function refuseLine(text: string, at: Span): Diagnostic {
  const [first = ''] = text.split(/\s/);
  const word = WORDS.find((w) => w === first);
  const shown = clipped(text, 60);
  if (word === undefined) {
    return errorAt('B0412', `\`${shown}\` is not a line of a schedule`, {
      span: span(at.source, at.start, at.start + first.length),
      expected: WORDS.map((w) => `\`${LINES[w].usage}\``).join(', '),
      help: didYouMean(first, WORDS),
    });
  }
  const { usage, example, pattern } = LINES[word];
  if (usage.endsWith(' N') && pattern.test(`${text} 12`)) {
    return errorAt('B0412', `\`${shown}\` does not say for how many instructions`, {
      span: at,
      expected: `\`${usage}\``,
      help: `write \`${text} 12\` for a turn of 12 instructions`,
    });
  }
  // The word after the first that is nearly one of those that must be there.
  const wanted = usage.split(' ').filter((w) => /^[a-z]/.test(w) && w !== word);
  const slip = text.split(/\s+/).find((w) => !wanted.includes(w) && nearest(w, wanted).length > 0);
  return errorAt('B0412', `\`${shown}\` is not how a \`${word}\` line is written`, {
    span: at,
    expected: `\`${usage}\``,
    help: (slip !== undefined && didYouMean(slip, wanted)) || `for example \`${example}\``,
  });
}

/** Reads a schedule. Throws `InputError` with the first `maxErrors` of its lines that are wrong. */
export function parseSchedule(source: Source, maxErrors?: number): Schedule {
  const collector = new Collector(maxErrors);
  const settings: { scenario?: string; guard?: string; kernel?: string } = {};
  const spans: { scenario?: Span; guard?: Span; kernel?: Span } = {};
  const machine: { stats?: false; strictAlignment?: true } = {};
  const turns: ScheduledTurn[] = [];
  const count = (digits: string, at: Span): number => {
    const n = Number(digits);
    if (n >= 1 && n <= MOST_MOVES) return n;
    collector.add(errorAt('B0405', `${digits} moves`, { span: at, expected: `1 to ${MOST_MOVES}` }));
    return 1;
  };
  const readLine = (text: string, at: Span): void => {
    const word = WORDS.find((w) => LINES[w].pattern.test(text));
    const [, first, second, third] = word === undefined ? [] : (LINES[word].pattern.exec(text) ?? []);
    switch (word) {
      case 'task':
        turns.push({ kind: word, name: first!, moves: count(second!, at), span: at });
        break;
      case 'arrive':
        turns.push({ kind: word, name: first!, cpu: Number(second), moves: count(third!, at), span: at });
        break;
      case 'interrupt':
        turns.push({ kind: word, cpu: Number(first), moves: count(second!, at), span: at });
        break;
      case 'scenario':
      case 'guard':
      case 'kernel': {
        const value = word === 'guard' ? readGuard(first!) : first;
        if (value === undefined)
          collector.add(errorAt('B0412', 'a guard in quotes is a string of JSON', { span: at }));
        else settings[word] = value;
        spans[word] = at;
        break;
      }
      case 'stats':
        machine.stats = false;
        break;
      case 'strict_alignment':
        machine.strictAlignment = true;
        break;
      case undefined:
        collector.add(refuseLine(text, at));
        break;
      default:
        word satisfies never;
    }
  };
  collector.stage(() => {
    let start = 0;
    for (const line of source.text.split('\n')) {
      const text = withoutComment(line);
      const at = start + line.indexOf(text);
      start += line.length + 1;
      if (text !== '') readLine(text, span(source, at, at + text.length));
    }
  });
  // What is broken before anything happens has a schedule without turns.
  if (collector.diagnostics.length === 0 && turns.length === 0 && Object.keys(settings).length === 0)
    collector.add(errorAt('B0412', 'the schedule is empty', { span: span(source, 0, 0) }));
  throwIfErrors(collector.diagnostics);
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
