import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';

type ModuleFunction = (
  exports: object,
  require: (path: string) => unknown,
  module: { exports: object },
  __filename: string,
  __dirname: string,
) => void;

// What Node puts around a file.
const HEAD = Buffer.from('(function (exports, require, module, __filename, __dirname) {');
const TAIL = Buffer.from('\n})');

/** V8 refuses kept code of another version of its own, or of other flags; so code is kept by version and architecture. */
export const keptFolder = (folder: string): string =>
  join(folder, 'compiled', `${process.versions.v8}-${process.arch}`);

/**
 * What code is kept with, and must be loaded with. A short command never gets back what V8 does for a long one; of the
 * instructions of `run` beyond those of a bare Node:
 */
const FLAGS = [
  // Functions are optimised after more work: 5 to 16 % of the processor's time, 5 MiB.
  '--interrupt-budget=1000000',
  // They note what types they meet after more calls: 7 %.
  '--interrupt-budget-factor-for-feedback-allocation=32',
  // The young generation grows at once to what it may have, in place of being collected six times on the way: 7 %.
  '--semi-space-growth-factor=16',
];

export function setUp(): void {
  for (const flag of FLAGS) setFlagsFromString(flag);
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/**
 * Loads CommonJS files that lie in one folder as `require` does, with the code that V8 made of them when the package was built.
 * V8 takes kept code for a text of the same length without comparing, so that what is kept must be made of these files:
 * their names have a hash of their contents.
 */
export class CompiledModules {
  /** The scripts of the files that have been loaded, by name. */
  readonly scripts = new Map<string, Script>();
  readonly #folder: string;
  readonly #kept: string;
  readonly #modules = new Map<string, { exports: object }>();
  readonly #outside: NodeJS.Require;

  constructor(folder: string) {
    this.#folder = folder;
    this.#kept = keptFolder(folder);
    this.#outside = createRequire(join(folder, 'outside.js'));
  }

  /** What a file exports: `name` is its name in the folder. */
  load(name: string): unknown {
    const known = this.#modules.get(name);
    if (known !== undefined) return known.exports;
    const path = join(this.#folder, name);
    const cachedData = readIfThere(join(this.#kept, name));
    const text = Buffer.concat([HEAD, readFileSync(path), TAIL]).toString('latin1');
    const script = new Script(text, { filename: path, ...(cachedData && { cachedData }) });
    this.scripts.set(name, script);
    const module = { exports: {} };
    this.#modules.set(name, module);
    const require = (to: string): unknown =>
      to.startsWith('./') ? this.load(to.slice(2)) : (this.#outside(to) as unknown);
    (script.runInThisContext() as ModuleFunction)(module.exports, require, module, path, this.#folder);
    return module.exports;
  }
}
