import grammar, { type ScheduleActionDict } from '#grammar/schedule.ohm-bundle.js';
import type { AttachOrder } from '../kernel/attach/attach.js';
import { ATTACH_ORDER_FORM, attachOrderIn } from '../lab/attach-order.js';
import type { Node } from '../syntax/node.js';
import { type Language, Reading } from '../syntax/reading.js';
import type { Slip } from '../syntax/slips.js';
import { read, spanOf } from '../syntax/tree.js';
import { type Diagnostic, errorAt } from '../text/diagnostic.js';
import type { Findings } from '../text/findings.js';
import { clipped } from '../text/shown.js';
import { type Source, type Span, span } from '../text/source.js';
import type { Schedule, ScheduledTurn } from './schedule.js';

/** Most moves of one turn. */
const MOST_MOVES = 1e9;
/** Longest line: twice a path of which each character is written as an escape. */
const LONGEST_LINE = 0x10000;

/** A turn without its number of moves, which is what is forgotten most. */
function countless(text: string): Slip | undefined {
  if (grammar.match(`${text} 12`, 'Turn').failed()) return undefined;
  return {
    code: 'B0412',
    message: `\`${clipped(text, 60)}\` does not say for how many instructions`,
    help: `write \`${clipped(`${text} 12`, 60)}\` for a turn of 12 instructions`,
  };
}

/** How the lines of a schedule are written; N is the number of moves. */
const USAGES = [
  'task NAME N',
  'arrive NAME cpu C N',
  'interrupt cpu C N',
  'scenario "TITLE"',
  'guard NAME',
  'kernel NAME',
  'attach NAME=KIND/TARGET',
  'stats off',
  'strict_alignment',
] as const;

function usageOf(text: string): string {
  const known = USAGES.find((u) => /^\w+/.exec(u)?.[0] === /^\w+/.exec(text)?.[0]);
  return known === undefined ? `lines are ${USAGES.map((u) => `\`${u}\``).join(', ')}` : `write \`${known}\``;
}

const LANGUAGE: Language = { code: 'B0412', explain: countless, help: usageOf, longest: LONGEST_LINE };

/** What a line says: whose turn it is, or something about the schedule. */
type Line = { readonly turn: ScheduledTurn } | { readonly about: Partial<Omit<Schedule, 'turns'>> };
type Report = (d: Diagnostic) => void;

function movesOf(node: Node, report: Report): number {
  const n = Number(node.sourceString);
  if (n >= 1 && n <= MOST_MOVES) return n;
  const expected = `1 to ${MOST_MOVES}`;
  report(errorAt('B0405', `${node.sourceString} moves`, { span: spanOf(node), expected }));
  return 1;
}

/** A guard as it is written; one in quotes with the escapes of JSON. */
function guardOf(node: Node, report: Report): string {
  const written = node.sourceString;
  if (!written.startsWith('"')) return written;
  try {
    return String(JSON.parse(written));
  } catch {
    report(
      errorAt('B0412', 'a guard in quotes is a JSON string', {
        span: spanOf(node),
        help: 'write a backslash before a quote and before a backslash',
      }),
    );
    return written;
  }
}

/** What is in quotes, with the escapes of JSON; undefined for what is not a string of it. */
function unescaped(quoted: string): string | undefined {
  try {
    return String(JSON.parse(`"${quoted}"`));
  } catch {
    return undefined;
  }
}

function orderOf(node: Node, report: Report): readonly AttachOrder[] {
  const at = spanOf(node);
  const order = attachOrderIn(node.sourceString, at, unescaped);
  if (order !== undefined) return [order];
  report(errorAt('B0412', 'this is not a program to attach', { span: at, expected: ATTACH_ORDER_FORM }));
  return [];
}

/** The actions that read a line, all of which is at `at`. */
const lineReader = (at: Span, report: Report): ScheduleActionDict<Line> => ({
  Turn_task(_task, name, moves) {
    return { turn: { kind: 'task', name: name.sourceString, moves: movesOf(moves, report), span: at } };
  },
  Turn_arrive(_arrive, name, _cpu, cpu, moves) {
    const turn = { kind: 'arrive', name: name.sourceString, cpu: Number(cpu.sourceString) } as const;
    return { turn: { ...turn, moves: movesOf(moves, report), span: at } };
  },
  Turn_interrupt(_interrupt, _cpu, cpu, moves) {
    const turn = { kind: 'interrupt', cpu: Number(cpu.sourceString) } as const;
    return { turn: { ...turn, moves: movesOf(moves, report), span: at } };
  },
  About_scenario(_scenario, title) {
    return { about: { title: title.sourceString.slice(1, -1), spans: { scenario: at } } };
  },
  About_guard(_guard, name) {
    return { about: { guard: guardOf(name, report), spans: { guard: at } } };
  },
  About_kernel(_kernel, name) {
    return { about: { kernel: name.sourceString, spans: { kernel: at } } };
  },
  About_attach(_attach, order) {
    return { about: { attach: orderOf(order, report) } };
  },
  About_stats(_stats, _off) {
    return { about: { stats: false } };
  },
  About_strict(_) {
    return { about: { strictAlignment: true } };
  },
});

/** A line without its comment, which two slashes in quotes do not begin. */
const withoutComment = (line: string): string =>
  /^(?:"[^"]*"|"(?![^"]*")|\/(?!\/)|[^"/])*/.exec(line)?.[0].trim() ?? '';

function* linesOf(source: Source): Generator<{ readonly text: string; readonly span: Span }> {
  let start = 0;
  for (const line of source.text.split('\n')) {
    const text = withoutComment(line);
    const at = start + line.indexOf(text);
    start += line.length + 1;
    if (text !== '') yield { text, span: span(source, at, at + text.length) };
  }
}

/** Reads a schedule. Throws `InputError` with the first `maxErrors` of what is wrong in it. */
export function parseSchedule(source: Source, maxErrors?: number): Schedule {
  const { schedule, findings } = readScheduleAsFar(source, maxErrors);
  findings.orThrow();
  return schedule;
}

/** Reads a schedule as far as it can be read, with what is wrong in it, so that the rest can be looked at as well. */
export function readScheduleAsFar(
  source: Source,
  maxErrors?: number,
): { readonly schedule: Schedule; readonly findings: Findings } {
  const reading = new Reading(maxErrors);
  const { findings } = reading;
  const report: Report = (d) => findings.add(d);
  const turns: ScheduledTurn[] = [];
  // Long schedules let the same threads go on again and again, by a move or two.
  const known = new Map<string, ScheduledTurn>();
  let about: Omit<Schedule, 'turns'> = { title: undefined, guard: undefined, kernel: undefined, spans: {} };
  findings.stage(() => {
    for (const line of linesOf(source)) {
      const again = known.get(line.text);
      if (again !== undefined) {
        turns.push({ ...again, span: line.span });
        continue;
      }
      const before = findings.errors;
      const tree = reading.match(grammar, 'ScheduleLine', line, LANGUAGE);
      if (tree === undefined) continue;
      const said = read(lineReader(line.span, report), tree);
      if ('turn' in said) {
        turns.push(said.turn);
        // What is wrong with a line is said of each that is the same.
        if (findings.errors === before) known.set(line.text, said.turn);
      } else {
        const attach = [...(about.attach ?? []), ...(said.about.attach ?? [])];
        const spans = { ...about.spans, ...said.about.spans };
        about = { ...about, ...said.about, spans, ...(attach.length > 0 && { attach }) };
      }
    }
  });
  const isEmpty =
    turns.length === 0 && [about.title, about.guard, about.kernel].every((s) => s === undefined);
  // What is broken before anything happens has a schedule without turns.
  if (findings.errors === 0 && isEmpty)
    findings.add(
      errorAt('B0412', 'the schedule is empty', {
        span: span(source, 0, 0),
        help: '`tinybpf explore --schedules DIR` writes one for each counterexample',
      }),
    );
  return { schedule: { ...about, turns }, findings };
}
