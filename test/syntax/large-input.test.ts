// cspell:ignore nolabel
import { expect, test } from 'vitest';
import { encodeProgram } from '../../src/isa/encode.js';
import { parseAssembly } from '../../src/syntax/parse-program.js';
import { errorAt, InputError, throwIfErrors } from '../../src/text/diagnostic.js';
import { placeOf } from '../../src/text/source.js';
import { assembleText, toHex } from '../support/assemble.js';

/** Input that is large in one way only; each takes minutes, or the stack, where time is not linear in its size. */

test('a list of errors longer than a call can have arguments', () => {
  const one = errorAt('B0101', 'bad');
  const many = new Array<typeof one>(300_000).fill(one);
  expect(() => throwIfErrors(many)).toThrow(InputError);
});

test('a statement with 200 000 comments in it', () => {
  const text = `r1 /* a */ = ${'/*b*/'.repeat(200_000)}5\nexit\n`;
  const { diagnostics } = parseAssembly({ name: 'test.s', text });
  expect(diagnostics.map((d) => d.code)).toEqual(['B0104']);
});

test('places on one line of 2 MB', () => {
  const source = { name: 'test.s', text: '\u{1f41d} ab;'.repeat(400_000) };
  const columns = Array.from({ length: 400_000 }, (_, i) => placeOf(source, i * 6).column);
  expect(columns[0]).toBe(1);
  expect(columns[399_999]).toBe(399_999 * 5 + 1);
  expect(placeOf(source, 12)).toEqual({ line: 1, column: 11 });
});

test('2 000 unknown labels beside 2 000 others', () => {
  const jumps = Array.from({ length: 2000 }, (_, i) => `goto nolabel${i}\n`);
  const labels = Array.from({ length: 2000 }, (_, i) => `label${i}:\n`);
  const text = [...jumps, ...labels, 'exit\n'].join('');
  const { diagnostics } = assembleText(text, { maxErrors: 3000 });
  expect(diagnostics.length).toBe(2000);
  expect(diagnostics[0]?.help).toMatch(/^did you mean `label/);
});

test('numbered labels: the nearest one in the direction asked for', () => {
  const text = '1: r0 = 0\n1: goto 1b\ngoto 1f\n2: goto 1f\n1: goto 2b\nexit\n';
  expect(toHex(encodeProgram(assembleText(text).insns))).toBe(
    'b7000000000000000500ffff00000000050001000000000005000000000000000500feff000000009500000000000000',
  );
});
