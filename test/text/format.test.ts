import { expect, test } from 'vitest';
import { errorAt } from '../../src/text/diagnostic.js';
import { formatDiagnostic } from '../../src/text/format.js';
import { shownLine, widthOf } from '../../src/text/shown.js';
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
  // The face is two columns wide.
  expect(lines[4]).toBe('  |             ^^');
});

test('puts the caret under wide characters and marks, and makes it as wide as they are', () => {
  for (const [before, marked] of [
    ['汉字 ', 'r1'],
    ['e\u0301 ', '汉字'],
    ['\u{1f469}\u200d\u{1f4bb} ', 'x'],
    ['\u202e', 'e\u0301'],
    ['\t', '\u{1f600}'],
  ] as const) {
    const [, , , line, caret] = show(`${before}${marked} end`, before.length, before.length + marked.length);
    const columns = (text: string): number => widthOf(text.slice(0, text.search(/\^|$/)));
    expect(columns(caret!)).toBe(widthOf(line!.slice(0, line!.indexOf(shownLine(marked)))));
    expect(caret!.match(/\^/g)).toHaveLength(widthOf(marked));
  }
});

test('cuts no character in two', () => {
  for (let n = 0; n < 4; n += 1)
    expect(show('\u{1f600}'.repeat(500 + n), 500, 502)[3]).not.toMatch(/\\ud8|\\udc/);
});

test('cuts a long line round the caret', () => {
  const lines = show(`${'a'.repeat(1000)}!${'b'.repeat(1000)}`, 1000, 1001);
  expect(lines[3]!.length).toBeLessThan(200);
  expect(lines[3]!.charAt(lines[4]!.indexOf('^'))).toBe('!');
});

test('shows what cannot be seen as escapes', () => {
  expect(show('r1 \u001b[31m= 5', 3, 4)[3]).toBe('1 | r1 \\x1b[31m= 5');
});
