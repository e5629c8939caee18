import type { Diagnostic } from './diagnostic.js';
import { type Palette, plain } from './paint.js';
import { boundary, quoted, shownLine, widthOf } from './shown.js';
import { lineAround, placeOf } from './source.js';

export { type Palette, plain } from './paint.js';

/** Longest piece of a source line that is shown; a longer one is cut round the caret. */
const SHOWN = 160;

/** The source line with a caret line under it, cut to what fits. */
function excerpt(d: Diagnostic, palette: Palette): string[] {
  if (d.span === undefined) return [];
  const { source, start, end } = d.span;
  const { line, column } = placeOf(source, start);
  const { text, start: lineStart } = lineAround(source, start);
  const from = start - lineStart;
  const first = from > SHOWN - 40 ? boundary(text, from - 40) : 0;
  const last = boundary(text, first + SHOWN);
  const to = Math.max(from, Math.min(end - lineStart, last));
  const before = (first > 0 ? '…' : '') + quoted(text.slice(first, from));
  const marked = quoted(text.slice(from, to));
  const after = quoted(text.slice(to, last)) + (last < text.length ? '…' : '');
  const caret = ' '.repeat(widthOf(before)) + '^'.repeat(Math.max(1, widthOf(marked)));
  const number = String(line);
  const gutter = ' '.repeat(number.length);
  return [
    `${gutter}${palette.note('-->')} ${shownLine(source.name)}:${line}:${column}`,
    `${gutter} ${palette.note('|')}`,
    `${palette.note(`${number} |`)} ${before}${marked}${after}`,
    `${gutter} ${palette.note('|')} ${palette[d.severity](caret)}`,
  ];
}

/** One diagnostic as text: title, place, line with caret, what was expected, what to write instead. */
export function formatDiagnostic(d: Diagnostic, palette: Palette = plain): string {
  const title = `${palette[d.severity](`${d.severity}[${d.code}]`)}${palette.bold(`: ${shownLine(d.message)}`)}`;
  const lines = [title, ...excerpt(d, palette)];
  const pad =
    d.span === undefined ? '' : ' '.repeat(String(placeOf(d.span.source, d.span.start).line).length);
  if (d.expected !== undefined) lines.push(`${pad} ${palette.note('=')} expected: ${shownLine(d.expected)}`);
  if (d.help !== undefined) lines.push(`${pad} ${palette.note('=')} help: ${shownLine(d.help)}`);
  for (const note of d.notes ?? []) lines.push(`${pad} ${palette.note('=')} note: ${shownLine(note)}`);
  return lines.join('\n');
}

export function formatDiagnostics(all: readonly Diagnostic[], palette: Palette = plain): string {
  return all.map((d) => `${formatDiagnostic(d, palette)}\n`).join('\n');
}
