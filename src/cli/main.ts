#!/usr/bin/env node
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { join } from 'node:path';
import type { main } from './command-line.js';
import { CompiledModules, keptFolder, setUp } from './compiled.js';

// Bundled as CommonJS, into the folder of what it loads.
const folder = import.meta.dirname;
const name = 'command-line.js';
// Without code for this Node, its own cache if it has one, from the second run on.
const { createRequire, enableCompileCache } = nodeModule as typeof nodeModule & {
  readonly enableCompileCache?: () => unknown;
};
const isKept = existsSync(keptFolder(folder));
if (isKept) setUp();
else enableCompileCache?.();
const loaded: unknown = isKept
  ? new CompiledModules(folder).load(name)
  : createRequire(join(folder, name))(`./${name}`);
void (loaded as { readonly main: typeof main }).main();
