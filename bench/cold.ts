/** Prints the milliseconds that compiling a short program takes in a process in which nothing was compiled before. */

import { WasmEngine } from '../src/machine/wasm/engine.js';
import { ARGUMENTS } from '../src/machine/wasm/live.js';
import { compileUnit } from '../src/machine/wasm/unit.js';
import { prepareProgram, recorded } from './bare.js';
import { PROGRAMS } from './programs.js';

const { machine } = prepareProgram(PROGRAMS[0]!, recorded(PROGRAMS[0]!, 'v3'), (m) => new WasmEngine(m));
const before = performance.now();
const { bytes } = compileUnit(
  machine,
  { slot: 0, frameSize: 0 },
  () => [],
  () => ARGUMENTS,
);
new WebAssembly.Instance(new WebAssembly.Module(bytes), { m: { memory: machine.memory.wasm } });
console.log(performance.now() - before);
