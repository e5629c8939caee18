import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import { helpPlugin } from './help/build.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * Builds workers together with the page, so that what both need is in files that both load. Vite by itself builds a
 * worker as a page of its own, and what both need twice.
 */
const sharedWorkers: Plugin = {
  name: 'shared-workers',
  apply: 'build',
  enforce: 'pre',
  async transform(code, id) {
    const [worker, path] = /new URL\('([^']+\/worker\.ts)', import\.meta\.url\)/.exec(code) ?? [];
    if (worker === undefined || path === undefined) return undefined;
    const resolved = await this.resolve(path, id);
    if (resolved === null) throw new Error(`${id} starts a worker that there is not: ${path}`);
    const file = this.emitFile({ type: 'chunk', id: resolved.id, name: 'worker' });
    return { code: code.replace(worker, `import.meta.ROLLUP_FILE_URL_${file}`), map: null };
  },
};

/** The page: static files with relative addresses, for any server and any folder of it. */
export default defineConfig({
  root: at('./'),
  base: './',
  plugins: [sharedWorkers, helpPlugin()],
  // Grammars are made from recipes: without what reads ohm's own language.
  resolve: { alias: { 'ohm-js': at('../../node_modules/ohm-js/src/main-kernel.js') } },
  build: {
    outDir: at('../../dist/web/'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What counts is the compressed size, which a test watches.
    chunkSizeWarningLimit: 2000,
  },
  worker: { format: 'es' },
  // The emulated kernel, the labs and the grammar are beside src.
  server: { host: '127.0.0.1', fs: { allow: [at('../../')] } },
});
