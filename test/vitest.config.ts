import { availableParallelism } from 'node:os';
import { defineConfig, type TestProjectConfiguration } from 'vitest/config';
import { TEST_LIMIT, WAIT_LIMIT } from './support/limits.js';
import { Slowest } from './support/slowest.js';
import { Stuck } from './support/stuck.js';

/** What was recorded of real kernels, compilers and instruction sets, wherever the room it is about. */
const RECORDED = ['test/**/{recorded-*,golden*,conformance,verdicts}.test.ts'];
const RANDOM_OR_LAB = [
  'test/{lab,replay,explore,promela,step,bench,percpu,fuzz}/**/*.test.ts',
  // This runs every lab there is.
  'test/verify/written.test.ts',
];
const COMMANDS = ['test/cli/**/*.test.ts', 'test/{package,readme}.test.ts'];
const PAGE = ['test/web/**/*.test.ts'];

interface Project {
  readonly name: string;
  readonly include: readonly string[];
  readonly exclude?: readonly string[];
  /** Its files have modules of their own. Without it a worker imports what is tested once, which nothing may change. */
  readonly isolate?: true;
}

const project = ({ name, include, exclude = [], isolate }: Project): TestProjectConfiguration => ({
  extends: true,
  test: { name, include: [...include], exclude: [...exclude], isolate: isolate ?? false },
});

/** A file belongs to one project: by its folder, but for recordings, which lie beside the tests of their room. */
const projects = [
  // Does each part do what it says? What one runs while working: it needs no build but `npm run generate`.
  {
    name: 'unit',
    include: ['test/**/*.test.ts'],
    exclude: [...RECORDED, ...RANDOM_OR_LAB, ...COMMANDS, ...PAGE],
  },
  // Do whole runs and explorations come to what they must, of shipped labs, written ones, and random ones?
  { name: 'labs', include: RANDOM_OR_LAB, exclude: RECORDED },
  // Is it what real kernels did, and what LLVM's BPF and the public conformance tests say?
  { name: 'recordings', include: RECORDED },
  // Does the user of a terminal get what README says? It runs what is built, and what would be published.
  { name: 'cli', include: COMMANDS },
  // Does the user of the page? It opens the built page in Chromium.
  { name: 'page', include: PAGE },
] as const satisfies readonly Project[];

export default defineConfig({
  test: {
    projects: projects.map(project),
    // One more: where a worker waits for its page or for a process, the next has the processor.
    maxWorkers: availableParallelism() + 1,
    // Each project would translate the sources anew; the cache knows a file by what is in it.
    experimental: { fsModuleCache: true, fsModuleCachePath: 'node_modules/.cache/vitest' },
    // Most of what tests make is soon garbage: with more room for it, less of it is copied.
    execArgv: ['--max-semi-space-size=64'],
    testTimeout: TEST_LIMIT,
    hookTimeout: TEST_LIMIT,
    expect: { poll: { timeout: WAIT_LIMIT } },
    globalSetup: ['test/support/announce.ts'],
    reporters: ['default', new Slowest(), new Stuck()],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/**/*.generated.ts'],
      reporter: ['text', 'html'],
    },
  },
});
