import { expect, test } from 'vitest';
import { errorAt } from '../../src/text/diagnostic.js';
import { formatDiagnostic } from '../../src/text/format.js';
import { span } from '../../src/text/source.js';

function show(text: string, start: number, end: number): string[] {
  const source = { name: 'x.bpf', text };
  return formatDiagnostic(errorAt('B0101', 'wrong', { span: span(source, start, end) })).split('\n');
}

test('quotes the line with a caret under what is meant', () => {
  expect(show('r0 = 0\n  r1 = w2\nexit', 14, 16)).toEqual([
    'error[B0101]: wrong',
    ' --> x.bpf:2:8',
    '  |',
    '2 |   r1 = w2',
    '  |        ^^',
  ]);
});

test('counts columns in characters, and widens tabs in line and caret alike', () => {
  const lines = show('\t\u{1f600} r1 = w2', 9, 11);
  expect(lines[1]).toBe(' --> x.bpf:1:9');
  expect(lines[3]).toBe('1 |     \u{1f600} r1 = w2');
  expect(lines[4]).toBe('  |            ^^');
});

test('cuts a long line round the caret', () => {
  const lines = show(`${'a'.repeat(1000)}!${'b'.repeat(1000)}`, 1000, 1001);
  expect(lines[3]!.length).toBeLessThan(200);
  expect(lines[3]!.charAt(lines[4]!.indexOf('^'))).toBe('!');
});

test('shows control characters as pictures', () => {
  expect(show('r1 \u001b[31m= 5', 3, 4)[3]).toBe('1 | r1 ␛[31m= 5');
});
