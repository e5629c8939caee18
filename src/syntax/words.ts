import type { Grammar } from 'ohm-js';

/** The words and operators of a grammar, read from the grammar itself. */
export interface Vocabulary {
  /** Every keyword, and every word that a token with several spellings can be. */
  readonly words: readonly string[];
  /** What can be written for a token, by the description under which an error names it; empty for names and numbers. */
  readonly spellings: ReadonlyMap<string, readonly string[]>;
}

const WORD = /^[a-z_]\w*$/;
const known = new WeakMap<Grammar, Vocabulary>();

/** What the parts of a rule's body hold; ohm's typings have no fields for them. */
interface Part {
  readonly obj?: unknown;
  readonly expr?: Part;
  readonly terms?: readonly Part[];
  readonly factors?: readonly Part[];
  readonly args?: readonly Part[];
}

/** The texts in quotes in a rule's body. */
function quotedIn({ obj, expr, terms = [], factors = [], args = [] }: Part): readonly string[] {
  if (typeof obj === 'string') return [obj];
  return [...(expr === undefined ? [] : [expr]), ...terms, ...factors, ...args].flatMap(quotedIn);
}

/**
 * The texts in quotes in the rule of a keyword, or of a token that is described as "such as" one of its spellings. Other
 * tokens have quotes in their rules too, but as parts, such as the letter of a register.
 */
function spellingsOf(rule: string, description: string, body: Part): readonly string[] {
  const isKeyword = /^k[A-Z]/.test(rule);
  if (!isKeyword && !description.includes('such as `')) return [];
  const quoted = quotedIn(body);
  return isKeyword ? quoted : quoted.filter((text) => !/^(?:\w|\s)$/.test(text));
}

export function vocabularyOf(grammar: Grammar): Vocabulary {
  const before = known.get(grammar);
  if (before !== undefined) return before;
  const spellings = new Map<string, readonly string[]>();
  // Rules are inherited as members are, from the grammar that is extended.
  for (const name in grammar.rules) {
    const { description, body } = grammar.rules[name]!;
    if (!description) continue; // ohm has null for none
    spellings.set(description, spellingsOf(name, description, body as Part));
  }
  const words = [...new Set([...spellings.values()].flat())].filter((text) => WORD.test(text));
  const vocabulary = { words, spellings };
  known.set(grammar, vocabulary);
  return vocabulary;
}
