import { type Diagnostic, errorAt } from '../text/diagnostic.js';
import { type Span, span } from '../text/source.js';
import type { Expr, Line } from './ast.js';
import { toExpr } from './expressions.js';
import { LINE } from './instructions.js';
import { readListingLine } from './listing.js';
import { explainSlip, type Slip } from './slips.js';
import type { Statement } from './split.js';
import { bpfGrammar, read, treeOf } from './tree.js';

/** Longest statement that is looked at; the longest sensible one is far shorter. */
export const LONGEST_STATEMENT = 4096;
/** Deepest nesting of parentheses or signs in one expression. */
const DEEPEST = 64;

export interface Parsed<T> {
  readonly value?: T;
  readonly diagnostics: readonly Diagnostic[];
}

/** Refuses what would cost more to match than any real statement: too long, or nested too deep. */
export function refuseMonster(text: string, at: Span): Diagnostic | undefined {
  if (text.length > LONGEST_STATEMENT) {
    return errorAt('B0104', `statement of ${text.length} characters`, {
      span: span(at.source, at.start, at.start + 1),
      expected: `at most ${LONGEST_STATEMENT}`,
      help: 'is this a text file, and has it line ends?',
    });
  }
  let depth = 0;
  let deepest = 0;
  let signs = 0;
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i);
    if (c === 40) depth += 1;
    else if (c === 41) depth -= 1;
    signs = c === 45 || c === 33 ? signs + 1 : c === 32 ? signs : 0;
    deepest = Math.max(deepest, depth, signs);
  }
  if (deepest <= DEEPEST) return undefined;
  return errorAt('B0104', 'expression is nested too deep', {
    span: at,
    expected: `at most ${DEEPEST} levels`,
  });
}

/** A piece of the text in quotes; a character that cannot be seen, such as a no-break space, by its number. */
function visible(found: string): string {
  if (!/^[\p{Z}\p{C}]$/u.test(found)) return `\`${found}\``;
  const number = found.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
  return `character U+${number}, which cannot be seen`;
}

/** The diagnostic for a statement that the grammar does not match. */
export function syntaxError(
  statement: Statement,
  offset: number,
  expected: string,
  explain: (text: string) => Slip | undefined = explainSlip,
): Diagnostic {
  const { source, start, end } = statement.span;
  // A character that no word has is what is wrong with the word it is in, not all of that.
  const [word, before = ''] = /^([\w.$]*)[^\t\r\x20-\x7e]/u.exec(statement.text.slice(offset)) ?? [];
  const at = start + offset + (word === undefined ? 0 : before.length);
  const rest = statement.text.slice(at - start);
  const found = /^(?:\w+|[^ \t\r\n])/u.exec(rest)?.[0] ?? '';
  const what = found === '' ? 'statement ends too early' : `unexpected ${visible(found)}`;
  const help = explain(statement.text);
  return errorAt(help?.code ?? 'B0101', help?.message ?? what, {
    span:
      help?.whole === true ? span(source, start, end) : span(source, at, Math.min(end, at + found.length)),
    expected: help === undefined ? expected : undefined,
    help: help?.help,
  });
}

/** Turns one statement of assembly into its tree, or says what is wrong with it. */
export function parseLine(statement: Statement): Parsed<Line> {
  const monster = refuseMonster(statement.text, statement.span);
  if (monster !== undefined) return { diagnostics: [monster] };
  const listing = readListingLine(statement.text);
  if (listing?.kind === 'skip' || listing?.kind === 'section') {
    return { value: { labels: [], stmt: undefined, span: statement.span }, diagnostics: [] };
  }
  if (listing?.kind === 'symbol') {
    const start = statement.span.start + listing.at;
    const label = {
      name: listing.name,
      span: span(statement.span.source, start, start + listing.name.length),
    };
    return { value: { labels: [label], stmt: undefined, span: statement.span }, diagnostics: [] };
  }
  const text = listing?.text ?? statement.text;
  const at = statement.span.start + (listing?.at ?? 0);
  const bytes = listing?.bytes === undefined ? {} : { bytes: listing.bytes };
  const opcode = listing?.opcode === undefined ? {} : { opcode: listing.opcode };
  if ((text === '<unknown>' || text === '') && listing?.bytes !== undefined) {
    return { value: { labels: [], stmt: undefined, ...bytes, span: statement.span }, diagnostics: [] };
  }
  const match = bpfGrammar.match(text, 'Line');
  if (match.failed()) {
    const shown: Statement = { ...statement, text, span: span(statement.span.source, at, at + text.length) };
    return {
      diagnostics: [syntaxError(shown, match.getRightmostFailurePosition(), match.getExpectedText())],
    };
  }
  const line = read(LINE, treeOf(match, statement.span.source, at));
  return { value: { ...line, ...bytes, ...opcode }, diagnostics: [] };
}

/** A constant expression that stands in a text of its own, such as a directive's argument; undefined if it is none. */
export function parseExpression(text: string, at: Span): Expr | undefined {
  if (refuseMonster(text, at) !== undefined) return undefined;
  const match = bpfGrammar.match(text, 'Expr');
  if (match.failed()) return undefined;
  const start = at.source.text.indexOf(text, at.start);
  return toExpr(treeOf(match, at.source, start < 0 ? at.start : start));
}
