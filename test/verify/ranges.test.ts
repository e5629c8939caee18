import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../src/isa/table.js';
import { ARITHMETIC, COMPARISONS, checkJump, checkOperation, scalarWith } from '../support/verify/ranges.js';

const RUNS = 60;
const pair = fc.tuple(scalarWith, scalarWith);

describe('what a machine computes is in what is known of the result', () => {
  test.each(ARITHMETIC)('$name', (op) => {
    fc.assert(
      fc.property(pair, ([a, b]) => checkOperation(op, a, b)),
      { numRuns: RUNS },
    );
  });
});

describe('what a machine compares is in what is known on the side it goes to', () => {
  test.each(COMPARISONS)('$name', (op) => {
    fc.assert(
      fc.property(pair, ([a, b]) => checkJump(op, a, b)),
      { numRuns: RUNS },
    );
  });
});

test('every operation on registers is tried', () => {
  const forms = new Set(['mov_reg', 'alu_reg', 'neg', 'extend', 'swap', 'jump_reg']);
  const tried = new Set([...ARITHMETIC, ...COMPARISONS].map((op) => op.name));
  expect(OPERATIONS.filter((op) => forms.has(op.form) && !tried.has(op.name))).toEqual([]);
});
