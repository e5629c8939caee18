import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** What every command needs, in one file. */
const BASE =
  /src\/text\/(?:collector|diagnostic|format|paint|shown|source)\.ts|src\/cli\/(?:io|descriptor|output|printer|context)\.ts|src\/report\/refusal\.ts|node_modules\/(?:commander|picocolors|string-width|get-east-asian-width|strip-ansi|ansi-regex)\//;

/** string-width makes a segmenter and tables of characters when it is loaded, a third of a short command; few texts need them. */
const lazyStringWidth: Plugin = {
  name: 'lazy-string-width',
  transform(code, id) {
    if (!id.includes('/string-width/') || !code.includes('Segmenter')) return undefined;
    const [, imports, body] = /^((?:import [^\n]*\n)+)(.*)$/s.exec(code) ?? [];
    const head = 'export default function stringWidth(';
    if (imports === undefined || body?.split(/^export /m).length !== 2 || !body.includes(head))
      throw new Error(`${id} is made in another way than it was`);
    const inner = body.replace(head, 'function stringWidth(');
    const lazy = `let made;
const make = () => {
${inner}
return stringWidth;
};
export default (...args) => (made ??= make())(...args);`;
    return { code: imports + lazy, map: null };
  },
};

/**
 * What is installed, with what it needs of other packages, in few files, so that a command does not look for hundreds of
 * modules before it begins: in mode `cli` the command line, CommonJS as `CompiledModules` loads it, each command a chunk
 * of its own; else the library.
 */
export default defineConfig(({ mode }) => ({
  root: at('./'),
  plugins: [lazyStringWidth],
  // cli-table3 paints its own lines, unless it finds nothing to paint with.
  resolve: { alias: { '@colors/colors/safe': at('./web/no-colors.ts') } },
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
            },
            output: {
              format: 'cjs',
              entryFileNames: '[name].js',
              chunkFileNames: '[name]-[hash].js',
              keepNames: true,
              codeSplitting: { groups: [{ name: 'base', test: BASE }] },
            },
          }
        : {
            input: { index: at('./index.ts'), node: at('./node.ts') },
            output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js', keepNames: true },
          },
  },
  ssr: { noExternal: true },
}));
