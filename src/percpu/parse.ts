import { Collector } from '../text/collector.js';
import { type Diagnostic, errorAt, InputError } from '../text/diagnostic.js';
import { didYouMean } from '../text/nearest.js';
import { formatRange } from '../text/range.js';
import { type Source, type Span, span } from '../text/source.js';

/** A statement of a script for the per-CPU allocator, and where it is. */
export type ScriptStatement =
  | ScriptAllocation
  | ScriptFree
  | { readonly kind: 'balance'; readonly span: Span };

export interface ScriptAllocation {
  readonly kind: 'allocate';
  /** Bytes, as asked for. */
  readonly size: number;
  readonly align: number;
  readonly count: number;
  readonly atomic: boolean;
  readonly reserved: boolean;
  readonly span: Span;
}

/** Which of the live allocations go, in the order in which they were made. */
export type Which =
  | { readonly kind: 'all' }
  | { readonly kind: 'first' | 'last'; readonly count: number }
  /** The last `part` of every `of`. */
  | { readonly kind: 'part'; readonly part: number; readonly of: number };

export interface ScriptFree {
  readonly kind: 'free';
  readonly which: Which;
  readonly span: Span;
}

/** Most allocations of a script, so that it ends while somebody is waiting. */
export const MOST_ALLOCATIONS = 200_000;

const KEYWORDS = ['atomic', 'reserved', 'free', 'balance', 'all', 'first', 'last'] as const;
const HELP =
  'statements are `4:8 x1000` (size:align, times), `free 1/2`, `free all`, `free last 10`, `balance`';

interface Token {
  readonly text: string;
  readonly span: Span;
}

/** Thrown inside a statement; the next one is parsed all the same. */
class Refusal extends Error {
  readonly diagnostic: Diagnostic;

  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message);
    this.diagnostic = diagnostic;
  }
}

/** Words, numbers and single characters; comments run to the end of their line. */
const TOKEN = /(?:#|\/\/)[^\n]*|0[xX][\da-fA-F_]+|\d[\d_]*|[A-Za-z]+|[^\s]/g;

/** Splits a script into statements of tokens, at commas, semicolons and line ends. */
function* split(source: Source): Generator<readonly Token[]> {
  let offset = 0;
  for (const line of source.text.split('\n')) {
    let current: Token[] = [];
    for (const m of line.matchAll(TOKEN)) {
      if (/^(?:#|\/\/)/.test(m[0])) break;
      if (m[0] === ',' || m[0] === ';') {
        if (current.length > 0) yield current;
        current = [];
      } else {
        const start = offset + m.index;
        // `x1000` and `x 1000` are the same.
        current.push({ text: m[0], span: span(source, start, start + m[0].length) });
      }
    }
    if (current.length > 0) yield current;
    offset += line.length + 1;
  }
}

class StatementParser {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get span(): Span {
    const first = this.#tokens[0]!.span;
    return span(first.source, first.start, this.#tokens.at(-1)!.span.end);
  }

  /** `words`: what else could come there. */
  #refuse(message: string, expected: string, words: readonly string[] = []): never {
    const token = this.#tokens[this.#next];
    const end = this.#tokens.at(-1)!.span;
    const at = token?.span ?? span(end.source, end.end, end.end);
    const help = (token && didYouMean(token.text, words)) ?? HELP;
    throw new Refusal(errorAt('B0620', message, { span: at, expected, help }));
  }

  #accept(text: string): boolean {
    if (this.#tokens[this.#next]?.text !== text) return false;
    this.#next += 1;
    return true;
  }

  /** A whole number from `low` to `high`. */
  #number(what: string, low: number, high: number, words: readonly string[] = []): number {
    const token = this.#tokens[this.#next];
    if (token === undefined || !/^\d/.test(token.text)) {
      const expected = words.map((w) => `\`${w}\``).join(', ');
      return this.#refuse(
        `${what} is missing`,
        expected === '' ? 'a number' : `a number, ${expected}`,
        words,
      );
    }
    const value = Number(token.text.replaceAll('_', ''));
    if (!Number.isSafeInteger(value) || value < low || value > high) {
      throw new Refusal(
        errorAt('B0406', `${what} of ${token.text} does not fit`, {
          span: token.span,
          expected: formatRange(low, high),
        }),
      );
    }
    this.#next += 1;
    return value;
  }

  #end(): void {
    const token = this.#tokens[this.#next];
    if (token !== undefined)
      this.#refuse(`\`${token.text}\` does not belong here`, '`,`, `;` or the end of the line', ['x']);
  }

  #allocation(): ScriptAllocation {
    let atomic = false;
    let reserved = false;
    for (;;) {
      if (this.#accept('atomic')) atomic = true;
      else if (this.#accept('reserved')) reserved = true;
      else break;
    }
    const size = this.#number('a size', 0, 2 ** 40, atomic && reserved ? [] : ['atomic', 'reserved']);
    if (!this.#accept(':')) this.#refuse('a size needs an alignment', '`:` and a number, such as `4:8`');
    const align = this.#number('an alignment', 0, 2 ** 40);
    const count = this.#accept('x') || this.#accept('*') ? this.#number('a count', 1, MOST_ALLOCATIONS) : 1;
    return { kind: 'allocate', size, align, count, atomic, reserved, span: this.span };
  }

  #which(): Which {
    if (this.#accept('all')) return { kind: 'all' };
    for (const kind of ['first', 'last'] as const) {
      if (this.#accept(kind)) return { kind, count: this.#number('a count', 1, MOST_ALLOCATIONS) };
    }
    const part = this.#number('what to free', 1, MOST_ALLOCATIONS, ['all', 'first', 'last']);
    if (!this.#accept('/')) {
      this.#refuse(
        'this does not say which ones',
        '`/` and a number, as in `free 1/2`; or `free first 5`, `free last 5`',
      );
    }
    const at = this.#tokens[this.#next]?.span;
    const of = this.#number('a whole', 1, MOST_ALLOCATIONS);
    if (part > of) {
      throw new Refusal(
        errorAt('B0620', `${part} of every ${of} is more than all`, {
          span: at,
          help: '`free all` frees them all',
        }),
      );
    }
    return { kind: 'part', part, of };
  }

  parse(): ScriptStatement {
    const first = this.#tokens[0]!;
    let statement: ScriptStatement;
    if (this.#accept('free')) statement = { kind: 'free', which: this.#which(), span: this.span };
    else if (this.#accept('balance')) statement = { kind: 'balance', span: this.span };
    else if (/^\d/.test(first.text) || first.text === 'atomic' || first.text === 'reserved') {
      statement = this.#allocation();
    } else {
      const meant = didYouMean(first.text, KEYWORDS);
      const help = meant === undefined ? HELP : `${meant} ${HELP}`;
      throw new Refusal(
        errorAt('B0620', `no statement begins with \`${first.text}\``, { span: first.span, help }),
      );
    }
    this.#end();
    return statement;
  }
}

/** The statement that some tokens are, or what is wrong with them. */
function parseStatement(tokens: readonly Token[]): ScriptStatement | Diagnostic {
  try {
    return new StatementParser(tokens).parse();
  } catch (e) {
    if (!(e instanceof Refusal)) throw e;
    return e.diagnostic;
  }
}

/** Reads a script. Throws `InputError` with the first `maxErrors` of what is wrong in it. */
export function parseScript(source: Source, maxErrors?: number): ScriptStatement[] {
  const collector = new Collector(maxErrors);
  const statements: ScriptStatement[] = [];
  let count = 0;
  collector.stage(() => {
    for (const tokens of split(source)) {
      const statement = parseStatement(tokens);
      if ('code' in statement) {
        collector.add(statement);
        continue;
      }
      statements.push(statement);
      if (statement.kind !== 'allocate') continue;
      count += statement.count;
      if (count > MOST_ALLOCATIONS && count - statement.count <= MOST_ALLOCATIONS) {
        const expected = `at most ${MOST_ALLOCATIONS} allocations`;
        collector.add(errorAt('B0406', 'the script makes too many', { span: statement.span, expected }));
      }
    }
  });
  const { diagnostics } = collector;
  if (diagnostics.length === 0 && statements.length === 0)
    collector.add(errorAt('B0620', `${source.name} has no statement`, { help: HELP }));
  if (diagnostics.length > 0) throw new InputError(diagnostics);
  return statements;
}
