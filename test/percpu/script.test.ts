import { describe, expect, test } from 'vitest';
import { parseScript } from '../../src/percpu/parse.js';
import { InputError } from '../../src/text/diagnostic.js';
import { formatDiagnostics } from '../../src/text/format.js';

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

function complaints(text: string): string {
  try {
    parse(text);
    return '';
  } catch (e) {
    if (e instanceof InputError) return formatDiagnostics(e.diagnostics);
    throw e;
  }
}

describe('what is wrong is said, with its place', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['4:8 x1000, fre 1/2', ['error[B0620]', 'script:1:12', 'did you mean `free`?']],
    ['4:8 x', ['error[B0620]', 'a count is missing', 'script:1:6']],
    ['4:8 x0', ['error[B0406]', '1 to 200000']],
    ['4:8 free all', ['error[B0620]', '`free` does not belong here']],
    ['99999999999999999999:4', ['error[B0406]', 'does not fit']],
    ['4:8 x200000, 4:8 x1', ['error[B0406]', 'at most 200000 allocations', 'script:1:14']],
    ['free 3/2', ['error[B0620]', '`free all` frees them all']],
    ['free 1/0', ['error[B0406]']],
    ['free 5', ['error[B0620]', 'free last 5']],
    ['4, 8:', ['script:1:2', 'script:1:6']],
    ['-4:4', ['error[B0620]', 'no statement begins with `-`']],
    ['1e3:4', ['error[B0620]']],
    ['# nothing\n', ['error[B0620]', 'has no statement']],
    ['4:4\n\n  bal', ['script:3:3']],
  ];
  test.each(cases)('%j', (script, says) => {
    const text = complaints(script);
    for (const part of says) expect(text).toContain(part);
  });
});
