import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import type { BuiltImage } from '../kernel/boot/built.js';
import { REFUSAL_CODES } from '../text/codes-refused.js';
import { isObject, type ResultType } from '../verify/calls/row.js';
import { lessOfCodeMirror } from './build/codemirror.js';
import { packedGrammars } from './build/grammar.js';
import { lessOfMethods } from './build/methods.js';
import { plainNumbers } from './build/numbers.js';
import { lessOfOhm, OHM } from './build/ohm.js';
import { ownPreload } from './build/preload.js';
import { lazyStringWidth } from './build/string-width.js';
import { isWhole, VERIFIER, wholeForVerifier } from './build/whole.js';
import { helpPlugin } from './help/build.js';
import { packKernel } from './worker/packed-kernel.js';

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

/** Columns are counted without the characters that only some terminals show wide. */
const lessOfWidths: Plugin = {
  name: 'less-of-widths',
  // What could not be seen is shown as escapes before its columns are counted (`src/text/shown.ts`): no text has any of ANSI's.
  load: (id) => (id.endsWith('/strip-ansi/index.js') ? 'export default (text) => text;' : undefined),
  transform(code, id) {
    if (!id.endsWith('/get-east-asian-width/lookup-data.js')) return undefined;
    return {
      code: code.replace(/(export const (?:ambiguous|half\w+|narrow)Ranges = )\[[^\]]*\]/g, '$1[]'),
      map: null,
    };
  },
};

/**
 * Modules that only serve to make functions which programs of an object are attached to and nobody declared. They are loaded
 * once an object is opened: until then whoever imports one of them has functions that hand on to what has been loaded, if
 * anything has. By name, what each exports to others, and what it says where nothing has been loaded.
 */
const MADE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'kernel/attach/well-known.ts': { wellKnownTracepoint: 'undefined' },
  'kernel/attach/well-known-records.ts': { wellKnownEvent: 'undefined', wellKnownRecord: 'undefined' },
  'kernel/boot/missing.ts': { declareMissing: '[]' },
  'object/dwarf.ts': { readDwarf: 'undefined' },
};
const REAL = '?made';

/**
 * How many lines of what is known of Linux the page has: those that come first, which are traced most. Of other functions and
 * tracepoints it knows what the programs of the object say they take. What a function returns, and what a pointer points to,
 * matters to C alone, which the page has not. 19 kB.
 */
const MOST_TRACED: Readonly<Record<string, number>> = { functions: 30, tracepoints: 15, records: 8 };
const mostTraced: Plugin = {
  name: 'most-traced',
  enforce: 'pre',
  transform(code, id) {
    const [, table = ''] = /\/well-known-(\w+)\.ts/.exec(id) ?? [];
    const most = MOST_TRACED[table];
    if (most === undefined || isWhole(id) || !code.includes('`\n')) return undefined;
    let left = most;
    const kept = code.replace(/(?<=const \w+ = `\n)[^`]*(?=`)/g, (text) => {
      const lines = text.split('\n').slice(0, left);
      left -= lines.length;
      return lines
        .map((line) =>
          line
            .trim()
            .replace(/^[^(:]*?(?=\w+\()/, 'int ')
            .replace(/(?:\w+ )?(?:\w+ )?\w+ \*+/g, 'void *'),
        )
        .join('\n');
    });
    return { code: kept, map: null };
  },
};
const madeLater: Plugin = {
  name: 'made-later',
  enforce: 'pre',
  async resolveId(source, importer, options) {
    // What is loaded later has the modules themselves.
    if (importer === undefined || !(importer.endsWith('/worker/making.ts') || importer.endsWith(REAL)))
      return undefined;
    const found = await this.resolve(source, importer.replace(REAL, ''), options);
    const [, file = ''] = /\/src\/([\w/-]+\.ts)$/.exec(found?.id ?? '') ?? [];
    return Object.hasOwn(MADE, file) ? `${found!.id}${REAL}` : undefined;
  },
  load(id) {
    const [, file = ''] = /\/src\/([\w/-]+\.ts)$/.exec(id) ?? [];
    if (!Object.hasOwn(MADE, file)) return undefined;
    const functions = Object.entries(MADE[file]!).map(
      ([name, otherwise]) =>
        `export const ${name} = (...args) => (made.${name} ? made.${name}(...args) : ${otherwise});`,
    );
    return [`import { made } from ${JSON.stringify(at('./worker/made.ts'))};`, ...functions].join('\n');
  },
};

/** Labs that are measured nobody sees: they go without comments, and without the scenarios that show what they do. 2 kB. */
const lessOfLabs: Plugin = {
  name: 'less-of-labs',
  apply: 'build',
  enforce: 'pre',
  load: {
    filter: { id: /\/programs\/bench\/[\w.-]+\.bpf\?raw$/ },
    handler(id) {
      const text = readFileSync(id.replace('?raw', ''), 'utf8');
      const less = text.replace(/^\/\/.*\n|^ +/gm, '').replace(/^scenario .*/ms, '');
      return `export default ${JSON.stringify(less)};`;
    },
  },
};

/**
 * What the page's compiler lacks: it compiles nothing but the cases of the benchmark, in which there is nothing to unroll,
 * nothing to rotate and nothing that is looked up in a map, all loops have one entry, no leaf is called, nothing is skipped by a
 * comparison of 32 bits, and some instructions do not occur; and compiles it at once. 6 kB.
 */
const NOT_COMPILED: Readonly<Record<string, string>> = {
  borrow: 'export const writeBorrow = () => false;',
  coverage: 'export class Coverage {} export const longestBody = () => {};',
  dispatch: 'export const writeDispatched = () => {};',
  unroll: 'export const unroll = () => {};',
  gate: 'export const writeGate = () => {};',
  rotate: 'export const findRotations = () => new Map();',
  thrift: 'export class Thrift {}',
  imports: `export class Imports { call = {}; constructor({ memory }) { this.of = () => ({ memory: memory.wasm }); } }
export const importLeaves = () => new Map(), callLeaf = () => {};`,
  rare: `export const [gotox, mayGoto, writeCompareExchange, writeLoadAcquire, writeStoreRelease] = Array(5).fill(() => {});`,
  settled: 'export const settledBy = () => {}, arrayAt = () => {}, returned = () => {};',
  windows: 'export class Windows {}',
  'in-window': 'export const testInWindow = () => false;',
  written: 'export const writesAnywhere = () => true;',
  lookups: `export const writeLookup = (_cx, _it, _arrays, callLeaf) => callLeaf();
export const writeSettled = () => {};
export const missing = () => {};`,
};
const lessOfCompiler: Plugin = {
  name: 'less-of-compiler',
  apply: 'build',
  load: {
    filter: { id: new RegExp(`/machine/wasm/(?:${Object.keys(NOT_COMPILED).join('|')})\\.ts$`) },
    handler: (id) => NOT_COMPILED[/([\w-]+)\.ts$/.exec(id)![1]!],
  },
};

/** What only a verifier says: without the labs that are examples. */
const lessOfCodes: Plugin = {
  name: 'less-of-codes',
  apply: 'build',
  load: {
    filter: { id: /\/text\/codes-refused\.ts$/ },
    handler() {
      const codes = Object.entries(REFUSAL_CODES).map(([code, { title, explain }]) => [
        code,
        { title, explain },
      ]);
      return `export const REFUSAL_CODES = ${JSON.stringify(Object.fromEntries(codes))};`;
    },
  },
};

/** What calls take and give, as far as that matters where nothing is verified: how many arguments, callbacks, objects. 2 kB. */
const lessOfCalls: Plugin = {
  name: 'less-of-calls',
  apply: 'build',
  enforce: 'pre',
  transform: {
    filter: { id: /\/verify\/calls\/(?:helpers|kfuncs)\.ts$/ },
    handler: (code) => ({
      code: code.replace(/`\n[^`]*`/g, (rows) =>
        rows
          .replace(/(?<=[(,] ?)[\w@.]+ \w+(?=[,)].* -> )/g, (argument) =>
            /^(?:callback|stack_or_null) /.test(argument) ? argument : 'any',
          )
          .replace(/ -> (\w+).*/g, (_, returns: ResultType) => {
            const less = isObject(returns) ? 'btf_object' : returns === 'void' ? returns : 'int';
            return ` -> ${less}`;
          })
          .replace(/ +/g, ' ')
          .replace(/^ /gm, ''),
      ),
      map: null,
    }),
  },
};

/** Packs the emulated kernel that was built: 16 kB. */
const packedKernel: Plugin = {
  name: 'packed-kernel',
  apply: 'build',
  enforce: 'pre',
  transform(code, id) {
    if (!id.endsWith('/built.generated.ts')) return undefined;
    const [, text] = /JSON\.parse\((".*")\)/s.exec(code)!;
    const packed = packKernel(JSON.parse(JSON.parse(text!) as string) as BuiltImage);
    return {
      code: `import { unpackKernel } from ${JSON.stringify(at('./worker/packed-kernel.ts'))};
export const BUILT = unpackKernel(JSON.parse(${JSON.stringify(JSON.stringify(packed))}));`,
      map: null,
    };
  },
};

/** The first file goes without its comments, and without the space that only its source is read with. */
const lessOfDocument: Plugin = {
  name: 'less-of-document',
  apply: 'build',
  transformIndexHtml: (html) =>
    html
      .replace(/<!--.*?-->/gs, '')
      .replace(/(?<=>)\s+(?=<)/g, '')
      .replace(/\s+/g, ' '),
};

/**
 * Which modules lie together: what page and worker need; what runs a lab; what shows a run; what explores. Left alone
 * there would be thirty files, the smaller of which have little in them to be compressed with: 7 kB in all. Nothing but
 * sizes depends on it; test/web/embed.test.ts holds how much of it an embedded lab loads.
 */
const FILES = [
  // What Linux would refuse, loaded once a lab has been shown, and what there is to say of that.
  { name: 'verifier', test: [VERIFIER] },
  { name: 'refusals', test: [/src\/text\/codes-refused/] },
  { name: 'making', test: [/\?made$|src\/web\/worker\/making\.|\/well-known-(?:functions|tracepoints)\.ts/] },
  {
    name: 'both',
    test: [
      /src\/(?:text\/(?!codes)|isa\/(?:table|semantics)|kernel\/(?:model|attach\/kinds)\.|lab\/(?:properties|layers)\.|report\/active)/,
      /src\/(?:syntax\/(?:lab-ast|keywords)|web\/(?:commands|dom|files|help\/contents|protocol\/protocol))/,
      /fastest-levenshtein|string-width|east-asian|ansi/,
    ],
  },
  {
    name: 'labs',
    test: [
      // What compiles to WebAssembly is for measuring alone: what is observed is interpreted. What follows registers through a
      // program is asked at boot as well, for lookups in place.
      /src\/(?:syntax|isa|object|verify|machine(?!\/(?:wasm|engines))|kernel|lab|replay|step)\/|grammar\/|ohm-js/,
      /src\/machine\/wasm\/(?:graph|live|pointers|scope|settled)\./,
      /src\/(?:report\/(?!bench|explore|explorations|perfetto|public)\w+|web\/worker\/(?:worker|run|step|shipped|explained|verifier|packed-\w+|made))\.ts/,
    ],
  },
  {
    name: 'shown',
    test: [
      /src\/web\/(?:timeline\/|protocol\/client|answer|compare|describe-event|keyboard|labs|schedule-text|subjects|summary|url|embed\/link)/,
      /src\/web\/panels\/(?:answer|data|difference|intro|names|pane|problems|scrubber|shown-run|source-lines|state|step)\.ts/,
      /programs\/(?:explore\/)?[\w-]+\.bpf/,
    ],
  },
  {
    name: 'explored',
    test: [
      /src\/(?:explore|report\/(?:explore|explorations|perfetto|public)|web\/worker\/(?:asked|explore|guard|lesson|schedule|trace))/,
    ],
  },
  // What the laboratory and what explores need, and no embedded lab.
  {
    name: 'laboratory',
    test: [/src\/web\/(?:course\/(?:checks|lesson|lessons)|protocol\/explore)\.|programs\/course\//],
  },
  // What is read: the help, and what there is to say of each diagnostic, which has much the same words.
  { name: 'texts', test: [/src\/web\/help\/(?:article|codes)|src\/text\/codes|virtual:help/] },
].map(({ name, test }, i) => ({
  name,
  test: (id: string) => test.some((pattern) => pattern.test(id)),
  priority: 9 - i,
}));

/** The page: static files with relative addresses, for any server and any folder of it. */
export default defineConfig({
  root: at('./'),
  base: './',
  plugins: [
    sharedWorkers,
    wholeForVerifier,
    lessOfCalls,
    lessOfCodeMirror,
    lessOfCodes,
    lessOfCompiler,
    lessOfDocument,
    lessOfLabs,
    lessOfMethods,
    lessOfOhm,
    lessOfWidths,
    lazyStringWidth,
    madeLater,
    mostTraced,
    plainNumbers,
    ownPreload,
    packedKernel,
    packedGrammars,
    helpPlugin(),
  ],
  resolve: {
    alias: {
      'ohm-js': OHM,
      '@codemirror/language': at('./editor/no-language.ts'),
      '@lezer/common': at('./editor/no-language.ts'),
    },
  },
  build: {
    outDir: at('../../dist/web/'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: {
      polyfill: false,
      // A worker has no document that could be told what it will need.
      resolveDependencies: (_, needed, { hostId }) =>
        /\/(?:labs|explored|bench)-/.test(hostId) ? [] : needed,
    },
    rolldownOptions: {
      // Reading a property does nothing, nor does a name of the browser's: what is not used then goes.
      treeshake: { propertyReadSideEffects: false, unknownGlobalSideEffects: false },
      output: {
        codeSplitting: { groups: FILES, includeDependenciesRecursively: false },
        // Every file names others: six characters of a hash tell one build from the next, too.
        chunkFileNames: 'assets/[name]-[hash:6].js',
        entryFileNames: 'assets/[name]-[hash:6].js',
        assetFileNames: 'assets/[name]-[hash:6][extname]',
      },
    },
    // What counts is the compressed size, which a test watches.
    chunkSizeWarningLimit: 2000,
  },
  worker: { format: 'es' },
  // The emulated kernel, the labs and the grammar are beside src.
  server: { host: '127.0.0.1', fs: { allow: [at('../../')] } },
});
