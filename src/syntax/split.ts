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
  if (code === HASH || text.startsWith('//', at)) {
    const end = text.indexOf('\n', at);
    return end < 0 ? text.length : end;
  }
  if (text.startsWith('/*', at)) {
    const end = text.indexOf('*/', at + 2);
    return end < 0 ? text.length : end + 2;
  }
  if (code === QUOTE) {
    let end = at + 1;
    while (end < text.length && text.charAt(end) !== '"' && text.charAt(end) !== '\n') {
      end += text.charAt(end) === '\\' ? 2 : 1;
    }
    return Math.min(end + 1, text.length);
  }
  if (code === APOSTROPHE && text.charAt(at + 2) === "'") return at + 3;
  return at;
}

/** A file in which a disassembler's lines have been pasted; only there a line that begins with `;` is C source. */
const LISTING =
  /^(?:Disassembly of section|[ \t]*[0-9a-f]+:[ \t]+(?:[0-9a-f]{2} ){7}|[ \t]*\d+: \([0-9a-f]{2}\) )/m;
const KERNEL_LISTING = /^[ \t]*\d+: \([0-9a-f]{2}\) /;

/** What cannot be inside a block, and what no statement of a block looks like. */
const OUTERMOST = /^(?:map|program|function|guard|scenario)\b/;
const OUTERMOST_STATEMENT =
  /^(?:(?:global|user|object|percpu|tracepoint)[ \t]+[\w"]|map[ \t]+\w+[ \t]+(?:key|value|max_entries)\b)/;

class Splitter {
  readonly diagnostics: Diagnostic[] = [];
  readonly #source: Source;
  readonly #text: string;
  readonly #isListing: boolean;
  readonly #top: Node[] = [];
  readonly #open: Open[] = [];
  #body = this.#top;
  /** Where the statement being read began, and whether there is anything but blanks and comments in it so far. */
  #start = 0;
  #blank = true;
  /** Comments inside it; they become blanks in its text, so that its positions stay. */
  #comments: [number, number][] = [];

  constructor(source: Source) {
    this.#source = source;
    this.#text = source.text;
    this.#isListing = LISTING.test(source.text);
  }

  #at(start: number, end: number): Span {
    return span(this.#source, start, end);
  }

  /** The statement that ends here, if there is one; the next begins at `next`. */
  #take(end: number, next: number): Statement | undefined {
    let from = this.#start;
    const comments = this.#comments;
    const blank = this.#blank;
    this.#start = next;
    this.#blank = true;
    this.#comments = [];
    if (blank) return undefined;
    while (this.#text.charCodeAt(from) <= 32) from += 1;
    const pieces: string[] = [];
    let shown = from;
    for (const [a, b] of comments) {
      if (a < shown || b > end) continue;
      pieces.push(this.#text.slice(shown, a), ' '.repeat(b - a));
      shown = b;
    }
    pieces.push(this.#text.slice(shown, end));
    const text = pieces.join('').trimEnd();
    return { kind: 'statement', text, span: this.#at(from, from + text.length) };
  }

  #finish(end: number, next: number): void {
    const statement = this.#take(end, next);
    this.#closeBefore(statement, OUTERMOST_STATEMENT);
    if (statement !== undefined) this.#body.push(statement);
  }

  /** In a listing: takes a line of C source, or bpftool's `call name#12`, whole. True if the line is done. */
  #listingLine(at: number): number {
    const newline = this.#text.indexOf('\n', at);
    const end = newline < 0 ? this.#text.length : newline;
    const line = this.#text.slice(at, Math.min(end, at + 80));
    if (/^[ \t]*;/.test(line)) {
      this.#finish(at, end);
      return end;
    }
    if (!KERNEL_LISTING.test(line)) return at;
    this.#finish(at, at);
    this.#blank = false;
    this.#finish(end, end);
    return end;
  }

  #opaque(at: number, after: number): void {
    const c = this.#text.charCodeAt(at);
    if (c === QUOTE || c === APOSTROPHE) this.#blank = false;
    else if (this.#blank) this.#start = after;
    else if (this.#text.startsWith('/*', at)) this.#comments.push([at, after]);
    else this.#finish(at, after);
    if (this.#text.startsWith('/*', at) && !this.#text.endsWith('*/') && after === this.#text.length) {
      const help = 'end it with `*/`';
      this.diagnostics.push(
        errorAt('B0103', 'the comment is never closed', { span: this.#at(at, at + 2), help }),
      );
    }
  }

  /** Something that can only be outside of all blocks: those that are open have not been closed. */
  #closeBefore(statement: Statement | undefined, pattern: RegExp): void {
    if (this.#open.length === 0 || statement === undefined || !pattern.test(statement.text)) return;
    for (let open = this.#open.pop(); open !== undefined; open = this.#open.pop()) {
      const { head, body } = open;
      this.#neverClosed(head);
      body.push({
        kind: 'block',
        head,
        body: this.#body,
        span: this.#at(head.span.start, statement.span.start),
      });
      this.#body = body;
    }
  }

  #neverClosed({ span: at }: Statement): void {
    this.diagnostics.push(
      errorAt('B0102', 'the block is never closed', { span: at, help: 'end it with `}`' }),
    );
  }

  #openBlock(at: number): void {
    const head = this.#take(at, at + 1);
    this.#closeBefore(head, OUTERMOST);
    if (head === undefined) {
      this.diagnostics.push(
        errorAt('B0102', '`{` without anything before it', {
          span: this.#at(at, at + 1),
          help: 'a block belongs to a declaration: `program NAME : ATTACH {`, `scenario {`, …',
        }),
      );
    }
    this.#open.push({
      head: head ?? { kind: 'statement', text: '', span: this.#at(at, at + 1) },
      body: this.#body,
    });
    this.#body = [];
  }

  #closeBlock(at: number): void {
    this.#finish(at, at + 1);
    const opened = this.#open.pop();
    if (opened === undefined) {
      this.diagnostics.push(
        errorAt('B0102', '`}` closes nothing', {
          span: this.#at(at, at + 1),
          help: 'remove it, or open a block before',
        }),
      );
      return;
    }
    const { head, body } = opened;
    body.push({ kind: 'block', head, body: this.#body, span: this.#at(head.span.start, at + 1) });
    this.#body = body;
  }

  /** The nodes outside of all blocks, each as soon as it has ended. */
  *run(): Generator<Node, void> {
    const text = this.#text;
    let taken = 0;
    let lineBegins = true;
    for (let at = 0; at < text.length; ) {
      if (lineBegins && this.#isListing) {
        lineBegins = false;
        const end = this.#listingLine(at);
        if (end > at) {
          at = end;
          continue;
        }
      }
      const after = skipOpaque(text, at);
      if (after > at) {
        this.#opaque(at, after);
        at = after;
        continue;
      }
      const c = text.charAt(at);
      lineBegins = c === '\n';
      if (c === '\n' || c === ';') this.#finish(at, at + 1);
      else if (c === '{') this.#openBlock(at);
      else if (c === '}') this.#closeBlock(at);
      else if (c.charCodeAt(0) > 32) this.#blank = false;
      at += 1;
      while (taken < this.#top.length) yield this.#top[taken++]!;
    }
    this.#finish(text.length, text.length);
    for (const { head } of this.#open) this.#neverClosed(head);
    while (taken < this.#top.length) yield this.#top[taken++]!;
  }
}

/**
 * Cuts a file into statements and blocks. A statement ends at a line end, at `;`, or at a brace; comments and quoted
 * text are respected. One pass, linear in the text.
 */
export function splitStatements(source: Source): Split {
  const splitter = new Splitter(source);
  const nodes = [...splitter.run()];
  return { nodes, diagnostics: splitter.diagnostics };
}

/**
 * The same for whoever may stop before the end: the nodes as they are asked for. What is wrong is in `diagnostics` once
 * all have been asked for.
 */
export function statementsOf(source: Source): { nodes: Iterable<Node>; diagnostics: readonly Diagnostic[] } {
  const splitter = new Splitter(source);
  return { nodes: splitter.run(), diagnostics: splitter.diagnostics };
}
