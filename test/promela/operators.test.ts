import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeInsn } from '../../src/isa/insn.js';
import type { Operation } from '../../src/isa/operation.js';
import { OPERATIONS } from '../../src/isa/table.js';
import { compute, condition, type Expression, type Operand } from '../../src/promela/operators.js';
import { hasSpin } from '../support/spin.js';

const WIDE = [
  0n,
  1n,
  2n,
  31n,
  63n,
  200n,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  0x1_0000_0001n,
  0x1234_5678_9abc_def0n,
  0x8000_0000_0000_0000n,
  0xffff_ffff_ffff_ff80n,
  0xffff_ffff_ffff_ffffn,
];
/** Kinds of operands: variables of 64 bits, of 32, and small ones, whose bounds decide how an expression is written. */
const KINDS = [
  { values: WIDE, of: (name: string): Operand => ({ kind: 'wide', name: `${name}x` }) },
  {
    values: WIDE.filter((v) => v <= 0xffff_ffffn),
    of: (name: string): Operand => ({ kind: 'var', name, max: 0xffff_ffffn }),
  },
  {
    values: WIDE.filter((v) => v <= 255n),
    of: (name: string): Operand => ({ kind: 'var', name, max: 255n }),
  },
];

interface Case {
  readonly name: string;
  readonly expression: Expression;
  readonly values: readonly bigint[];
  readonly second: readonly bigint[];
  readonly constant: boolean;
  readonly expected: readonly bigint[];
}

const w = new Int32Array(4);
function put(at: number, n: bigint): void {
  w[at] = Number(BigInt.asIntN(32, n));
  w[at + 1] = Number(BigInt.asIntN(32, n >> 32n));
}

/** What the instruction table says. */
function meaning(op: Operation, a: bigint, b: bigint): bigint {
  put(0, a);
  // Sign extension has its operand in the source; `compute` is given it as the first.
  put(2, op.form === 'extend' ? a : b);
  if (op.condition !== undefined) return op.condition(w, 0, 2) ? 1n : 0n;
  op.compute!(w, 0, 2);
  return (BigInt(w[1]! >>> 0) << 32n) | BigInt(w[0]! >>> 0);
}

function casesOf(op: Operation): Case[] {
  const express = (a: Operand, b: Operand): Expression | undefined =>
    op.condition === undefined ? compute(op, a, b) : condition(makeInsn(op), a, b);
  return KINDS.flatMap(({ values, of }) => {
    const make = (second: readonly bigint[], b: Operand, constant: boolean): Case => ({
      name: op.name,
      expression: express(of('a'), b)!,
      values,
      second,
      constant,
      expected: values.flatMap((x) => second.map((y) => meaning(op, x, y))),
    });
    return [make(values, of('b'), false), ...WIDE.map((v) => make([v], { kind: 'const', value: v }, true))];
  });
}

const hex = (values: readonly bigint[]): string => values.map((v) => `0x${v.toString(16)}ULL`).join(', ');

/** One case as C: Promela's own expressions are C's, on `int`. */
function inC({ expression, values, second }: Case): string {
  const { text, isC, max } = expression;
  const narrow = isC ? `(int)(${text.replaceAll('@->', 'p->')})` : text;
  const result = max > 0xffff_ffffn ? text.replaceAll('@->', 'p->') : `(u32)(${narrow})`;
  return `{ u64 as[] = { ${hex(values)} }, bs[] = { ${hex(second)} };
    for (int i = 0; i < ${values.length}; i++) for (int j = 0; j < ${second.length}; j++) {
      struct locals here = { as[i], bs[j], as[i], bs[j] }, *p = &here;
      int a = as[i], b = bs[j];
      printf("%llx\\n", (u64)(${result}));
    } }`;
}

const isTested = (op: Operation): boolean =>
  ['alu_reg', 'neg', 'swap', 'extend', 'jump_reg'].includes(op.form);

test.skipIf(!hasSpin())(
  'expressions mean what the instruction table says',
  () => {
    const cases = OPERATIONS.filter(isTested).flatMap(casesOf);
    const program = `#include <stdio.h>
typedef unsigned int u32;
typedef unsigned long long u64;
struct locals { int a, b; u64 ax, bx; };
int main(void) {
${cases.map(inC).join('\n')}
}
`;
    const dir = mkdtempSync(join(tmpdir(), 'tinybpf-operators-'));
    try {
      writeFileSync(join(dir, 'it.c'), program);
      execFileSync('cc', ['-O0', '-w', '-fwrapv', '-o', 'it', 'it.c'], { cwd: dir });
      const found = execFileSync(join(dir, 'it'), { cwd: dir, encoding: 'utf8', maxBuffer: 1 << 28 }).split(
        '\n',
      );
      let at = 0;
      const wrong = cases.flatMap((c) =>
        c.expected.flatMap((n) => {
          const is = found[at]!;
          at += 1;
          return BigInt(`0x${is}`) === n
            ? []
            : [`${c.name}: ${c.expression.text} gave ${is}, not ${n.toString(16)}`];
        }),
      );
      expect(wrong.slice(0, 20)).toEqual([]);
    } finally {
      rmSync(dir, { recursive: true });
    }
  },
  60_000,
);

test('sums that may need more than 32 bits are variables of C, others are not', () => {
  const add = OPERATIONS.find((o) => o.name === 'add64_reg')!;
  const small: Operand = { kind: 'var', name: 'a', max: 255n };
  const large: Operand = { kind: 'var', name: 'b', max: 0xffff_ffffn };
  expect(compute(add, small, small)).toEqual({ text: 'a + a', isC: false, max: 0xffffn });
  expect(compute(add, small, large)!.isC).toBe(true);
});
