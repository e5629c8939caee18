import { type EngineFactory, interpreter } from './bare.js';
import { WasmEngine } from './wasm/engine.js';

/** Instructions that `auto` leaves to the interpreter: what takes less time than compiling. */
const PATIENCE = 20_000;

/** Engines by the names users give them. What a program does never depends on the choice. */
export const ENGINES: Readonly<Record<string, EngineFactory>> = {
  auto: (machine) => new WasmEngine(machine, { patience: PATIENCE }),
  interp: interpreter,
  wasm: (machine) => new WasmEngine(machine),
};

export const DEFAULT_ENGINE = 'auto';
