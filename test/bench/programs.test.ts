import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { prepareProgram } from '../../bench/bare.js';
import { compileNative } from '../../bench/native.js';
import { PROGRAMS } from '../../bench/programs.js';
import { interpreter } from '../../src/machine/bare.js';
import { WasmEngine } from '../../src/machine/wasm/engine.js';

const folder = new URL('../../bench/c/', import.meta.url);
const native = compileNative(folder);

afterAll(() => native?.remove());

test('every C file is listed, and every program was recorded for both instruction sets', () => {
  const files = readdirSync(folder);
  const names = PROGRAMS.map((p) => p.name);
  const drivers = ['main.c', 'ubpf.c'];
  expect(files.filter((f) => f.endsWith('.c') && !drivers.includes(f)).toSorted()).toEqual(
    names.map((n) => `${n}.c`).toSorted(),
  );
  expect(files.filter((f) => f.endsWith('.o')).toSorted()).toEqual(
    names.flatMap((n) => [`${n}.v3.o`, `${n}.v4.o`]).toSorted(),
  );
});

describe.each(PROGRAMS)('$name', (program) => {
  test.each(['v3', 'v4'] as const)(
    'compiled for %s gives the same on both engines, in as many instructions',
    (version) => {
      const bytes = readFileSync(new URL(`${program.name}.${version}.o`, folder));
      const interpreted = prepareProgram(program, bytes, interpreter);
      const compiled = prepareProgram(program, bytes, (m) => new WasmEngine(m, { slice: 5000 }));
      const result = interpreted.run();
      expect(compiled.run()).toBe(result);
      expect(compiled.machine.executed).toBe(interpreted.machine.executed);
      // Once more, on what the first run has left in memory.
      expect(compiled.run()).toBe(interpreted.run());
    },
  );

  test.skipIf(native === undefined)('gives the same as what cc makes of it (where there is a cc)', () => {
    const bytes = readFileSync(new URL(`${program.name}.v3.o`, folder));
    const { run } = prepareProgram(program, bytes, (m) => new WasmEngine(m));
    expect(run()).toBe(native!.time(program.name, 0).result);
  });
});
