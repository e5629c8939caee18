import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Plugin } from 'vite';

/** Numbers with names: `const NAMES = { one: 1 } as const;`, whatever comments are in it. */
const TABLE =
  /^(?:export )?const (\w+) = \{((?:\s|\/\/.*|\/\*[\s\S]*?\*\/|\w+: [\w+*/ -]+,?)*)\} as const;/gm;
const NUMBER = /^const ([A-Z_]+) = (\d\w*);/gm;

/** The tables of a module by name, with what each entry is: a number, or how it is worked out. */
function tablesIn(code: string): Map<string, ReadonlyMap<string, string>> {
  const numbers = new Map([...code.matchAll(NUMBER)].map(([, name = '', n = '']) => [name, n]));
  return new Map(
    [...code.matchAll(TABLE)].map(([, name = '', body = '']) => {
      const text = body.replaceAll(/\/\/.*|\/\*[\s\S]*?\*\//g, '');
      const entries = [...text.matchAll(/(\w+): ([^,]+)/g)].map(
        ([, key = '', value = '']): [string, string] => [
          key,
          value.trim().replaceAll(/[A-Z_]+/g, (named) => numbers.get(named) ?? named),
        ],
      );
      return [name, new Map(entries.filter(([, value]) => /^-?\d[\d_xa-f+*/ -]*$/.test(value)))];
    }),
  );
}

/** Writes numbers where modules have names for them: the names of a table's entries are not made short as others are. */
export const plainNumbers: Plugin = {
  name: 'plain-numbers',
  apply: 'build',
  enforce: 'pre',
  transform(code, id) {
    if (!/\/src\/[\w/-]+\.ts$/.test(id)) return undefined;
    const tables = tablesIn(code);
    for (const [, names = '', path = ''] of code.matchAll(/^import \{([^}]*)\} from '(\.[^']*)\.js';/gm)) {
      const file = `${resolve(dirname(id), path)}.ts`;
      if (!existsSync(file)) continue;
      const theirs = tablesIn(readFileSync(file, 'utf8'));
      for (const name of names.split(/[\s,]+/)) if (theirs.has(name)) tables.set(name, theirs.get(name)!);
    }
    if (tables.size === 0) return undefined;
    const written = code.replaceAll(
      /(?<![\w.#'"]|typeof )([A-Z][A-Z_]*)\.(\w+)\b/g,
      (text, name: string, key: string) => {
        const number = tables.get(name)?.get(key);
        return number === undefined ? text : `(${number})`;
      },
    );
    return { code: written, map: null };
  },
};
