import type { Grammar, MatchResult } from 'ohm-js';
import type { Details } from '../text/diagnostic.js';
import { vocabularyOf } from './words.js';

/** One thing that could have come where a match failed. */
export interface Expectation {
  /** As a user reads it. */
  readonly text: string;
  /** What to write for it, where that can be said. */
  readonly spellings: readonly string[];
}

interface Failure {
  getText(): string;
  isStringTerminal(): boolean;
  isFluffy(): boolean;
}

const END = 'end of input';
const END_OF_STATEMENT = 'the end of the statement';
/** What begins an operand. */
const OPERANDS = ['a number', 'a register'];
/** What goes on with any number: after an operand these are always expected, and hardly ever what is missing. */
const OPERATORS = ['+', '-', '*', '<<'];

/** Most of which all are shown, and what is left out of more: what is hardly ever meant. */
const MOST_SHOWN = 9;
const RARE =
  /quotes|several have|listing|xchg|`(?:addr_space_cast|&|ld_pseudo|gotox|this_cpu|nop|lock|may_goto|store_release)`/;

/** What could have come where a match failed, in the order of the grammar. */
export function expectationsOf(grammar: Grammar, match: MatchResult): readonly Expectation[] {
  // Not in ohm's typings; `getExpectedText` joins the same into one sentence.
  const { getRightmostFailures } = match as unknown as { getRightmostFailures(): readonly Failure[] };
  // A letter by itself is what the grammar looks at before it looks for a keyword.
  const failures = getRightmostFailures
    .call(match)
    .filter((f) => !f.isFluffy() && !(f.isStringTerminal() && /^[a-z]$/.test(f.getText())));
  const { spellings } = vocabularyOf(grammar);
  const found = failures.reverse().map((f): Expectation => {
    const text = f.getText();
    if (f.isStringTerminal()) return { text: `\`${text}\``, spellings: [text] };
    return { text: text === END ? END_OF_STATEMENT : text, spellings: spellings.get(text) ?? [] };
  });
  if (found.some((e) => OPERANDS.includes(e.text))) return found;
  const rest = found.filter((e) => !OPERATORS.some((o) => e.text === `\`${o}\``));
  return rest.length > 0 ? rest : found;
}

/** Whether a statement could end there. */
export const isOver = (expectations: readonly Expectation[]): boolean =>
  expectations.some((e) => e.text === END_OF_STATEMENT);

/** `a, b or c`, and how to see what is left out. */
export function formatExpectations(expectations: readonly Expectation[]): Details {
  const all = [...new Set(expectations.map((e) => e.text))];
  const usual = all.filter((text) => !RARE.test(text));
  const isLong = all.length > MOST_SHOWN && usual.length < all.length;
  const texts = isLong ? usual : all;
  const last = texts.pop();
  return {
    expected: texts.length === 0 ? last : `${texts.join(', ')} or ${last}`,
    notes: isLong ? ['`tinybpf list insns` shows all that there is'] : undefined,
  };
}
