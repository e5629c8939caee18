import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import type { ShippedFiles } from '../../../src/lab/environment.js';
import type { Explorer, makeExplorer } from './explorer.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** A fault that is put into a copy of the sources: a text of a file, which occurs there once, and what replaces it. */
export interface Mutation {
  /** What goes wrong. */
  readonly what: string;
  /** Below src. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** The first lab of the run with seed 1 that catches it, by its number. */
  readonly lab: number;
}

/** The text of a file with the fault in it. Throws where the text to replace is not there exactly once. */
function mutated({ what, file, find, replace }: Mutation): string {
  const text = readFileSync(`${ROOT}src/${file}`, 'utf8');
  const times = text.split(find).length - 1;
  if (times !== 1)
    throw new Error(`mutation "${what}": its text is ${times} times in src/${file}; bring it up to date`);
  return text.replace(find, () => replace);
}

/** The explorer made from the sources with a fault in them; the sources stay as they are. */
export async function mutant(mutation: Mutation, files: ShippedFiles): Promise<Explorer> {
  const text = mutated(mutation);
  const path = `${ROOT}src/${mutation.file}`;
  let replaced = false;
  const result = await build({
    root: ROOT,
    configFile: false,
    logLevel: 'silent',
    ssr: { noExternal: true },
    build: {
      ssr: true,
      write: false,
      minify: false,
      rolldownOptions: { input: `${ROOT}test/explore/oracle/explorer.ts` },
    },
    plugins: [
      {
        name: 'mutation',
        load(id) {
          if (id !== path) return null;
          replaced = true;
          return text;
        },
      },
    ],
  });
  const outputs = (Array.isArray(result) ? result : [result]).flatMap((r) => ('output' in r ? r.output : []));
  const code = outputs.find((o) => o.type === 'chunk');
  if (!replaced || code === undefined || outputs.length !== 1) throw new Error(`${path} was not built in`);
  const url = `data:text/javascript;base64,${Buffer.from(code.code).toString('base64')}`;
  const module = (await import(/* @vite-ignore */ url)) as { readonly makeExplorer: typeof makeExplorer };
  return module.makeExplorer(files);
}
