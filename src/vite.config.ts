import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * What is installed: the command line and the library, with what they need of other packages, in few files, so that a
 * command does not look for hundreds of modules before it begins. Each command is a chunk of its own.
 */
export default defineConfig({
  root: at('./'),
  // cli-table3 paints its own lines, unless it finds nothing to paint with.
  resolve: { alias: { '@colors/colors/safe': at('./web/no-colors.ts') } },
  build: {
    ssr: true,
    target: 'node20',
    outDir: at('../dist/'),
    emptyOutDir: false,
    license: { fileName: 'cli/LICENSES.md' },
    minify: 'oxc',
    rolldownOptions: {
      input: {
        'cli/main': at('./cli/main.ts'),
        'cli/bench-worker': at('./cli/bench-worker.ts'),
        index: at('./index.ts'),
        node: at('./node.ts'),
      },
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: 'cli/[name]-[hash].js',
        keepNames: true,
        codeSplitting: {
          groups: [
            {
              name: 'cli/base',
              test: /src\/text\/(?:collector|diagnostic|format|paint|shown|source)\.ts|src\/cli\/(?:io|descriptor|output|printer|context)\.ts|src\/report\/refusal\.ts|node_modules\/(?:commander|picocolors|string-width|get-east-asian-width|strip-ansi|ansi-regex)\//,
            },
          ],
        },
      },
    },
  },
  ssr: { noExternal: true },
});
