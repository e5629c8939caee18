import { readdirSync, readFileSync } from 'node:fs';
import wabt from 'wabt';
import { loadProgram } from '../../src/machine/load.js';
import { Machine } from '../../src/machine/machine.js';
import { Memory } from '../../src/machine/memory.js';
import { ARGUMENTS } from '../../src/machine/wasm/live.js';
import { compileUnit } from '../../src/machine/wasm/unit.js';
import { errorAt } from '../../src/text/diagnostic.js';
import { assembleText } from './assemble.js';

const FEATURES = {
  exceptions: true,
  reference_types: true,
  multi_value: true,
  bulk_memory: true,
  sign_extension: true,
  mutable_globals: true,
};
const tools = await wabt();

/** A module as text, as wabt prints it. Throws if wabt finds it invalid. */
export function toWat(bytes: Uint8Array): string {
  const module = tools.readWasm(bytes, { ...FEATURES, threads: true, readDebugNames: false, check: true });
  try {
    module.validate();
    return module.toText({ foldExprs: false, inlineExport: false });
  } finally {
    module.destroy();
  }
}

const cases = new URL('../data/wat/', import.meta.url);

/** Programs whose compiled form is kept, by name. */
export const WAT_CASES: readonly string[] = readdirSync(cases)
  .filter((f) => f.endsWith('.s'))
  .map((f) => f.replace(/\.s$/, ''));

export const watFile = (name: string): URL => new URL(`${name}.wat`, cases);

/** The compiled form of a case. */
export function compileCase(name: string): Uint8Array {
  const text = readFileSync(new URL(`${name}.s`, cases), 'utf8');
  const machine = new Machine(new Memory(1 << 16), { atomics: false, plain: false });
  machine.addLeaf({ name: 'helper', run: (c) => c.giveNumber(0) });
  const { insns, diagnostics } = assembleText(text);
  if (diagnostics.length > 0) throw new Error(`${name}: ${diagnostics[0]?.message}`);
  const loaded = loadProgram(machine, {
    name,
    kind: 'kernel',
    insns,
    resolver: {
      call: () => ({ kind: 'leaf', index: 0 }),
      address: () => errorAt('B0208', 'nothing has a name here'),
    },
  });
  const fn = machine.text.functions[loaded.index]!;
  // Indirect calls have been seen to go to the last function.
  const seen = (): readonly number[] => [machine.text.functions.length - 1];
  return compileUnit(machine, { slot: fn.start, frameSize: fn.frameSize }, seen, () => ARGUMENTS).bytes;
}
