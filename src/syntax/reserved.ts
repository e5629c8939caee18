import type { Grammar } from 'ohm-js';
import { expectationsOf } from './expected.js';
import { bpfGrammar, labGrammar } from './tree.js';

/** Names that were asked for, and most that are kept: each boot of a lab asks for all of its names. */
const known = new Map<string, boolean>();
const MOST_KNOWN = 10_000;

/** Whether a name is a register or a word of the assembler, in whatever case, so that no declaration can have it. */
export function isReserved(name: string): boolean {
  const before = known.get(name);
  if (before !== undefined) return before;
  const found = bpfGrammar.match(name.toLowerCase(), 'reserved').succeeded();
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(name, found);
  return found;
}

/** Words that what a rule matches can begin with. */
export const wordsFirstIn = (grammar: Grammar, rule: string): readonly string[] =>
  expectationsOf(grammar, grammar.match('', rule))
    .flatMap((e) => e.spellings)
    .filter((text) => /^\w+$/.test(text));

/** Words that one of some rules can begin with, found when they are asked for first. */
function wordsOf(grammar: () => Grammar, ...rules: readonly string[]): () => ReadonlySet<string> {
  let words: ReadonlySet<string> | undefined;
  return () => {
    words ??= new Set(rules.flatMap((rule) => wordsFirstIn(grammar(), rule)));
    return words;
  };
}

/** Words that an instruction can begin with, such as `if`. */
export const firstWords = wordsOf(() => bpfGrammar, 'Insn');

const ofActions = wordsOf(() => labGrammar, 'Actions');
const ofLines = wordsOf(() => labGrammar, 'ScenarioLine');
const ofScenario = wordsOf(() => labGrammar, 'ScenarioLine', 'InnerHead');

/** Whether an action begins with a word, and no line of a scenario, as with `call`. */
export const isOfAction = (word: string): boolean => ofActions().has(word) && !ofLines().has(word);
/** Whether a line of a scenario begins with a word, and no action, as with `expect`. */
export const isOfLine = (word: string): boolean => ofLines().has(word) && !ofActions().has(word);
/** Whether a line or a block of a scenario begins with a word. */
export const isInScenario = (word: string): boolean => ofScenario().has(word);
