import { type EngineFactory, interpreter } from './bare.js';
import { WasmEngine, type WasmOptions } from './wasm/engine.js';

const engines = (options: Partial<WasmOptions>): Readonly<Record<string, EngineFactory>> => ({
  auto: (machine) => new WasmEngine(machine, { ...options, thrifty: true }),
  interp: interpreter,
  wasm: (machine) => new WasmEngine(machine, options),
});

/** Engines by the names users give them. What a program does never depends on the choice. */
export const ENGINES = engines({});

/** The same for measuring what code costs: what is atomic costs what it does on a machine of several CPUs. */
export const MEASURING_ENGINES = engines({ atomics: true });

export const DEFAULT_ENGINE = 'auto';
