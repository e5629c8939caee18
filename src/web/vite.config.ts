import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = fileURLToPath(new URL('./', import.meta.url));

/** The page: static files with relative addresses, for any server and any folder of it. */
export default defineConfig({
  root: here,
  base: './',
  // Tables can be coloured, which needs a terminal, and are not here.
  resolve: { alias: { '@colors/colors/safe': fileURLToPath(new URL('./no-colors.ts', import.meta.url)) } },
  build: {
    outDir: fileURLToPath(new URL('../../dist/web/', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The worker holds the whole library; what counts is the compressed size, which a test watches.
    chunkSizeWarningLimit: 2000,
  },
  worker: { format: 'es' },
  // The emulated kernel, the labs and the grammar are beside src.
  server: { host: '127.0.0.1', fs: { allow: [fileURLToPath(new URL('../../', import.meta.url))] } },
});
