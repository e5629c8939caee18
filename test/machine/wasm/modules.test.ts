import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { makeInsn } from '../../../src/isa/insn.js';
import { OPERATIONS, operation } from '../../../src/isa/table.js';
import { loadProgram } from '../../../src/machine/load.js';
import { Machine } from '../../../src/machine/machine.js';
import { Memory } from '../../../src/machine/memory.js';
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

const ATOMIC = ['lock', 'fetch', 'xchg', 'cmpxchg', 'acquire', 'release'];

test.each(OPERATIONS.filter((op) => ATOMIC.includes(op.form)))(
  '$name is atomic where another thread of the host may have the memory, or what it costs is measured',
  (op) => {
    const insns = [makeInsn(op, { dst: 1, src: 1 }), makeInsn(operation('exit'))];
    const compile = (shared: boolean, atomics: boolean): Uint8Array<ArrayBuffer> => {
      const machine = new Machine(new Memory(1 << 16, shared), { atomics: true, plain: false });
      const resolver = { call: () => undefined as never, address: () => undefined as never };
      const { index } = loadProgram(machine, { name: 'f', kind: 'kernel', insns, resolver });
      const { start, frameSize } = machine.text.functions[index]!;
      const none = (): readonly number[] => [];
      const options = { ...DEFAULT_COMPILE, atomics };
      return compileUnit(machine, { slot: start, frameSize }, none, () => ARGUMENTS, options).bytes;
    };
    expect(toWat(compile(false, false))).not.toContain('.atomic.');
    expect(toWat(compile(false, true))).toContain('.atomic.');
    const shared = compile(true, false);
    expect(WebAssembly.validate(shared)).toBe(true);
    // wabt knows no shared memory: only its limits, and by that the length of their section, are said otherwise.
    expect(shared).toHaveLength(compile(false, true).length);
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
