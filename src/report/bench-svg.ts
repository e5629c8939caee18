import { BASELINE } from '../bench/cases.js';
import type { BenchResult, BenchRow } from '../bench/run.js';
import { shownLine } from '../text/shown.js';
import { ALIKE } from './bench.js';

const COLOURS = ['#4c78a8', '#f58518', '#54a24b', '#b279a2', '#e45756', '#72b7b2', '#9d755d'] as const;
const LEFT = 130;
const RIGHT = 90;
const PLOT = 560;
const BAR = 14;
const GAP = 16;
const TOP = 64;

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

/** Whether a row cannot be told apart from that of `generic`. */
const isAlike = ({ indistinct }: BenchResult, row: BenchRow): boolean =>
  indistinct.some(
    ({ case: name, guards }) =>
      name === row.case && row.guard !== BASELINE && guards.includes(row.guard) && guards.includes(BASELINE),
  );

/** A plot of the times, a bar for each case and guard, its spread as a whisker. */
export function benchToSvg(result: BenchResult): string {
  const ends = result.rows.map((r) => r.ns.median + r.ns.spread);
  const step = stepFor(Math.max(...ends));
  const longest = Math.ceil(Math.max(...ends) / step) * step;
  const x = (ns: number): number => LEFT + (ns / longest) * PLOT;
  const groupHeight = result.guards.length * BAR + GAP;
  const bottom = TOP + result.cases.length * groupHeight;
  const out: string[] = [];
  const colourOf = (guard: string): string => COLOURS[result.guards.indexOf(guard) % COLOURS.length]!;
  for (let ns = 0; ns <= longest + step / 2; ns += step) {
    out.push(line(x(ns), TOP - 8, x(ns), bottom, '#dddddd'));
    out.push(text(x(ns), bottom + 16, String(Number(ns.toPrecision(6))), ' text-anchor="middle"'));
  }
  const drawBar = (row: BenchRow, y: number): void => {
    const end = x(row.ns.median);
    const middle = y + (BAR - 2) / 2;
    out.push(
      `<rect x="${LEFT}" y="${y}" width="${(end - LEFT).toFixed(1)}" height="${BAR - 2}" fill="${colourOf(row.guard)}"><title>${escapeXml(`${row.case}, ${row.guard}: ${row.ns.median.toFixed(2)} ± ${row.ns.spread.toFixed(2)} ns`)}</title></rect>`,
      line(
        x(Math.max(0, row.ns.median - row.ns.spread)),
        middle,
        x(row.ns.median + row.ns.spread),
        middle,
        '#000000',
      ),
      text(
        x(row.ns.median + row.ns.spread) + 5,
        y + BAR - 4,
        `${row.ns.median.toFixed(2)}${isAlike(result, row) ? ` ${ALIKE}` : ''}`,
        ' font-size="10"',
      ),
    );
  };
  result.cases.forEach(({ name }, i) => {
    const y = TOP + i * groupHeight;
    out.push(text(LEFT - 8, y + (result.guards.length * BAR) / 2 + 4, name, ' text-anchor="end"'));
    result.rows.filter((r) => r.case === name).forEach((row, j) => void drawBar(row, y + j * BAR));
  });
  let legend = LEFT;
  for (const guard of result.guards) {
    out.push(`<rect x="${legend}" y="32" width="10" height="10" fill="${colourOf(guard)}"/>`);
    out.push(text(legend + 14, 41, guard));
    legend += 34 + guard.length * 7;
  }
  const width = LEFT + PLOT + RIGHT;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${bottom + 44}" viewBox="0 0 ${width} ${bottom + 44}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    text(
      LEFT,
      20,
      `One trigger in ns; engine ${result.engine}, kernel ${result.kernel}`,
      ' font-weight="bold"',
    ),
    ...out,
    text(LEFT + PLOT / 2, bottom + 36, 'ns a trigger', ' text-anchor="middle"'),
    ...(result.rows.some((row) => isAlike(result, row))
      ? [
          text(
            LEFT + PLOT + RIGHT - 8,
            bottom + 36,
            `${ALIKE} cannot be told apart from ${BASELINE}`,
            ' text-anchor="end" font-size="10"',
          ),
        ]
      : []),
    '</svg>',
    '',
  ].join('\n');
}
