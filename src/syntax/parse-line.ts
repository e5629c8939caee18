import { type Span, span } from '../text/source.js';
import type { Expr, Line } from './ast.js';
import { toExpr } from './expressions.js';
import { LINE } from './instructions.js';
import { type ListingLine, readListingLine } from './listing.js';
import { type Reading, refuseMonster } from './reading.js';
import type { Statement } from './split.js';
import { bpfGrammar, read, treeOf } from './tree.js';

/** The line of a listing that holds no instruction to read. */
function withoutCode(listing: ListingLine, at: Span): Line | undefined {
  switch (listing.kind) {
    case 'skip':
    case 'section':
      return { labels: [], stmt: undefined, span: at };
    case 'symbol': {
      const start = at.start + listing.at;
      const label = { name: listing.name, span: span(at.source, start, start + listing.name.length) };
      return { labels: [label], stmt: undefined, span: at };
    }
    case 'code': {
      const { text, bytes } = listing;
      const isUnknown = text === '<unknown>' || text === '';
      return bytes !== undefined && isUnknown ? { labels: [], stmt: undefined, bytes, span: at } : undefined;
    }
    default:
      return listing satisfies never;
  }
}

/** Turns one statement of assembly into its tree; what is wrong with it is noted. */
export function parseLine(reading: Reading, statement: Statement): Line {
  const { span: at } = statement;
  const listing = readListingLine(statement.text);
  const empty = listing && withoutCode(listing, at);
  if (empty !== undefined) return empty;
  const code = listing?.kind === 'code' ? listing : undefined;
  const start = at.start + (code?.at ?? 0);
  const text = code?.text ?? statement.text;
  const shown = code === undefined ? statement : { text, span: span(at.source, start, start + text.length) };
  const tree = reading.match(bpfGrammar, 'Line', shown);
  if (tree === undefined) return { labels: [], stmt: undefined, isUnread: true, span: at };
  const line = read(LINE, tree);
  if (code === undefined) return line;
  const { bytes, opcode } = code;
  return { ...line, ...(bytes && { bytes }), ...(opcode !== undefined && { opcode }) };
}

/** A constant expression in a text of its own, such as a directive's argument; undefined for anything else. */
export function parseExpression(text: string, at: Span): Expr | undefined {
  if (refuseMonster(text, at) !== undefined) return undefined;
  const match = bpfGrammar.match(text, 'Expr');
  if (match.failed()) return undefined;
  const start = at.source.text.indexOf(text, at.start);
  return toExpr(treeOf(match, at.source, start < 0 ? at.start : start));
}
