import { BARE } from '../bench/cases.js';
import { duration } from '../bench/clock.js';
import type { OwnResult } from '../bench/own.js';
import { COVER_LETTER, COVER_LETTER_SOURCE, COVER_LETTER_X86 } from '../bench/published.js';
import type { BenchResult } from '../bench/run.js';
import { type Palette, plain } from '../text/format.js';
import { padded, shownLine, widthOf } from '../text/shown.js';
import { ABOUT_SIGNS, aboutIntervals, comparedWith, figuresOf, percent, rowsOf } from './bench-figures.js';
import { formatTable, type Row } from './table.js';

/** Millions of triggers a second. */
const rate = (ns: number): number => 1000 / ns;

/** At most two digits after the point. */
const rounded = (n = 0): string => String(Math.round(n * 100) / 100);

function tableRows(result: BenchResult): Row[] {
  const isOwn = result.guards.includes(BARE);
  return result.rows.map((row, i) => {
    const { ns, spread, share, shareSpread, ratio, programs, programsSpread } = figuresOf(result, row);
    return {
      case: result.rows[i - 1]?.case === row.case ? '' : row.case,
      guard: row.guard,
      'M ops/s': rate(row.ns.median).toFixed(2),
      ns,
      '+-': spread,
      ...(isOwn && { 'programs ns': programs, '+-  ': programsSpread }),
      'guard ns': share,
      '+- ': shareSpread,
      'x generic': ratio,
      ...(isOwn && {
        runs: rounded(row.effect?.runs),
        misses: rounded(row.effect?.misses),
      }),
      insns: row.insns.toFixed(0),
    };
  });
}

const BAR_WIDTH = 40;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

function bar(part: number): string {
  const eighths = Math.round(part * BAR_WIDTH * 8);
  return '█'.repeat(eighths >> 3) + EIGHTHS[eighths & 7]!;
}

/** Bars of the times, all to one scale, and the interval of each. */
export function formatBars(result: BenchResult, palette: Palette = plain): string[] {
  const longest = Math.max(...result.rows.map((r) => r.ns.median));
  const width = Math.max(...result.guards.map(widthOf));
  const lines = result.cases.flatMap(({ name }) => [
    palette.bold(shownLine(name)),
    ...rowsOf(result, name).map((r) => {
      const { ns, low, high } = figuresOf(result, r);
      return `  ${padded(shownLine(r.guard), width)} ${bar(r.ns.median / longest)} ${ns} ns [${low}, ${high}]`;
    }),
  ]);
  return [...lines, palette.dim(`[]: ${aboutIntervals(result)}`)];
}

type Doubts = Pick<BenchResult, 'cases' | 'guards' | 'indistinct' | 'unsteady'>;

/** Which guards cannot be told apart, if any, and whether the machine was busy. */
export function doubtLines({ cases, guards: all, indistinct, unsteady }: Doubts): string[] {
  const guards = all.filter((g) => g !== BARE);
  const busy =
    unsteady === undefined
      ? []
      : [
          `the machine was busy: rounds of ${shownLine(unsteady.case)} under ${shownLine(unsteady.guard)} scatter by ${percent(unsteady.part)};`,
          '  what a guard costs beside other work on the same processor is not what it costs alone',
        ];
  const alike = cases.flatMap(({ name }) => {
    const pairs = indistinct.filter((p) => p.case === name);
    // Where no two can be told apart, one line says so for all.
    const said =
      pairs.length > 1 && pairs.length === (guards.length * (guards.length - 1)) / 2
        ? [guards]
        : pairs.map((p) => p.guards);
    return said.map(
      (some) =>
        `  ${shownLine(name)}: ${shownLine(`${some.slice(0, -1).join(', ')} and ${some.at(-1)}`)} cannot be told apart`,
    );
  });
  return [...busy, ...(alike.length === 0 ? [] : ['too noisy, or too alike, in this run:', ...alike])];
}

/** Below what nothing is said of a difference, and why. */
function floorLines({ floor, guards }: BenchResult): string[] {
  if (guards.length < 2) return [];
  const { part, cases, clock } = floor;
  const lines = cases.map(
    (f) =>
      `  ${shownLine(f.case)}: guards differ by ${f.ns.toFixed(2)} ns, ${percent(f.part)}, and it does not use them`,
  );
  return [
    `noise floor: ${percent(part)}${cases.length === 0 ? ', as no case was run that does not use the guard' : ''}`,
    ...lines,
    `  the clock: its step is ${duration(clock.step / 1e6)}, ${percent(clock.part)} of what is timed at once`,
  ];
}

function publishedRows(result: BenchResult): Row[] {
  return COVER_LETTER.map((p) => {
    const { before, after, letter, here } = comparedWith(result, p);
    return { case: p.case, 'before M/s': before, 'after M/s': after, letter, here };
  });
}

/** What was measured and how: table, bars and doubts. `what` is a trigger, or a call. */
function formatFigures(result: BenchResult, what: string, palette: Palette): string[] {
  const { rounds, time } = result.schedule;
  const perRound = `${rounds} rounds of ${time.toFixed(0)} ms`;
  return [
    `engine ${result.engine}, kernel ${result.kernel}, ${perRound} for each ${what === 'trigger' ? 'case' : what} and guard, statistics off`,
    '',
    formatTable(tableRows(result), palette.bold),
    palette.dim(
      `ns: one ${what}, median of the rounds, +- half the distance of the quarters; guard ns: what none is faster`,
    ),
    palette.dim(ABOUT_SIGNS),
    '',
    ...formatBars(result, palette),
    '',
    ...doubtLines(result),
    ...floorLines(result),
  ];
}

/** The whole result as text. */
export function formatBench(result: BenchResult, palette: Palette = plain): string {
  return [
    ...formatFigures(result, 'trigger', palette),
    '',
    palette.bold(`for comparison, real kernels, generic before and arm64 after:`),
    formatTable(publishedRows(result), palette.bold),
    palette.dim(COVER_LETTER_SOURCE),
    palette.dim(`${COVER_LETTER_X86}; programs/bench/README.md says why this host differs from both`),
  ].join('\n');
}

/** What calls of a user's lab cost, as text. */
export function formatOwnBench(result: OwnResult, palette: Palette = plain): string {
  return [
    ...formatFigures(result, 'call', palette),
    palette.dim('programs ns: what the call takes longer than with no program attached'),
    ...leftOutLines(result.leftOut),
  ].join('\n');
}

function leftOutLines(leftOut: OwnResult['leftOut']): string[] {
  if (leftOut.length === 0) return [];
  const lines = leftOut.map(
    ({ what, guard, why }) =>
      `  ${shownLine(what)}${guard === undefined ? '' : ` under ${shownLine(guard)}`}: ${shownLine(why)}`,
  );
  return ['', 'not measured:', ...lines];
}

/** The same as JSON. */
export const ownBenchToJson = (result: OwnResult): object => ({
  ...figuresToJson(result),
  left_out: result.leftOut.map(({ what, guard, why }) => ({
    what,
    guard: guard ?? null,
    why,
  })),
});

export const benchToJson = (result: BenchResult): object => ({
  ...figuresToJson(result),
  published: { source: COVER_LETTER_SOURCE, note: COVER_LETTER_X86, m_ops_per_s: COVER_LETTER },
});

function figuresToJson(result: BenchResult): object {
  return {
    engine: result.engine,
    kernel: result.kernel,
    guards: result.guards,
    rounds: result.schedule.rounds,
    round_ms: result.schedule.time,
    rows: result.rows.map((row) => ({
      case: row.case,
      guard: row.guard,
      uses_guard: figuresOf(result, row).usesGuard,
      m_ops_per_s: rate(row.ns.median),
      ns: row.ns,
      ns_interval: row.interval,
      guard_ns: row.share ?? null,
      ratio_to_generic: row.ratio ?? null,
      programs_ns: row.programs?.ns ?? null,
      runs: row.effect?.runs ?? null,
      misses: row.effect?.misses ?? null,
      insns: row.insns,
    })),
    noise_floor: {
      part: result.floor.part,
      cases: result.floor.cases,
      clock: { step_ns: result.floor.clock.step, part: result.floor.clock.part },
    },
    indistinct: result.indistinct,
    unsteady: result.unsteady ?? null,
  };
}
