import { BASELINE } from '../bench/cases.js';
import { COVER_LETTER_SOURCE } from '../bench/published.js';
import type { BenchResult, BenchRow } from '../bench/run.js';
import { shownLine, widthOf } from '../text/shown.js';
import {
  ABOUT_SIGNS,
  ALIKE,
  aboutIntervals,
  comparison,
  type Figures,
  figuresOf,
  rowsOf,
} from './bench-figures.js';

const COLOURS = ['#4c78a8', '#f58518', '#54a24b', '#b279a2', '#e45756', '#72b7b2', '#9d755d'] as const;
/** The longest bar: at most so long, and at least where there is little room. */
const [MOST_PLOT, LEAST_PLOT] = [370, 120];
/** Room for the figures after the longest bar. */
const RIGHT = 110;
/** From one bar to the next, its own height, and from the top to where its two lines of figures are. */
const PITCH = 23;
const BAR = 17;
const LINES = [8, 17] as const;
const HEAD = 20;
const GAP = 12;
const TOP = 40;
/** Columns that a guard's name may take, and pixels of one. */
const MOST_COLUMNS = 24;
const COLUMN = 6.5;

const escapeXml = (text: string): string =>
  shownLine(text).replace(
    /[&<>"]/g,
    (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c,
  );

/** 1, 2 or 5 times a power of ten: about five steps to the end. */
function stepFor(longest: number): number {
  const rough = longest / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5].find((m) => m * power >= rough) ?? 10);
}

const text = (x: number, y: number, what: string, more = ''): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}"${more}>${escapeXml(what)}</text>`;

const line = (x1: number, y1: number, x2: number, y2: number, colour: string): string =>
  `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" stroke="${colour}"/>`;

/** A name at most so wide that its bar still has room. */
function shortened(name: string): string {
  const chars = [...shownLine(name)];
  while (widthOf(chars.join('')) > MOST_COLUMNS) chars.splice(-2, 2, '…');
  return chars.join('');
}

const END = ' text-anchor="end"';
const BOLD = ' font-weight="bold"';
const SMALL = ' font-size="9.5"';
const QUIET = ' fill="#555555"';

/** Pixels of a small character, about. */
const SMALL_COLUMN = 5.1;

/** Lines that are at most so many pixels wide, in small characters. */
function wrapped(what: string, pixels: number): string[] {
  const lines: string[] = [];
  for (const word of what.split(' ')) {
    const longer = `${lines.at(-1) ?? ''} ${word}`;
    if (lines.length === 0 || longer.length * SMALL_COLUMN > pixels) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

/** Whether a row cannot be told apart from that of `generic`. */
const isAlike = (row: BenchRow, { ratio }: Figures): boolean => row.guard !== BASELINE && ratio === ALIKE;

const guardText = ({ share, shareSpread }: Figures): string =>
  `guard ${share}${shareSpread === '' ? '' : ` ± ${shareSpread}`}`;

/**
 * A plot of the times: by case a bar for each guard, with the interval in which its median lies, and what of it the guard
 * costs; beside the case, what the cover letter says of it. It is about `room` pixels wide where that is less than it needs
 * to be its best.
 */
export function benchToSvg(result: BenchResult, room = Infinity): string {
  const ends = result.rows.map((r) => Math.max(r.ns.median, r.interval.high));
  const left = 18 + COLUMN * Math.max(...result.guards.map((g) => widthOf(shortened(g))));
  const plot = Math.max(LEAST_PLOT, Math.min(MOST_PLOT, room - left - RIGHT));
  const width = left + plot + RIGHT;
  const step = stepFor(Math.max(...ends));
  const longest = Math.ceil(Math.max(...ends) / step) * step;
  const x = (ns: number): number => left + (ns / longest) * plot;
  const groupHeight = HEAD + result.guards.length * PITCH + GAP;
  const bottom = TOP + result.cases.length * groupHeight;
  const out: string[] = [];
  for (let ns = 0; ns <= longest + step / 2; ns += step) {
    out.push(line(x(ns), TOP, x(ns), bottom, '#dddddd'));
    out.push(text(x(ns), bottom + 14, String(Number(ns.toPrecision(6))), ' text-anchor="middle"'));
  }
  const drawBar = (row: BenchRow, y: number): void => {
    const figures = figuresOf(result, row);
    const { ns, low, high } = figures;
    const colour = COLOURS[result.guards.indexOf(row.guard) % COLOURS.length]!;
    const [from, to, middle] = [x(row.interval.low), x(row.interval.high), y + BAR / 2];
    const what = `${row.case}, ${row.guard}: ${ns} ns [${low}, ${high}]; ${guardText(figures)} ns`;
    const end = Math.max(to, x(row.ns.median)) + 6;
    out.push(
      text(left - 6, y + 13, shortened(row.guard), END),
      `<rect x="${left.toFixed(1)}" y="${y}" width="${(x(row.ns.median) - left).toFixed(1)}" height="${BAR}" fill="${colour}"><title>${escapeXml(what)}</title></rect>`,
      line(from, middle, to, middle, '#000000'),
      ...[from, to].map((at) => line(at, middle - 4, at, middle + 4, '#000000')),
      text(end, y + LINES[0], `${ns}${isAlike(row, figures) ? ` ${ALIKE}` : ''}`, ' font-size="10.5"'),
      text(end, y + LINES[1], guardText(figures), SMALL + QUIET),
    );
  };
  result.cases.forEach(({ name }, i) => {
    const y = TOP + i * groupHeight;
    out.push(text(8, y + 12, name, BOLD));
    const letter = comparison(result, name);
    if (letter !== undefined)
      out.push(
        text(
          width - 8,
          y + 12,
          `letter ${letter.letter} (${letter.before} to ${letter.after} M/s), here ${letter.here}`,
          END + SMALL,
        ),
      );
    rowsOf(result, name).forEach((row, j) => void drawBar(row, y + HEAD + j * PITCH));
  });
  const notes = [
    'figures: ns a trigger, and below what the guard costs of it, in ns',
    `the line through the end of a bar: ${aboutIntervals(result)}`,
    ABOUT_SIGNS,
    'letter: millions of triggers a second, generic before and arm64 after, in the',
    ...COVER_LETTER_SOURCE.split(': '),
  ].flatMap((note) => wrapped(note, width - 16));
  const height = bottom + 24 + notes.length * 13 + 8;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width.toFixed(0)}" height="${height}" viewBox="0 0 ${width.toFixed(0)} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    text(8, 20, `One trigger in ns; engine ${result.engine}, kernel ${result.kernel}`, BOLD),
    ...out,
    ...notes.map((note, i) => text(8, bottom + 34 + i * 13, note, SMALL + QUIET)),
    '</svg>',
    '',
  ].join('\n');
}
