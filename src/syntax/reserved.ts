import type { Grammar } from 'ohm-js';
import { expectationsOf } from './expected.js';
import { bpfGrammar, labGrammar } from './tree.js';

/** Whether a name is a register or a word of the assembler, in whatever case, so that no declaration can have it. */
export const isReserved = (name: string): boolean =>
  bpfGrammar.match(name.toLowerCase(), 'reserved').succeeded();

/** Words that what a rule matches can begin with. */
export const wordsFirstIn = (grammar: Grammar, rule: string): readonly string[] =>
  expectationsOf(grammar, grammar.match('', rule))
    .flatMap((e) => e.spellings)
    .filter((text) => /^\w+$/.test(text));

let known: ReadonlySet<string> | undefined;

/** Words that an instruction can begin with, such as `if`. */
export function firstWords(): ReadonlySet<string> {
  known ??= new Set(wordsFirstIn(bpfGrammar, 'Insn'));
  return known;
}

/** Words that what a rule of the lab's grammar matches can begin with, and what another matches cannot. */
function wordsOfOne(rule: string, other: string): () => ReadonlySet<string> {
  let words: ReadonlySet<string> | undefined;
  return () => {
    if (words !== undefined) return words;
    const others = wordsFirstIn(labGrammar, other);
    words = new Set(wordsFirstIn(labGrammar, rule).filter((word) => !others.includes(word)));
    return words;
  };
}

/** Words that actions begin with, and no line of a scenario, such as `call`. */
export const actionWords = wordsOfOne('Actions', 'ScenarioLine');
/** Words that lines of a scenario begin with, and no action, such as `expect`. */
export const scenarioWords = wordsOfOne('ScenarioLine', 'Actions');

let inside: ReadonlySet<string> | undefined;

/** Whether a line or a block of a scenario can begin with a word. */
export function isInScenario(word: string): boolean {
  inside ??= new Set(['ScenarioLine', 'InnerHead'].flatMap((rule) => wordsFirstIn(labGrammar, rule)));
  return inside.has(word);
}
