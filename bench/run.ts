/** `npm run bench` runs every suite; `npm run bench -- parse` only those whose names are given. */
import { bootSuite } from './boot.bench.js';
import { compileSuite } from './compile.bench.js';
import { exploreSuite } from './explore.bench.js';
import { interpreterSuite } from './interpreter.bench.js';
import { operationsSuite } from './operations.bench.js';
import { pageSuite } from './page.bench.js';
import { parseSuite } from './parse.bench.js';
import { startSuite } from './start.bench.js';
import { trampolineSuite } from './trampoline.bench.js';
import { trampolineCSuite } from './trampoline-c.bench.js';
import { verifySuite } from './verify.bench.js';
import { wasmSuite } from './wasm.bench.js';

const SUITES: Readonly<Record<string, () => Promise<void>>> = {
  trampoline: trampolineSuite,
  'trampoline-c': trampolineCSuite,
  interpreter: interpreterSuite,
  operations: operationsSuite,
  wasm: wasmSuite,
  compile: compileSuite,
  parse: parseSuite,
  explore: exploreSuite,
  boot: bootSuite,
  page: pageSuite,
  start: startSuite,
  verify: verifySuite,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(SUITES, name));
if (unknown.length > 0) {
  console.error(`no such suite: ${unknown.join(', ')}; there are ${Object.keys(SUITES).join(', ')}`);
  process.exitCode = 2;
} else {
  for (const [name, suite] of Object.entries(SUITES)) {
    if (wanted.length === 0 || wanted.includes(name)) await suite();
  }
}
