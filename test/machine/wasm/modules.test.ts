import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../../src/isa/table.js';
import { STACK_SIZE } from '../../../src/machine/thread.js';
import { ARGUMENTS } from '../../../src/machine/wasm/live.js';
import { compileUnit } from '../../../src/machine/wasm/unit.js';
import { DEFAULT_COMPILE } from '../../../src/machine/wasm/unit-context.js';
import { generateProgram } from '../../fuzz/generate.js';
import { prepare } from '../../fuzz/machine.js';
import { toInsns } from '../../fuzz/program.js';
import { Random } from '../../fuzz/random.js';
import { boot } from '../../support/kernel.js';
import { compileCase, toWat, WAT_CASES, watFile } from '../../support/wat.js';

test.each(WAT_CASES)('%s is compiled as before (accept with `npm run accept -- wat`)', (name) => {
  const bytes = compileCase(name);
  expect(WebAssembly.validate(bytes as BufferSource)).toBe(true);
  expect(toWat(bytes)).toBe(readFileSync(watFile(name), 'utf8'));
});

test.each(OPERATIONS.filter((op) => op.compute !== undefined || op.condition !== undefined))(
  '$name has its meaning in WebAssembly too',
  (op) => {
    expect(op.wasm).toBeDefined();
  },
);

test.each(OPERATIONS.filter((op) => ['lock', 'fetch', 'xchg', 'cmpxchg'].includes(op.form)))(
  '$name is a read-modify-write instruction of WebAssembly',
  (op) => {
    expect(op.rmw).toBeDefined();
  },
);

describe.each(['structured', 'dispatch'] as const)('control flow %s', (flow) => {
  test('modules of random programs are valid for V8 and for wabt', () => {
    let valid = 0;
    for (let seed = 1; seed <= 120; seed += 1) {
      const random = new Random(seed);
      const insns = toInsns(generateProgram(random));
      const alignment = { atomics: random.chance(50), plain: random.chance(50) };
      const subject = prepare(0, insns, { alignment, room: STACK_SIZE, watched: 0 });
      if (subject === undefined) continue;
      const { machine } = subject;
      const { start, frameSize } = machine.text.functions[0]!;
      const seen = (): readonly number[] => [];
      const { bytes } = compileUnit(machine, { slot: start, frameSize }, seen, () => ARGUMENTS, {
        ...DEFAULT_COMPILE,
        flow,
      });
      expect(WebAssembly.validate(bytes)).toBe(true);
      expect(toWat(bytes)).toContain('(module');
      valid += 1;
    }
    expect(valid).toBeGreaterThan(100);
  });
});

test('everything that the system calls of the emulated kernel reach makes a valid module', () => {
  const kernel = boot(
    'map h : hash { key 4, value 8, max_entries 1 }\nscenario { cpu 0 { delete h[0] } expect 1 == 1 }',
  );
  const { machine } = kernel;
  const fn = machine.text.functions[kernel.symbols.functionIndex('map_delete_elem')]!;
  const every = machine.text.functions.map((f) => f.index);
  const unit = compileUnit(
    machine,
    { slot: fn.start, frameSize: fn.frameSize },
    () => every,
    () => ARGUMENTS,
  );
  expect(unit.size).toBeGreaterThan(200);
  expect(toWat(unit.bytes)).toContain('(export "run"');
});
