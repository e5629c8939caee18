import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import { grammarsAsJson } from './web/build/grammar.js';
import { lessOfOhm, OHM } from './web/build/ohm.js';
import { lazyStringWidth } from './web/build/string-width.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** What every command needs, in one file. */
const BASE =
  /src\/text\/(?:diagnostic|format|nearest|numbers|paint|shown|source)\.ts|src\/cli\/(?:io|descriptor|output|printer|programs|context)\.ts|src\/lab\/properties\.ts|src\/report\/refusal\.ts|node_modules\/(?:commander|fastest-levenshtein|picocolors|string-width|get-east-asian-width|strip-ansi|ansi-regex)\//;
/** What every command on labs needs, in another. */
const LABS =
  /src\/(?:syntax|isa|object|verify(?!\/(?:verify|kinds|series|special-fields|request|c-type|walk|state|range|program|prototype|context|log)\b)|machine|kernel|lab)\/|src\/text\/findings\.ts|grammar\/(?:tinybpf|mnemonic)\.|node_modules\/ohm-js\//;

/** commander can start programs as commands of its own, which none is here; to be able to takes a tenth of `--version`. */
const lazyChildProcess: Plugin = {
  name: 'lazy-child-process',
  transform(code, id) {
    if (!id.endsWith('/commander/lib/command.js')) return undefined;
    const eager = "const childProcess = require('node:child_process');";
    if (!code.includes(eager)) throw new Error(`${id} is made in another way than it was`);
    const lazy = "const childProcess = { spawn: (...args) => require('node:child_process').spawn(...args) };";
    return { code: code.replace(eager, lazy), map: null };
  },
};

const escapeAboveAscii = (text: string): string =>
  text.replace(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** V8 keeps a text of which one character is not Latin as one of two bytes a character: a run would begin 3 % later. */
const asciiOnly: Plugin = {
  name: 'ascii-only',
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type !== 'chunk') continue;
      if (/(?:String\.raw`[^`]*|\\)[\u0080-\uffff]/.test(file.code))
        throw new Error(`${file.fileName} has what an escape would change`);
      file.code = escapeAboveAscii(file.code);
    }
  },
};

/** The emulated kernel that was built is a file of its own: as a constant of a module it would be read twice. */
const kernelApart: Plugin = {
  name: 'kernel-apart',
  transform(code, id) {
    if (!id.endsWith('/built.generated.ts')) return undefined;
    const [, literal] = /JSON\.parse\((".*")\)/s.exec(code) ?? [];
    if (literal === undefined) throw new Error(`${id} is made in another way than it was`);
    const source = escapeAboveAscii(JSON.parse(literal) as string);
    const name = `kernel-${createHash('sha256').update(source).digest('base64url').slice(0, 8)}.json`;
    this.emitFile({ type: 'asset', fileName: name, source });
    return {
      code: `import { readFileSync } from 'node:fs';
import { join } from 'node:path';
export const BUILT = JSON.parse(readFileSync(join(import.meta.dirname, '${name}'), 'latin1'));`,
      map: null,
    };
  },
};

/**
 * What is installed, with what it needs of other packages, in few files, so that a command does not look for hundreds of
 * modules before it begins: in mode `cli` the command line, CommonJS as `CompiledModules` loads it, each command a chunk
 * of its own; else the library.
 */
export default defineConfig(({ mode }) => ({
  root: at('./'),
  plugins: [
    lazyStringWidth,
    lazyChildProcess,
    lessOfOhm,
    grammarsAsJson,
    ...(mode === 'cli' ? [asciiOnly, kernelApart] : []),
  ],
  resolve: { alias: { 'ohm-js': OHM } },
  build: {
    ssr: true,
    ssrEmitAssets: true,
    target: 'node20',
    outDir: at(mode === 'cli' ? '../dist/cli/' : '../dist/lib/'),
    emptyOutDir: true,
    license: { fileName: 'LICENSES.md' },
    minify: 'oxc',
    rolldownOptions:
      mode === 'cli'
        ? {
            input: {
              main: at('./cli/main.ts'),
              'command-line': at('./cli/command-line.ts'),
              compile: at('./cli/compile.ts'),
              'bench-worker': at('./cli/bench-worker.ts'),
              'test-worker': at('./cli/test-worker.ts'),
            },
            output: {
              format: 'cjs',
              entryFileNames: '[name].js',
              chunkFileNames: '[name]-[hash].js',
              keepNames: true,
              codeSplitting: {
                groups: [
                  { name: 'base', test: BASE, priority: 2 },
                  { name: 'labs', test: LABS, priority: 1 },
                ],
              },
            },
          }
        : {
            input: { index: at('./index.ts'), node: at('./node.ts') },
            output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js', keepNames: true },
          },
  },
  ssr: { noExternal: true },
}));
