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

let actions: ReadonlySet<string> | undefined;

/** Words that actions begin with, and no setting of a scenario, such as `call`. */
export function actionWords(): ReadonlySet<string> {
  if (actions !== undefined) return actions;
  const settings = wordsFirstIn(labGrammar, 'ScenarioLine');
  actions = new Set(wordsFirstIn(labGrammar, 'Actions').filter((word) => !settings.includes(word)));
  return actions;
}
