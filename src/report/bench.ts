import { BASELINE, type BenchCase } from '../lab/bench/cases.js';
import { COVER_LETTER, COVER_LETTER_SOURCE, COVER_LETTER_X86 } from '../lab/bench/published.js';
import { type BenchResult, type BenchRow, floorPart } from '../lab/bench/run.js';
import { type Palette, plain } from '../text/format.js';
import { formatTable, type Row } from './table.js';

/** Millions of triggers a second. */
const rate = (ns: number): number => 1000 / ns;
const percent = (part: number, digits = 1): string => `${(part * 100).toFixed(digits)} %`;
const signedPercent = (part: number): string => `${part < 0 ? '' : '+'}${percent(part)}`;

const rowsOf = (result: BenchResult, name: string): readonly BenchRow[] =>
  result.rows.filter((r) => r.case === name);

const usesGuard = (result: BenchResult, row: BenchRow): boolean =>
  result.cases.some((c) => c.name === row.case && c.usesGuard);

/** The guard whose figure is called the change, against `generic`. */
const OPTIMISED = 'arm64';

function tableRows(result: BenchResult): Row[] {
  return result.rows.map((row, i) => {
    const guarded = usesGuard(result, row);
    return {
      case: result.rows[i - 1]?.case === row.case ? '' : row.case,
      guard: row.guard,
      'M ops/s': rate(row.ns.median).toFixed(2),
      ns: row.ns.median.toFixed(2),
      '+-': row.ns.spread.toFixed(2),
      'guard ns': guarded ? row.share.median.toFixed(2) : '-',
      '+- ': guarded ? row.share.spread.toFixed(2) : '',
      'x generic': row.ratio.median.toFixed(3),
      insns: row.insns.toFixed(0),
    };
  });
}

const BAR_WIDTH = 48;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

function bar(part: number): string {
  const eighths = Math.round(part * BAR_WIDTH * 8);
  return '█'.repeat(eighths >> 3) + EIGHTHS[eighths & 7]!;
}

/** Bars of the times, all to one scale. */
export function formatBars(result: BenchResult, palette: Palette = plain): string[] {
  const longest = Math.max(...result.rows.map((r) => r.ns.median));
  const width = Math.max(...result.guards.map((g) => g.length));
  return result.cases.flatMap(({ name }) => [
    palette.bold(name),
    ...rowsOf(result, name).map(
      (r) => `  ${r.guard.padEnd(width)} ${bar(r.ns.median / longest)} ${r.ns.median.toFixed(2)} ns`,
    ),
  ]);
}

/** What the run itself says about how far it can be believed. */
function noiseLines(result: BenchResult): string[] {
  const { floor, indistinct, unsteady } = result;
  if (result.guards.length < 2) return [];
  const lines = floor.map(
    (f) =>
      `  ${f.case}: guards differ by ${f.ns.toFixed(2)} ns, ${percent(f.part)}, and it does not use them`,
  );
  const head =
    floor.length === 0
      ? 'noise floor: none measured, as no case was run that does not use the guard'
      : `noise floor: ${percent(floorPart(floor))}`;
  const undecided = indistinct.map(
    ({ case: name, guards: [a, b] }) => `  ${name}: ${a} and ${b} cannot be told apart`,
  );
  const busy =
    unsteady === undefined
      ? []
      : [
          `the machine was busy: rounds of ${unsteady.case} under ${unsteady.guard} scatter by ${percent(unsteady.part)};`,
          '  what a guard costs beside other work on the same processor is not what it costs alone',
        ];
  return [
    ...busy,
    head,
    ...lines,
    ...(undecided.length === 0 ? [] : ['too noisy, or too alike, in this run:', ...undecided]),
  ];
}

/** How much faster `arm64` was than `generic`, as a fraction. */
function gain(result: BenchResult, bench: BenchCase): number | undefined {
  const of = (guard: string): number | undefined =>
    rowsOf(result, bench.name).find((r) => r.guard === guard)?.ns.median;
  const [before, after] = [of(BASELINE), of(OPTIMISED)];
  return before === undefined || after === undefined ? undefined : before / after - 1;
}

function publishedRows(result: BenchResult): Row[] {
  return COVER_LETTER.map((p) => {
    const bench = result.cases.find((c) => c.name === p.case);
    const here = bench === undefined ? undefined : gain(result, bench);
    return {
      case: p.case,
      'before M/s': p.before.toFixed(2),
      'after M/s': p.after.toFixed(2),
      letter: signedPercent(p.after / p.before - 1),
      here: here === undefined ? '-' : signedPercent(here),
    };
  });
}

/** The whole result as text. */
export function formatBench(result: BenchResult, palette: Palette = plain): string {
  const { rounds, time } = result.schedule;
  const perRound = `${rounds} rounds of ${time.toFixed(0)} ms`;
  return [
    `engine ${result.engine}, kernel ${result.kernel}, ${perRound} for each case and guard, statistics off`,
    '',
    formatTable(tableRows(result), palette.bold),
    palette.dim(
      'ns: one trigger, median of the rounds, +- half the distance of the quarters; guard ns: what none is faster',
    ),
    '',
    ...formatBars(result, palette),
    '',
    ...noiseLines(result),
    '',
    palette.bold(`for comparison, real kernels, generic before and arm64 after:`),
    formatTable(publishedRows(result), palette.bold),
    palette.dim(COVER_LETTER_SOURCE),
    palette.dim(`${COVER_LETTER_X86}; README says why this host differs from both`),
  ].join('\n');
}

export function benchToJson(result: BenchResult): object {
  return {
    engine: result.engine,
    kernel: result.kernel,
    guards: result.guards,
    rounds: result.schedule.rounds,
    round_ms: result.schedule.time,
    rows: result.rows.map((row) => ({
      case: row.case,
      guard: row.guard,
      uses_guard: usesGuard(result, row),
      m_ops_per_s: rate(row.ns.median),
      ns: row.ns,
      guard_ns: row.share,
      ratio_to_generic: row.ratio,
      insns: row.insns,
    })),
    noise_floor: { part: floorPart(result.floor), cases: result.floor },
    indistinct: result.indistinct,
    unsteady: result.unsteady,
    published: { source: COVER_LETTER_SOURCE, note: COVER_LETTER_X86, m_ops_per_s: COVER_LETTER },
  };
}
