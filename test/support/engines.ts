import { type EngineFactory, interpreter } from '../../src/machine/bare.js';
import { WasmEngine } from '../../src/machine/wasm/engine.js';

/** Compiles wherever a thread is found standing, so that short programs and all ways of going on are tried too. */
const wasm: EngineFactory = (machine) => new WasmEngine(machine, { eager: true });

/** Every engine there is; program tests run on each. */
export const ENGINES: readonly (readonly [string, EngineFactory])[] = [
  ['interp', interpreter],
  ['wasm', wasm],
];
