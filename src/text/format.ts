import type { Diagnostic, Severity } from './diagnostic.js';
import { lineAround, placeOf } from './source.js';

/** Paints a piece of text; `plain` leaves it as it is. */
export interface Palette {
  readonly error: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly note: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
}

const same = (text: string): string => text;
export const plain: Palette = { error: same, warning: same, note: same, bold: same, dim: same };

const TAB = '    ';
/** Longest piece of a source line that is shown; a longer one is cut round the caret. */
const SHOWN = 160;

function paint(severity: Severity, palette: Palette): (text: string) => string {
  return palette[severity];
}

/** The source line with a caret line under it, cut to what fits. */
function excerpt(d: Diagnostic, palette: Palette): string[] {
  if (d.span === undefined) return [];
  const { source, start, end } = d.span;
  const { line, column } = placeOf(source, start);
  const around = lineAround(source, start);
  const before = start - around.start;
  const from = before > SHOWN - 40 ? before - 40 : 0;
  const shown = around.text.slice(from, from + SHOWN);
  const lead = from > 0 ? '…' : '';
  const tail = from + SHOWN < around.text.length ? '…' : '';
  const text = lead + shown.replaceAll('\t', TAB) + tail;
  const indent = lead.length + [...around.text.slice(from, before).replaceAll('\t', TAB)].length;
  const marked = around.text.slice(before, Math.min(end - around.start, from + SHOWN)).replaceAll('\t', TAB);
  const caret = ' '.repeat(indent) + '^'.repeat(Math.max(1, [...marked].length));
  const number = String(line);
  const gutter = ' '.repeat(number.length);
  return [
    `${gutter}${palette.note('-->')} ${source.name}:${line}:${column}`,
    `${gutter} ${palette.note('|')}`,
    `${palette.note(`${number} |`)} ${printable(text)}`,
    `${gutter} ${palette.note('|')} ${paint(d.severity, palette)(caret)}`,
  ];
}

/** Control characters shown as their pictures, so that hostile input cannot steer a terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (c) => {
    if (c === '\t') return c;
    const code = c.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : '\ufffd';
  });
}

/** One diagnostic as text: title, place, line with caret, what was expected, what to write instead. */
export function formatDiagnostic(d: Diagnostic, palette: Palette = plain): string {
  const title = `${paint(d.severity, palette)(`${d.severity}[${d.code}]`)}${palette.bold(`: ${printable(d.message)}`)}`;
  const lines = [title, ...excerpt(d, palette)];
  const pad =
    d.span === undefined ? '' : ' '.repeat(String(placeOf(d.span.source, d.span.start).line).length);
  if (d.expected !== undefined) lines.push(`${pad} ${palette.note('=')} expected: ${printable(d.expected)}`);
  if (d.help !== undefined) lines.push(`${pad} ${palette.note('=')} help: ${printable(d.help)}`);
  for (const note of d.notes ?? []) lines.push(`${pad} ${palette.note('=')} note: ${printable(note)}`);
  return lines.join('\n');
}

export function formatDiagnostics(all: readonly Diagnostic[], palette: Palette = plain): string {
  return all.map((d) => `${formatDiagnostic(d, palette)}\n`).join('\n');
}
