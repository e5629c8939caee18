// cspell:ignore frist
import { describe, expect, test } from 'vitest';
import { parseScript } from '../../src/percpu/parse.js';
import { refusalOf } from '../support/refusal.js';

const parse = (text: string) => parseScript({ name: 'script', text });

test('statements', () => {
  const found = parse(
    '4:8 x1000, free 1/2; atomic 0x10:4*2\nreserved 4_000:64 // c\nfree all,free last 3,balance,',
  );
  expect(found.map(({ span: _, ...rest }) => rest)).toEqual([
    { kind: 'allocate', size: 4, align: 8, count: 1000, atomic: false, reserved: false },
    { kind: 'free', which: { kind: 'part', part: 1, of: 2 } },
    { kind: 'allocate', size: 16, align: 4, count: 2, atomic: true, reserved: false },
    { kind: 'allocate', size: 4000, align: 64, count: 1, atomic: false, reserved: true },
    { kind: 'free', which: { kind: 'all' } },
    { kind: 'free', which: { kind: 'last', count: 3 } },
    { kind: 'balance' },
  ]);
});

test('words end where letters end, and any space separates', () => {
  const found = parse('atomic reserved4:8x2,free1/2,free\u00a0first\v3\r\nfree last0x10 # 4\n');
  expect(found.map(({ span: { start, end }, ...rest }) => ({ ...rest, at: [start, end] }))).toEqual([
    { kind: 'allocate', size: 4, align: 8, count: 2, atomic: true, reserved: true, at: [0, 20] },
    { kind: 'free', which: { kind: 'part', part: 1, of: 2 }, at: [21, 28] },
    { kind: 'free', which: { kind: 'first', count: 3 }, at: [29, 41] },
    { kind: 'free', which: { kind: 'last', count: 16 }, at: [43, 56] },
  ]);
});

const complaints = (text: string): string => refusalOf(() => parse(text));

describe('what is wrong is said, with its place', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['4:8 x1000, fre 1/2', ['error[B0620]', 'script:1:12', 'did you mean `free`?']],
    ['4:8 x', ['error[B0620]', 'expected: a count', 'script:1:6']],
    ['4:8 x0', ['error[B0406]', '1 to 200000']],
    ['4:8 free all', ['error[B0620]', 'unexpected `free`', 'script:1:5', 'the end of the statement']],
    ['4', ['error[B0620]', 'a size needs an alignment', 'script:1:2']],
    ['4:8 y100', ['error[B0620]', 'unexpected `y100`', 'script:1:5']],
    ['free frist 3', ['error[B0620]', 'script:1:6', 'did you mean `first`?']],
    ['free 300000/2, 0x_:4', ['error[B0406]', 'script:1:6', 'a size of 0x_ does not fit']],
    ['99999999999999999999:4', ['error[B0406]', 'does not fit']],
    ['4:8 x200000, 4:8 x1', ['error[B0406]', 'at most 200000 allocations', 'script:1:14']],
    ['free 3/2', ['error[B0620]', '`free all` frees them all']],
    ['free 1/0', ['error[B0406]']],
    ['free 5', ['error[B0620]', 'free last 5']],
    ['4, 8:', ['script:1:2', 'script:1:6']],
    ['-4:4', ['error[B0620]', 'unexpected `-`', 'script:1:1']],
    ['1e3:4', ['error[B0620]']],
    ['# nothing\n', ['error[B0620]', 'has no statement']],
    ['4:4\n\n  bal', ['script:3:3']],
  ];
  test.each(cases)('%j', (script, says) => {
    const text = complaints(script);
    for (const part of says) expect(text).toContain(part);
  });
});
