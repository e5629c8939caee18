import Table from 'cli-table3';
import { shownLine } from '../text/shown.js';

/** A line of a table: what is in which column. */
export type Row = Readonly<Record<string, string | number>>;

const NO_BORDER = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Rows as aligned columns without borders. */
export function formatTable(rows: readonly Row[], paintHead: (text: string) => string): string {
  const [first] = rows;
  if (first === undefined) return '';
  const columns = Object.keys(first);
  const isNumber = (c: string): boolean => rows.every((r) => typeof r[c] === 'number');
  const table = new Table({
    head: columns.map(shownLine),
    chars: NO_BORDER,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: columns.map((c) => (isNumber(c) ? 'right' : 'left')),
  });
  for (const row of rows) table.push(columns.map((c) => shownLine(String(row[c] ?? ''))));
  const [head = '', ...lines] = table
    .toString()
    .replace(/[ \t]+$/gm, '')
    .split('\n');
  // Painted last: the table would take what paints for text that has a width.
  return [paintHead(head), ...lines].join('\n');
}
