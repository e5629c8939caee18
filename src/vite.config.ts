import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
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

/** V8 keeps a text of which one character is not Latin as one of two bytes a character: a run would begin 3 % later. */
const asciiOnly: Plugin = {
  name: 'ascii-only',
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type !== 'chunk') continue;
      if (/(?:String\.raw`[^`]*|\\)[\u0080-\uffff]/.test(file.code))
        throw new Error(`${file.fileName} has what an escape would change`);
      file.code = file.code.replace(
        /[\u0080-\uffff]/g,
        (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
    }
  },
};

/**
 * What is installed, with what it needs of other packages, in few files, so that a command does not look for hundreds of
 * modules before it begins: in mode `cli` the command line, CommonJS as `CompiledModules` loads it, each command a chunk
 * of its own; else the library.
 */
export default defineConfig(({ mode }) => ({
  root: at('./'),
  plugins: [lazyStringWidth, lazyChildProcess, ...(mode === 'cli' ? [asciiOnly] : [])],
  build: {
    ssr: true,
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
