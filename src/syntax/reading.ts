import type { Grammar } from 'ohm-js';
import type { Code } from '../text/codes.js';
import { type Diagnostic, errorAt } from '../text/diagnostic.js';
import { Findings, MOST_ERRORS } from '../text/findings.js';
import { type Span, span } from '../text/source.js';
import { type Expectation, expectationsOf, formatExpectations, isOver } from './expected.js';
import type { Node } from './node.js';
import { type Repair, Repairer, type Trial } from './repair.js';
import { wordsFirstIn } from './reserved.js';
import { explainSlip, type Slip } from './slips.js';
import type { Statement } from './split.js';
import { matched, treeOf } from './tree.js';
import { vocabularyOf } from './words.js';

/** Longest statement that is looked at; the longest sensible one is far shorter. */
export const LONGEST_STATEMENT = 4096;
/** Deepest nesting of parentheses or signs in one expression. */
const DEEPEST = 64;
/** How often a grammar is asked about changed texts: for one statement, and for all of an input. */
const TRIES = { statement: 60, input: 1500 } as const;
/** Longest statement that is shown whole when it is put right. */
const SHOWN = 70;

/** What differs between the languages whose statements are read. */
export interface Language {
  /** The code of what does not match. */
  readonly code: Code;
  /** What may be said of a text that does not match, better than the grammar can. */
  readonly explain: (text: string) => Slip | undefined;
  /** What else helps with a text for which nothing near is known. */
  readonly help?: (text: string) => string;
  /** Longest statement, where nothing can be nested: it may be longer then. */
  readonly longest?: number;
}

const ASSEMBLY: Language = { code: 'B0101', explain: explainSlip };

export interface Parsed<T> {
  /** Absent where nothing could be read. */
  readonly value?: T;
  readonly diagnostics: readonly Diagnostic[];
  /** False where there were more errors than are looked for, so that the rest was not read. */
  readonly isComplete: boolean;
}

/** Refuses what would cost more to match than any real statement: too long, or nested too deep where `longest` is absent. */
export function refuseMonster(text: string, at: Span, longest?: number): Diagnostic | undefined {
  if (text.length > (longest ?? LONGEST_STATEMENT)) {
    return errorAt('B0104', `a statement of ${text.length} characters`, {
      span: span(at.source, at.start, at.start + 1),
      expected: `at most ${longest ?? LONGEST_STATEMENT}`,
      help: 'is this a text file, and does it have line ends?',
    });
  }
  if (longest !== undefined) return undefined;
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
  return errorAt('B0104', 'the expression is nested too deeply', {
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

function helpOf(repair: Repair): string {
  const { word, isWhole, text } = repair;
  if (word !== undefined) return `did you mean ${word.instead.map((w) => `\`${w}\``).join(' or ')}?`;
  const whole = text.trim().replace(/\s+/g, ' ');
  return isWhole && whole.length <= SHOWN ? `write \`${whole}\`` : 'see what is expected there';
}

/** Reads the statements of one input, and keeps what is wrong with them. */
export class Reading {
  readonly findings: Findings;
  #tries: number = TRIES.input;

  constructor(maxErrors?: number) {
    this.findings = new Findings(maxErrors ?? MOST_ERRORS);
  }

  /** A statement that is read as another text, which it was taken for; what is wrong with it has been said. */
  insteadOf(statement: Pick<Statement, 'span'>, text: string): Statement {
    const source = { name: statement.span.source.name, text, isGuess: true };
    return { kind: 'statement', text, span: span(source, 0, text.length) };
  }

  /**
   * The tree of a statement. Where it does not match, an error is noted, and the tree is that of what was meant, as far
   * as that can be known; its places are then in a source of their own.
   */
  match(
    grammar: Grammar,
    rule: string,
    statement: Pick<Statement, 'text' | 'span'>,
    language: Language = ASSEMBLY,
  ): Node | undefined {
    const { text, span: at } = statement;
    const monster = refuseMonster(text, at, language.longest);
    if (monster !== undefined) {
      this.findings.add(monster);
      return undefined;
    }
    const { tree, failed: match } = matched(grammar, rule, statement);
    if (match === undefined) return tree;
    if (at.source.isGuess === true) return undefined;
    const offset = match.getRightmostFailurePosition();
    const expected = expectationsOf(grammar, match);
    const slip = language.explain(text);
    const isShort = text.length <= LONGEST_STATEMENT;
    const repair =
      slip === undefined && isShort ? this.#repair(grammar, rule, text, offset, expected) : undefined;
    const d = this.#refusal(grammar, rule, statement, { language, offset, expected, slip, repair });
    if (repair?.isWhole !== true) {
      this.findings.add(d);
      return undefined;
    }
    this.findings.add(d);
    const { source } = this.insteadOf(statement, repair.text).span;
    return treeOf(grammar.match(repair.text, rule), source, 0);
  }

  #repair(
    grammar: Grammar,
    rule: string,
    text: string,
    offset: number,
    expected: readonly Expectation[],
  ): Repair | undefined {
    const attempt = (changed: string): Trial => {
      const match = grammar.match(changed, rule);
      if (!match.failed()) return { reaches: Number.POSITIVE_INFINITY, expected: () => [] };
      return {
        reaches: match.getRightmostFailurePosition(),
        expected: () => expectationsOf(grammar, match),
      };
    };
    const tries = Math.min(TRIES.statement, this.#tries);
    const repairer = new Repairer(attempt, vocabularyOf(grammar).words, tries);
    const found = repairer.find(text, offset, expected);
    this.#tries -= tries - repairer.triesLeft;
    return found;
  }

  #refusal(
    grammar: Grammar,
    rule: string,
    { text, span: { source, start, end } }: Pick<Statement, 'text' | 'span'>,
    found: {
      readonly language: Language;
      readonly offset: number;
      readonly expected: readonly Expectation[];
      readonly slip: Slip | undefined;
      readonly repair: Repair | undefined;
    },
  ): Diagnostic {
    const { language, offset, slip, repair } = found;
    const word = repair?.word;
    if (word !== undefined) {
      const expected = word.from === offset ? found.expected : expectedAt(grammar, rule, text, word.from);
      return errorAt(language.code, `unexpected \`${text.slice(word.from, word.to)}\``, {
        span: span(source, start + word.from, start + word.to),
        ...formatExpectations(expected),
        help: helpOf(repair!),
      });
    }
    // Of a word with a character that no word has, that character is wrong, not all of it.
    const [strange, before = ''] = /^([\w.$]*)[^\t\r\x20-\x7e]/u.exec(text.slice(offset)) ?? [];
    const at = start + offset + (strange === undefined ? 0 : before.length);
    const token = /^(?:\w+|[^ \t\r\n])/u.exec(text.slice(at - start))?.[0] ?? '';
    const nextHelp = (): string | undefined =>
      isOver(found.expected) && wordsFirstIn(grammar, rule).includes(token)
        ? `begin a new line before \`${token}\``
        : undefined;
    const what = token === '' ? 'the statement ends too early' : `unexpected ${visible(token)}`;
    return errorAt(slip?.code ?? language.code, slip?.message ?? what, {
      span:
        slip?.whole === true ? span(source, start, end) : span(source, at, Math.min(end, at + token.length)),
      ...(slip === undefined && formatExpectations(found.expected)),
      help: slip?.help ?? (repair ? helpOf(repair) : (nextHelp() ?? language.help?.(text))),
    });
  }
}

/** What could come at a place in a text up to which it matches: a character that no token has shows it. */
function expectedAt(grammar: Grammar, rule: string, text: string, at: number): readonly Expectation[] {
  const match = grammar.match(`${text.slice(0, at)}\u0000`, rule);
  return match.failed() ? expectationsOf(grammar, match) : [];
}
