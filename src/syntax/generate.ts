/**
 * `npm run generate`: makes a bundle of each grammar, after `ohm generateBundles`, whose types of the first two are kept.
 * Bundles of grammars that extend the lab's, which ohm cannot make of a file of its own, are for those alone who read that
 * language. Ohm has every expression's place in the grammar's text in a bundle, and the text: four fifths of what a page
 * loads and a command parses, and only a grammar that is wrong needs them.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { type Grammar, grammars } from 'ohm-js';

const FOLDER = new URL('../../grammar/', import.meta.url);
const BASE = 'tinybpf';
const ALONE = 'mnemonic';
const EXTENSIONS = ['schedule', 'percpu', 'command'] as const;

const textOf = (name: string): string => readFileSync(new URL(`${name}.ohm`, FOLDER), 'utf8');

/** The types of the actions that a semantics of this grammar may have, besides those of the grammar it extends. */
function typesOf({ name, rules, superGrammar }: Kept): string {
  const actions = Object.entries(rules).map(([rule, { body }]) => {
    const children = Array.from({ length: body.getArity() }, (_, i) => `, arg${i}: Node`);
    return `  ${rule}?: (this: Node${children.join('')}) => T;\n`;
  });
  const base = `${superGrammar.name}ActionDict`;
  return [
    `import type { Grammar, Node } from 'ohm-js';\nimport type { ${base} } from './${BASE}.ohm-bundle.js';\n`,
    `export interface ${name}ActionDict<T> extends ${base}<T> {\n${actions.join('')}}\n`,
    'declare const grammar: Grammar;\nexport default grammar;\n',
  ].join('\n');
}

/** What ohm keeps of a grammar and its typings do not tell. */
type Kept = Grammar & { readonly superGrammar: Grammar; toRecipe(superGrammar?: string): string };

const SUPER = '"the grammar that is extended"';

/** A recipe, or a part of one, without places. */
function withoutPlaces(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(withoutPlaces);
  if (typeof part !== 'object' || part === null) return part;
  const members = Object.entries(part).filter(([name]) => name !== 'source' && name !== 'sourceInterval');
  return Object.fromEntries(members.map(([name, value]) => [name, withoutPlaces(value)]));
}

/** The call that makes a grammar; `extended` is an expression for the one that it extends. */
function recipeOf(grammar: Kept, extended: string | undefined): string {
  const recipe: unknown = JSON.parse(grammar.toRecipe(extended === undefined ? undefined : SUPER));
  const text = JSON.stringify(withoutPlaces(recipe));
  return `makeRecipe(${extended === undefined ? text : text.replace(SUPER, extended)})`;
}

const bundleOf = (file: string): string => new URL(`${file}.ohm-bundle`, FOLDER).pathname;
const MAKE = "import {makeRecipe} from 'ohm-js';";

const base = grammars(textOf(BASE)) as Record<string, Kept>;
const made = Object.entries(base).map(([name, grammar]) => {
  const { superGrammar } = grammar;
  const extended = superGrammar.name in base ? `result.${superGrammar.name}` : undefined;
  return `result.${name}=${recipeOf(grammar, extended)};`;
});
writeFileSync(`${bundleOf(BASE)}.js`, `${MAKE}const result={};${made.join('')}export default result;\n`);

const [alone] = Object.values(grammars(textOf(ALONE))) as Kept[];
writeFileSync(`${bundleOf(ALONE)}.js`, `${MAKE}export default ${recipeOf(alone!, undefined)};\n`);

for (const file of EXTENSIONS) {
  const [grammar] = Object.values(grammars(textOf(file), base)) as Kept[];
  const recipe = recipeOf(grammar!, `base.${grammar!.superGrammar.name}`);
  const imports = `${MAKE}import base from './${BASE}.ohm-bundle.js';`;
  writeFileSync(`${bundleOf(file)}.js`, `${imports}export default ${recipe};\n`);
  writeFileSync(`${bundleOf(file)}.d.ts`, typesOf(grammar!));
}

/** Keywords, by the names of their rules: "kGoto (`goto`) = …". */
const keywords = new Map(
  [...textOf(BASE).matchAll(/^ {2}(k\w+) \(`(\w+)`\)/gm)].map((m) => [m[1]!, m[2]!] as const),
);
const declarations = [
  ...textOf(BASE).matchAll(/^ {2}\w*(?:Head|Global|User|Object|Percpu|Tracepoint|Setting)\s*= (k\w+)/gm),
].map((m) => keywords.get(m[1]!) ?? m[1]!.slice(1).toLowerCase());
const list = (words: Iterable<string>): string => JSON.stringify([...new Set(words)]);
writeFileSync(
  new URL('./keywords.generated.ts', import.meta.url),
  `/** Generated from grammar/${BASE}.ohm: for what colours labs and does not read them. */
export const KEYWORD_TEXTS: readonly string[] = ${list(keywords.values())};
export const DECLARATION_WORDS: readonly string[] = ${list(declarations)};
`,
);
