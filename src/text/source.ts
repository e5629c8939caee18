import { shownLine } from './shown.js';

/** A text that was read from somewhere: the thing every position points into. */
export interface Source {
  /** How the user knows it: a path as typed, or `<stdin>`. */
  readonly name: string;
  readonly text: string;
  /**
   * The real number, from 1, of each line of `text`, ascending: where only some lines of a file are known, as from the
   * line information of an object. Absent: the text is the whole file.
   */
  readonly lineNumbers?: readonly number[];
  /** Nobody wrote this text: it is what a bad statement was taken for. */
  readonly isGuess?: boolean;
}

/** A half-open range of UTF-16 offsets in one source. */
export interface Span {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

/** Line and column as an editor counts them: from 1, the column in code points. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export function span(source: Source, start: number, end: number): Span {
  return { source, start, end: Math.max(start, end) };
}

/** The smallest span that covers both; both must be of the same source. */
export function cover(a: Span, b: Span): Span {
  return span(a.source, Math.min(a.start, b.start), Math.max(a.end, b.end));
}

const NEWLINE = 10;
const lineStarts = new WeakMap<Source, readonly number[]>();

/** Offsets at which lines begin; computed once a source, when first asked for. */
function startsOf(source: Source): readonly number[] {
  const known = lineStarts.get(source);
  if (known !== undefined) return known;
  const { text } = source;
  const starts = [0];
  // Not by indexOf: where this is inlined twice, V8 takes its first search, through a whole line, out of the branch above.
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) === NEWLINE) starts.push(at + 1);
  lineStarts.set(source, starts);
  return starts;
}

/** Index of the line (from 0) that holds `offset`. */
function lineIndex(source: Source, offset: number): number {
  const starts = startsOf(source);
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The last column counted in a source: places asked for in order, even on one long line, are counted once. */
const counted = new WeakMap<
  Source,
  { readonly offset: number; readonly line: number; readonly column: number }
>();

function codePoints(text: string, from: number, to: number): number {
  let n = to - from;
  for (let i = from; i + 1 < to; i += 1) {
    if ((text.charCodeAt(i) & 0xfc00) === 0xd800 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) n -= 1;
  }
  return n;
}

export function placeOf(source: Source, offset: number): Place {
  const line = lineIndex(source, offset);
  const start = startsOf(source)[line] ?? 0;
  const last = counted.get(source);
  const goesOn = last !== undefined && last.line === line && last.offset <= offset;
  const before = goesOn ? last.column : 0;
  const column = before + codePoints(source.text, goesOn ? last.offset : start, offset);
  counted.set(source, { offset, line, column });
  return { line: source.lineNumbers?.[line] ?? line + 1, column: column + 1 };
}

/** The line that holds `offset`, without its line end, and where it starts. */
export function lineAround(
  source: Source,
  offset: number,
): { readonly text: string; readonly start: number } {
  const starts = startsOf(source);
  const line = lineIndex(source, offset);
  const start = starts[line] ?? 0;
  const next = starts[line + 1];
  const text = source.text.slice(start, next === undefined ? source.text.length : next - 1);
  return { text: text.endsWith('\r') ? text.slice(0, -1) : text, start };
}

/** `file:line:column`, the form editors and terminals turn into a link. */
export function formatPlace(at: Span): string {
  const { line, column } = placeOf(at.source, at.start);
  return `${shownLine(at.source.name)}:${line}:${column}`;
}

/** Where a span begins, in short: its file without the folder, and the line. */
export function formatLine({ source, start }: Span): string {
  return `${shownLine(source.name.replace(/^.*\//s, ''))}:${placeOf(source, start).line}`;
}
