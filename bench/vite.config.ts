import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The benchmarks, bundled as what is installed is, so that they measure what users run. */
export default defineConfig({
  root: at('./'),
  build: {
    ssr: true,
    target: 'node20',
    outDir: at('../dist/bench/'),
    emptyOutDir: true,
    minify: false,
    rolldownOptions: {
      input: {
        run: at('./run.ts'),
        cold: at('./cold.ts'),
        'cold-boot': at('./cold-boot.ts'),
        'cold-verify': at('./cold-verify.ts'),
      },
      output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js', keepNames: true },
    },
  },
});
