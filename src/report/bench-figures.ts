import { BARE, BASELINE, NO_GUARD } from '../bench/cases.js';
import { COVER_LETTER, type Published } from '../bench/published.js';
import type { BenchResult, BenchRow } from '../bench/run.js';
import { CONFIDENCE, type Estimate } from '../bench/statistics.js';
import { plural } from '../text/numbers.js';

/** Figures of a benchmark, worded once for table, text and chart. */

/** Where guards cannot be told apart, and where there is nothing to compare. */
export const ALIKE = '~';
const NOTHING = '-';

/** The guard whose figure is called the change, against `generic`. */
const OPTIMISED = 'arm64';

export const percent = (part: number, digits = 1): string => `${(part * 100).toFixed(digits)} %`;
const signedPercent = (part: number): string => `${part < 0 ? '' : '+'}${percent(part)}`;

export const rowsOf = (result: BenchResult, name: string): readonly BenchRow[] =>
  result.rows.filter((r) => r.case === name);

const usesGuard = (result: BenchResult, row: BenchRow): boolean =>
  row.guard !== BARE && result.cases.some((c) => c.name === row.case && c.usesGuard);

/** A figure that rests on a difference between guards. */
function figure(result: BenchResult, row: BenchRow, found: Estimate | undefined, digits: number): string {
  if (!usesGuard(result, row)) return NOTHING;
  return found === undefined ? ALIKE : found.median.toFixed(digits);
}

export interface Figures {
  /** Of one trigger. */
  readonly ns: string;
  readonly spread: string;
  readonly low: string;
  readonly high: string;
  /** What the guard itself costs in nanoseconds, and how far that scatters; the latter is empty where it is not known. */
  readonly share: string;
  readonly shareSpread: string;
  /** How many times as long as under `generic`. */
  readonly ratio: string;
  readonly usesGuard: boolean;
  /** What the programs add to the call without them. */
  readonly programs: string;
  readonly programsSpread: string;
}

export const figuresOf = (result: BenchResult, row: BenchRow): Figures => ({
  ns: row.ns.median.toFixed(2),
  spread: row.ns.spread.toFixed(2),
  low: row.interval.low.toFixed(2),
  high: row.interval.high.toFixed(2),
  share: figure(result, row, row.share, 2),
  shareSpread: row.share?.spread.toFixed(2) ?? '',
  ratio: figure(result, row, row.ratio, 3),
  usesGuard: usesGuard(result, row),
  programs: row.programs === undefined ? NOTHING : (row.programs.ns?.median.toFixed(2) ?? ALIKE),
  programsSpread: row.programs?.ns?.spread.toFixed(2) ?? '',
});

/** What the interval beside a time is. */
export function aboutIntervals({ rows, schedule }: Pick<BenchResult, 'rows' | 'schedule'>): string {
  const confidence = Math.min(...rows.map((r) => r.interval.confidence));
  const held = `the median with ${percent(confidence, 0)} confidence`;
  return confidence >= CONFIDENCE
    ? `where ${held} lies, by ${plural(schedule.rounds, 'round')}`
    : `all of ${plural(schedule.rounds, 'round')}, which hold ${held} only`;
}

/** What each sign in place of a figure means. */
export const ABOUT_SIGNS = `${ALIKE}: cannot be told apart from ${NO_GUARD} or ${BASELINE} in this run; ${NOTHING}: the guard is not in what is timed`;

/** How much faster `arm64` is than `generic`, by the column that says how many times as long it takes. */
function gain(result: BenchResult, name: string): string {
  const row = rowsOf(result, name).find((r) => r.guard === OPTIMISED);
  if (row === undefined || !usesGuard(result, row)) return NOTHING;
  return row.ratio === undefined ? ALIKE : signedPercent(1 / row.ratio.median - 1);
}

/** What the cover letter says of a case, and what this run does. */
export interface Compared {
  readonly before: string;
  readonly after: string;
  readonly letter: string;
  readonly here: string;
}

export const comparedWith = (result: BenchResult, { case: name, before, after }: Published): Compared => ({
  before: before.toFixed(2),
  after: after.toFixed(2),
  letter: signedPercent(after / before - 1),
  here: gain(result, name),
});

/** Undefined of a case that the letter does not have. */
export function comparison(result: BenchResult, name: string): Compared | undefined {
  const published = COVER_LETTER.find((p) => p.case === name);
  return published && comparedWith(result, published);
}
