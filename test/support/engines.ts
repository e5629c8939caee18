import { type EngineFactory, interpreter } from '../../src/machine/bare.js';
import { WasmEngine } from '../../src/machine/wasm/engine.js';

/** Compiles functions as they are entered, from the first instruction on. */
const compiled: EngineFactory = (machine) => new WasmEngine(machine);

/** Compiles wherever a thread is found standing, so that short programs and all ways of going on are tried too. */
const wasm: EngineFactory = (machine) => new WasmEngine(machine, { eager: true });

/** Every engine there is; program tests run on each. */
export const ENGINES: readonly (readonly [string, EngineFactory])[] = [
  ['interp', interpreter],
  ['wasm', wasm],
];

/** The engines for what runs on many kernels: each compiles what others have compiled elsewhere already. */
export const ENGINES_OF_MANY: readonly (readonly [string, EngineFactory])[] = [
  ['interp', interpreter],
  ['wasm', compiled],
];
