import { shownLine, widthOf } from '../text/shown.js';

/** A line of a table: what is in which column. */
export type Row = Readonly<Record<string, string | number>>;

/** Rows as aligned columns without borders. */
export function formatTable(rows: readonly Row[], paintHead: (text: string) => string): string {
  const [first] = rows;
  if (first === undefined) return '';
  const columns = Object.keys(first).map((name) => {
    const cells = [name, ...rows.map((r) => String(r[name] ?? ''))].map(shownLine);
    const width = Math.max(...cells.map(widthOf));
    const isNumber = rows.every((r) => typeof r[name] === 'number');
    return cells.map((text) => {
      const blanks = ' '.repeat(width - widthOf(text));
      return isNumber ? blanks + text : text + blanks;
    });
  });
  const lineOf = (row: number): string =>
    columns
      .map((cells) => cells[row]!)
      .join('  ')
      .trimEnd();
  // Painted last: what paints has no width.
  return [paintHead(lineOf(0)), ...rows.map((_, i) => lineOf(i + 1))].join('\n');
}
