/**
 * `npm run generate`: makes a bundle of each grammar that extends the lab's, in a file of its own, so that only those
 * who read that language build it. `ohm generateBundles` cannot extend a grammar of another file.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { type Grammar, grammars } from 'ohm-js';

const FOLDER = new URL('../../grammar/', import.meta.url);
const BASE = 'tinybpf';
const EXTENSIONS = ['schedule', 'percpu', 'command'] as const;

const textOf = (name: string): string => readFileSync(new URL(`${name}.ohm`, FOLDER), 'utf8');

/** The types of the actions that a semantics of this grammar may have, besides those of the grammar it extends. */
function typesOf({ name, rules, superGrammar }: Grammar & { readonly superGrammar: Grammar }): string {
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

const base = grammars(textOf(BASE));
for (const file of EXTENSIONS) {
  const [grammar] = Object.values(grammars(textOf(file), base)) as (Grammar & {
    readonly superGrammar: Grammar;
    toRecipe(superGrammar: string): string;
  })[];
  const recipe = grammar!.toRecipe(`base.${grammar!.superGrammar.name}`);
  const bundle = new URL(`${file}.ohm-bundle`, FOLDER);
  const imports = `import {makeRecipe} from 'ohm-js';import base from './${BASE}.ohm-bundle.js';`;
  writeFileSync(`${bundle.pathname}.js`, `${imports}export default makeRecipe(${recipe});\n`);
  writeFileSync(`${bundle.pathname}.d.ts`, typesOf(grammar!));
}
