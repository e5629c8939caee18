import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { ONE_COLUMN_EACH, shownLine, widthOf } from '../../src/text/shown.js';

test('every character has the width that string-width gives it', () => {
  const wrong: string[] = [];
  for (let code = 0; code < 0x3100; code += 1) {
    const char = String.fromCharCode(code);
    if (widthOf(char) !== stringWidth(shownLine(char))) wrong.push(code.toString(16));
  }
  expect(wrong).toEqual([]);
});

test('what takes a column each does so next to others', () => {
  for (const text of ['✓ a↑', 'é—ü', '│ x'])
    expect([ONE_COLUMN_EACH.test(text), widthOf(text)]).toEqual([true, stringWidth(text)]);
  expect(ONE_COLUMN_EACH.test('e\u0301')).toBe(false);
});
