import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { packGrammar, type Recipe } from '../worker/packed-grammar.js';

const CALL = /makeRecipe\((\["grammar".*?\])\)(?=;\s*(?:result|export|$))/g;
/** Stands for a grammar that another one extends, which a module has made before. */
const MADE = /(?<=^\["grammar",\{\},"\w+",)((?:result|base)\.\w+)/;
const UNPACK = fileURLToPath(new URL('../worker/packed-grammar.ts', import.meta.url));

const recipeOf = (text: string): Recipe => JSON.parse(text.replace(MADE, '"$1"')) as Recipe;

/**
 * The recipes of a module that ohm has written.
 * @internal
 */
export const recipesIn = (code: string): Recipe[] =>
  [...code.matchAll(CALL)].map(([, text]) => recipeOf(text!));

/** Packs the grammars' recipes: 1 kB. */
export const packedGrammars: Plugin = {
  name: 'packed-grammars',
  apply: 'build',
  enforce: 'pre',
  transform(code, id) {
    if (!id.endsWith('.ohm-bundle.js')) return undefined;
    const packed = code.replace(CALL, (_, text: string) => {
      const recipe = JSON.stringify(packGrammar(recipeOf(text)));
      return `makeRecipe(unpackGrammar(${recipe.replace(/"(result\.\w+)"/, '$1')}))`;
    });
    return { code: `import { unpackGrammar } from ${JSON.stringify(UNPACK)};\n${packed}`, map: null };
  },
};

/** Recipes as JSON, which is read in a fraction of the time that V8 takes for the same array as a literal. */
export const grammarsAsJson: Plugin = {
  name: 'grammars-as-json',
  transform(code, id) {
    if (!id.endsWith('.ohm-bundle.js')) return undefined;
    const make = (_: string, text: string): string => {
      const base = MADE.exec(text)?.[1] ?? 'null';
      const recipe = JSON.stringify(JSON.stringify(recipeOf(text)));
      return `makeRecipe(JSON.parse(${recipe}).map((part, i) => i === 3 ? ${base} : part))`;
    };
    return { code: code.replace(CALL, make), map: null };
  },
};
