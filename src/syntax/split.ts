import { type Diagnostic, errorAt } from '../text/diagnostic.js';
import { type Source, type Span, span } from '../text/source.js';

/** A piece of text between separators, blanks and comments round it cut off. */
export interface Statement {
  readonly kind: 'statement';
  readonly text: string;
  readonly span: Span;
}

/** `head { body }`. */
export interface Block {
  readonly kind: 'block';
  readonly head: Statement;
  readonly body: readonly Node[];
  readonly span: Span;
}

export type Node = Statement | Block;

export interface Split {
  readonly nodes: readonly Node[];
  readonly diagnostics: readonly Diagnostic[];
}

interface Open {
  readonly head: Statement;
  readonly body: Node[];
}

const HASH = 35;
const SLASH = 47;
const QUOTE = 34;
const APOSTROPHE = 39;

/** Where the comment or quoted text that begins at `at` ends, or `at` if none begins there. */
function skipOpaque(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code !== HASH && code !== SLASH && code !== QUOTE && code !== APOSTROPHE) return at;
  const c = text.charAt(at);
  const two = text.slice(at, at + 2);
  if (c === '#' || two === '//') {
    const end = text.indexOf('\n', at);
    return end < 0 ? text.length : end;
  }
  if (two === '/*') {
    const end = text.indexOf('*/', at + 2);
    return end < 0 ? text.length : end + 2;
  }
  if (c === '"') {
    let end = at + 1;
    while (end < text.length && text.charAt(end) !== '"' && text.charAt(end) !== '\n')
      end += text.charAt(end) === '\\' ? 2 : 1;
    return Math.min(end + 1, text.length);
  }
  if (c === "'" && text.charAt(at + 2) === "'") return at + 3;
  return at;
}

const KERNEL_LISTING = /^[ \t]*\d+: \([0-9a-f]{2}\) /;

/** True where the line at `at` is a listing's line of another kind than code: `; C source` or `call name#12`. */
function listingEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  const line = text.slice(at, end < 0 ? text.length : Math.min(end, at + 4096));
  if (/^[ \t]*;/.test(line) || KERNEL_LISTING.test(line)) return end < 0 ? text.length : end;
  return at;
}

/**
 * Cuts a file into statements and blocks. A statement ends at a line end, at `;`, or at a brace; comments and quoted
 * text are respected. Lines that begin with `;` (C source in a listing) are left out. One pass, linear in the text.
 */
export function splitStatements(source: Source): Split {
  const { text } = source;
  const diagnostics: Diagnostic[] = [];
  const top: Node[] = [];
  const open: Open[] = [];
  let body = top;
  let start = 0;
  let blank = true;

  const take = (end: number): Statement | undefined => {
    let from = start;
    let to = end;
    while (from < to && text.charCodeAt(from) <= 32) from += 1;
    while (to > from && text.charCodeAt(to - 1) <= 32) to -= 1;
    return blank
      ? undefined
      : { kind: 'statement', text: text.slice(from, to), span: span(source, from, to) };
  };
  const finish = (end: number, next: number): void => {
    const statement = take(end);
    if (statement !== undefined) body.push(statement);
    start = next;
    blank = true;
  };

  let at = 0;
  let lineBegins = true;
  while (at < text.length) {
    if (lineBegins) {
      lineBegins = false;
      const end = listingEnd(text, at);
      if (end > at) {
        finish(at, at);
        if (KERNEL_LISTING.test(text.slice(at, Math.min(end, at + 64)))) {
          blank = false;
          finish(end, end);
        } else start = end;
        at = end;
        continue;
      }
    }
    const after = skipOpaque(text, at);
    const c = text.charAt(at);
    if (after > at) {
      if (c === '"' || c === "'") blank = false;
      if (blank && c !== '"' && c !== "'") start = after;
      else if (c === '#' || text.startsWith('//', at)) finish(at, after);
      if (c === '/' && text.startsWith('/*', at) && after === text.length && !text.endsWith('*/')) {
        diagnostics.push(
          errorAt('B0103', 'comment is never closed', {
            span: span(source, at, at + 2),
            help: 'end it with `*/`',
          }),
        );
      }
      at = after;
      continue;
    }
    if (c === '\n' || c === ';') {
      finish(at, at + 1);
      lineBegins = c === '\n';
    } else if (c === '{') {
      const head = take(at);
      if (head === undefined) {
        diagnostics.push(
          errorAt('B0102', '`{` without anything before it', {
            span: span(source, at, at + 1),
            help: 'a block belongs to a declaration: `program NAME : ATTACH {`, `scenario {`, …',
          }),
        );
      }
      open.push({ head: head ?? { kind: 'statement', text: '', span: span(source, at, at + 1) }, body });
      body = [];
      start = at + 1;
      blank = true;
    } else if (c === '}') {
      finish(at, at + 1);
      const opened = open.pop();
      if (opened === undefined) {
        diagnostics.push(
          errorAt('B0102', '`}` closes nothing', {
            span: span(source, at, at + 1),
            help: 'remove it, or open a block before',
          }),
        );
      } else {
        opened.body.push({
          kind: 'block',
          head: opened.head,
          body,
          span: span(source, opened.head.span.start, at + 1),
        });
        body = opened.body;
      }
    } else if (c.charCodeAt(0) > 32) blank = false;
    at += 1;
  }
  finish(text.length, text.length);
  for (const unclosed of open) {
    diagnostics.push(
      errorAt('B0102', 'block is never closed', { span: unclosed.head.span, help: 'end it with `}`' }),
    );
  }
  if (open.length > 0) return { nodes: open[0]?.body ?? top, diagnostics };
  return { nodes: top, diagnostics };
}
