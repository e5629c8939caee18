import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { recipesIn } from '../../src/web/build/grammar.js';
import { packGrammar, type Recipe, unpackGrammar } from '../../src/web/worker/packed-grammar.js';
import { ROOT } from '../support/cli.js';

test.each(['tinybpf', 'mnemonic'])('the grammars of %s are what the page unpacks', (file) => {
  const recipes = recipesIn(readFileSync(join(ROOT, `grammar/${file}.ohm-bundle.js`), 'utf8'));
  expect(recipes.length).toBeGreaterThan(0);
  for (const recipe of recipes) {
    const packed = JSON.parse(JSON.stringify(packGrammar(recipe))) as Recipe;
    expect(unpackGrammar(packed)).toEqual(recipe);
    expect(JSON.stringify(packed).length).toBeLessThan(JSON.stringify(recipe).length / 1.5);
  }
});
