import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Insn, makeInsn } from '../../src/isa/insn.js';
import type { Operation } from '../../src/isa/operation.js';
import { OPERATIONS, operation } from '../../src/isa/table.js';
import { type BareOptions, runBare } from '../../src/machine/bare.js';
import { assembleText } from '../support/assemble.js';
import { ENGINES } from '../support/engines.js';
import { expectedCompare, expectedCompute, wideValues } from '../support/meaning.js';

const NOTHING = new Uint8Array(0);

function load(register: number, value: bigint): Insn {
  return makeInsn(operation('lddw'), {
    dst: register,
    imm: Number(BigInt.asIntN(32, value)),
    hi: Number(BigInt.asIntN(32, value >> 32n)),
  });
}

/** The program `r1 = a; r2 = b; OP; r0 = r1; exit`, or for a comparison one that returns whether it jumped. */
function program(op: Operation, a: bigint, b: bigint): Insn[] {
  const usesImm = op.form.endsWith('_imm');
  const imm = usesImm ? Number(BigInt.asIntN(32, b)) : 0;
  const it = makeInsn(op, { dst: 1, src: usesImm ? 0 : 2, imm, off: op.condition === undefined ? 0 : 1 });
  const exit = makeInsn(operation('exit'));
  const set = (n: number): Insn => makeInsn(operation('mov64_imm'), { dst: 0, imm: n });
  if (op.condition !== undefined) return [load(1, a), load(2, b), set(1), it, set(0), exit];
  return [load(1, a), load(2, b), it, makeInsn(operation('mov64_reg'), { dst: 0, src: 1 }), exit];
}

const computed = OPERATIONS.filter(
  (op) => op.compute !== undefined && !op.mnemonic.startsWith('lock') && op.isa !== 'internal',
);
const compared = OPERATIONS.filter((op) => op.condition !== undefined);

describe.each(ENGINES)('engine %s', (_, engine) => {
  const run = (insns: readonly Insn[], options: BareOptions = {}): bigint | string => {
    const result = runBare(insns, NOTHING, { engine, ...options });
    return result.kind === 'done' ? result.r0 : result.kind;
  };

  test.each([...computed, ...compared].map((op) => [op.name, op] as const))('carries out %s', (_name, op) => {
    fc.assert(
      fc.property(wideValues, wideValues, (a, b) => {
        const operand = op.form.endsWith('_imm') ? BigInt.asUintN(64, BigInt.asIntN(32, b)) : b;
        const expected =
          op.condition === undefined
            ? expectedCompute(op, a, operand)
            : expectedCompare(op, a, operand)
              ? 1n
              : 0n;
        expect(run(program(op, a, b))).toBe(expected);
      }),
      { numRuns: 15 },
    );
  });

  test('stops at the first check point at which the budget is used up, and goes on to the same end', () => {
    const { insns } = assembleText(`
      r6 = 0
      r7 = 0
    again:
      r1 = r7
      call twice
      r6 += r0
      r7 += 1
      if r7 < 50 goto again
      r0 = r6
      exit
    twice:
      r0 = r1
      r0 += r0
      exit`);
    const whole = runBare(insns, NOTHING, { engine });
    expect(whole).toMatchObject({ kind: 'done', r0: 2450n });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600 }), (budget) => {
        const cut = runBare(insns, NOTHING, { engine, budget });
        if (cut.kind === 'done') expect(cut.r0).toBe(2450n);
        else {
          expect(cut.kind).toBe('budget');
          if (cut.kind === 'budget') {
            expect(cut.executed).toBeGreaterThanOrEqual(budget);
            expect(cut.executed - budget).toBeLessThan(5);
          }
        }
      }),
    );
  });

  test('clobbers r1 to r5 in a call and keeps r6 to r9', () => {
    const { insns } = assembleText(`
      r6 = 6
      r9 = 9
      r1 = 1
      call sub
      r0 = r1
      r0 ^= r6
      r0 ^= r9
      exit
    sub:
      r6 = 100
      r9 = 100
      exit`);
    expect(run(insns as Insn[])).toBe(0xdead0000ca11ed00n ^ 6n ^ 9n);
  });

  test('gives every frame zeroed memory', () => {
    const { insns } = assembleText(`
      call fill
      call read
      exit
    fill:
      *(u64 *)(r10 - 8) = -1
      r0 = 0
      exit
    read:
      r0 = *(u64 *)(r10 - 8)
      exit`);
    expect(run(insns as Insn[])).toBe(0n);
  });

  test('ends a may_goto loop after as many rounds as the kernel allows', () => {
    const { insns } = assembleText('r0 = 0\nagain:\nmay_goto out\nr0 += 1\ngoto again\nout:\nexit');
    expect(run(insns as Insn[])).toBe(8n * 1024n * 1024n);
  });

  test('follows gotox within a function only', () => {
    const jump = (target: string): string => `
      r1 = inside ll
      r1 += ${target}
      gotox r1
    inside:
      r0 = 1
      exit`;
    const parts = assembleText(
      jump('0').replace('inside ll', '0xffffa00000000000 ll').replace('+= 0', '+= 32'),
    );
    expect(run(parts.insns as Insn[])).toBe(1n);
    const outside = assembleText('r1 = 0xffffa00000001000 ll\ngotox r1\nexit');
    expect(run(outside.insns as Insn[])).toBe('fault');
  });
});
