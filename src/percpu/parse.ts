import grammar, { type PercpuActionDict } from '#grammar/percpu.ohm-bundle.js';
import type { Node } from '../syntax/node.js';
import { type Language, Reading } from '../syntax/reading.js';
import type { Slip } from '../syntax/slips.js';
import { only, read, spanOf } from '../syntax/tree.js';
import { type Diagnostic, errorAt } from '../text/diagnostic.js';
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

interface ScriptFree {
  readonly kind: 'free';
  readonly which: Which;
  readonly span: Span;
}

/** Most allocations of a script, so that it ends while somebody is waiting. */
const MOST_ALLOCATIONS = 200_000;

const HELP =
  'statements are `4:8 x1000` (size:align, times), `free 1/2`, `free all`, `free last 10`, `balance`';
/** Largest size and alignment that are passed on to the allocator, which refuses most of them itself. */
const MOST_BYTES = 2 ** 40;

/** What is left out at the end of a statement that is right so far, and what is said of that. */
const LEFT_OUT: readonly (readonly [end: string, message: string, help: string])[] = [
  [':8', 'a size needs an alignment', 'write `:` and a number, such as `4:8`'],
  [
    '/200000',
    'this does not say which ones',
    'write `/` and a number, as in `free 1/2`; or `free first 5`, `free last 5`',
  ],
];

function unfinished(text: string): Slip | undefined {
  const found = LEFT_OUT.find(([end]) => grammar.match(text + end, 'Statement').succeeded());
  return found && { code: 'B0620', message: found[1], help: found[2] };
}

const LANGUAGE: Language = {
  code: 'B0620',
  explain: unfinished,
  help: () => HELP,
  longest: 0x10000,
};

type Report = (d: Diagnostic) => void;

/** Splits a script into statements, at commas, semicolons and line ends; `#` and two slashes begin comments. */
function* split(source: Source): Generator<{ readonly text: string; readonly span: Span }> {
  let offset = 0;
  for (const line of source.text.split('\n')) {
    const [code] = /^(?:\/(?!\/)|[^#/])*/.exec(line)!;
    for (const m of code.matchAll(/[^,;]+/g)) {
      const text = m[0].trim();
      const start = offset + m.index + m[0].indexOf(text);
      if (text !== '') yield { text, span: span(source, start, start + text.length) };
    }
    offset += line.length + 1;
  }
}

/** A whole number from `low` to `high`; the lower one where it is none of them. */
function numberOf(node: Node, what: string, low: number, high: number, report: Report): number {
  const text = node.sourceString;
  const value = Number(text.replaceAll('_', ''));
  if (Number.isSafeInteger(value) && value >= low && value <= high) return value;
  const expected = formatRange(low, high);
  report(errorAt('B0406', `${what} of ${text} does not fit`, { span: spanOf(node), expected }));
  return low;
}

const countOf = (node: Node, report: Report): number =>
  numberOf(node, 'a count', 1, MOST_ALLOCATIONS, report);

const whichReader = (report: Report): PercpuActionDict<Which> => ({
  Which_all(_) {
    return { kind: 'all' };
  },
  Which_first(_first, count) {
    return { kind: 'first', count: countOf(count, report) };
  },
  Which_last(_last, count) {
    return { kind: 'last', count: countOf(count, report) };
  },
  Which_part(some, _slash, all) {
    const part = numberOf(some, 'what to free', 1, MOST_ALLOCATIONS, report);
    const of = numberOf(all, 'a whole', 1, MOST_ALLOCATIONS, report);
    if (part > of) {
      const more = { span: spanOf(all), help: '`free all` frees them all' };
      report(errorAt('B0620', `${part} of every ${of} is more than all`, more));
    }
    return { kind: 'part', part, of };
  },
});

/** The actions that read a statement, all of which is at `at`. */
const statementReader = (at: Span, report: Report): PercpuActionDict<ScriptStatement> => ({
  Statement_free(_free, which) {
    return { kind: 'free', which: read(whichReader(report), which), span: at };
  },
  Statement_balance(_) {
    return { kind: 'balance', span: at };
  },
  Statement_allocate(how, size, _colon, align, times) {
    const words = how.children.map((n) => n.sourceString);
    const count = only(times)?.children[1];
    return {
      kind: 'allocate',
      size: numberOf(size, 'a size', 0, MOST_BYTES, report),
      align: numberOf(align, 'an alignment', 0, MOST_BYTES, report),
      count: count === undefined ? 1 : countOf(count, report),
      atomic: words.includes('atomic'),
      reserved: words.includes('reserved'),
      span: at,
    };
  },
});

/** Reads a script. Throws `InputError` with the first `maxErrors` of what is wrong in it. */
export function parseScript(source: Source, maxErrors?: number): ScriptStatement[] {
  const reading = new Reading(maxErrors);
  const { findings } = reading;
  const report: Report = (d) => findings.add(d);
  const statements: ScriptStatement[] = [];
  let count = 0;
  findings.stage(() => {
    for (const piece of split(source)) {
      const tree = reading.match(grammar, 'Statement', piece, LANGUAGE);
      if (tree === undefined) continue;
      const before = findings.errors;
      const statement = read(statementReader(piece.span, report), tree);
      statements.push(statement);
      if (statement.kind !== 'allocate' || findings.errors > before) continue;
      count += statement.count;
      if (count > MOST_ALLOCATIONS && count - statement.count <= MOST_ALLOCATIONS) {
        const expected = `at most ${MOST_ALLOCATIONS} allocations`;
        findings.add(errorAt('B0406', 'the script makes too many', { span: statement.span, expected }));
      }
    }
  });
  if (findings.errors === 0 && statements.length === 0)
    findings.error('B0620', `${source.name} has no statement`, { help: HELP });
  findings.orThrow();
  return statements;
}
