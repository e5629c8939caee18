import { expect, test } from 'vitest';
import { type Insn, makeInsn } from '../../../src/isa/insn.js';
import { operation } from '../../../src/isa/table.js';
import { interpreter, runBare } from '../../../src/machine/bare.js';
import { WasmEngine } from '../../../src/machine/wasm/engine.js';

const NOTHING = new Uint8Array(0);
const insn = (name: string, fields: Partial<Insn> = {}): Insn => makeInsn(operation(name), fields);
const exit = insn('exit');

/** Runs a program on both engines; r0 is what the first says. */
function run(insns: readonly Insn[]): bigint | string {
  const results = [interpreter, (m: ConstructorParameters<typeof WasmEngine>[0]) => new WasmEngine(m)].map(
    (engine) => runBare(insns, NOTHING, { engine }),
  );
  expect(results[1]).toEqual(results[0]);
  return results[0]?.kind === 'done' ? results[0].r0 : 'no end';
}

const set = insn('mov64_imm', { dst: 0, imm: 1 });

test('a function of twenty thousand blocks', () => {
  const body = Array.from({ length: 20_000 }, (_, i) => [
    insn('jgt64_imm', { dst: 0, imm: i, off: 1 }),
    insn('add64_imm', { dst: 0, imm: 3 }),
  ]).flat();
  expect(run([set, ...body, exit])).toBeTypeOf('bigint');
});

test('more calls of one function than its body would be good for', () => {
  const calls = 8000;
  const body = Array.from({ length: calls }, (_, i) => insn('call_local', { src: 1, imm: calls - i }));
  expect(run([set, ...body, exit, insn('add64_imm', { dst: 0, imm: 2 }), exit])).toBe(
    1n + 2n * BigInt(calls),
  );
});

test('a chain of functions each of which calls the next twice', () => {
  const depth = 12;
  const functions = Array.from({ length: depth }, (_, i) => {
    // Two calls and an exit each; the next function begins after them.
    const next = i + 1 < depth;
    return next
      ? [insn('call_local', { src: 1, imm: 2 }), insn('call_local', { src: 1, imm: 1 }), exit]
      : [insn('add64_imm', { dst: 0, imm: 1 }), exit];
  });
  expect(run([set, insn('call_local', { src: 1, imm: 1 }), exit, ...functions.flat()])).toBe(
    1n + 2n ** BigInt(depth - 1),
  );
});

test('more instructions than a unit may have are left to the interpreter', () => {
  const body = Array.from({ length: 110_000 }, () => insn('add64_imm', { dst: 0, imm: 1 }));
  expect(run([set, ...body, exit])).toBe(110_001n);
});
