import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeSource, decodeUtf8 } from '../../src/text/decode.js';
import { InputError } from '../../src/text/diagnostic.js';
import { formatDiagnostics } from '../../src/text/format.js';
import { placeOf } from '../../src/text/source.js';

const utf8 = (text: string): number[] => [...new TextEncoder().encode(text)];
const bytes = (...parts: readonly (string | number)[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((p) => (typeof p === 'string' ? utf8(p) : [p])));

function refusal(given: Uint8Array, line?: number): InputError {
  try {
    decodeUtf8('f.bpf', given, line);
  } catch (e) {
    if (e instanceof InputError) return e;
    throw e;
  }
  throw new Error('it was taken for text');
}

const said = (given: Uint8Array, line?: number): string =>
  formatDiagnostics(refusal(given, line).diagnostics).replace(/ +$/gm, '');

test('shows the first byte that is not UTF-8, in its line', () => {
  expect(
    said(bytes('map h\n// na', 0xef, 've, and ', 0xe9, '\n')),
  ).toBe(`error[B0802]: f.bpf is not a text file: byte 0xef is not UTF-8
 --> f.bpf:2:6
  |
2 | // na\ufffdve, and \ufffd
  |      ^
  = help: in Latin-1 (ISO 8859-1) it is \`ï\`; save it as UTF-8, or convert it: \`iconv -f ISO-8859-1 -t UTF-8 FILE\`
`);
});

test.each<[string, Uint8Array, string, string]>([
  ['a quotation mark of Windows', bytes('a ', 0x93, 'b', 0x94), ':1:3', 'Windows-1252'],
  ['a character that is cut off', bytes('x\n\u20ac ', 0xe2, 0x82, ' '), ':2:3', 'cut off'],
  ['U+FFFD, which is a character', bytes('\ufffd\u{1f980}\ufffd', 0xff), ':1:4', 'Latin-1'],
  ['what follows a byte order mark', bytes(0xef, 0xbb, 0xbf, 'ab', 0xfc), ':1:3', '`ü`'],
  ['half of a surrogate pair', bytes('a', 0xed, 0xa0, 0x80), ':1:2', 'byte 0xed'],
  ['more bytes than the shortest form', bytes(0xc0, 0xaf), ':1:1', 'byte 0xc0'],
  ['bytecode', bytes(0xb7, 1, 5, 2, 0x95), ':1:1', 'disasm'],
  ['a zero byte', bytes('ab', 0, 'cd', 0xff), ':1:3', 'zero bytes'],
  ['UTF-16 without its mark', bytes('a', 0, 'b', 0, '\n', 0), ':1:2', 'UTF-16LE'],
  ['UTF-16, the other way round', bytes(0, 'a', 0, 'b', 0, '\n'), ':1:1', 'UTF-16BE'],
  ['UTF-16', bytes(0xff, 0xfe, 'a', 0), '', 'byte order mark of UTF-16'],
  ['UTF-16, high bytes first', bytes(0xfe, 0xff, 0, 'a'), '', 'byte order mark of UTF-16'],
  ['UTF-32', bytes(0xff, 0xfe, 0, 0, 'a', 0, 0, 0), '', 'byte order mark of UTF-32'],
])('refuses %s', (_, given, place, what) => {
  const text = said(given);
  expect(text).toContain(what);
  if (place === '') expect(text).not.toContain('-->');
  else expect(text).toContain(`f.bpf${place}\n`);
});

test('numbers the line of which the bytes are', () => {
  expect(said(bytes('step', 0xe9), 7)).toContain('--> f.bpf:7:5');
});

test('leaves out a byte order mark', () => {
  expect(decodeSource('f', bytes(0xef, 0xbb, 0xbf, 'map')).text).toBe('map');
  expect(() => decodeSource('f', bytes(0xef, 0xbb, 0xbf, ' \n'))).toThrow('B0804');
});

/** Where the first bad byte is, found a byte at a time by a decoder that throws. */
function firstBadByte(given: Uint8Array): number {
  const strict = (end: number, isAll: boolean): boolean => {
    try {
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(given.subarray(0, end), {
        stream: !isAll,
      });
      return true;
    } catch {
      return false;
    }
  };
  let good = 0;
  for (let end = 0; end <= given.length && strict(end, false); end += 1) if (strict(end, true)) good = end;
  return good;
}

test('finds the byte that a strict decoder finds', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 4 }).map((s) => utf8(s.replaceAll('\0', '\n'))),
    fc.array(fc.integer({ min: 1, max: 255 }), { maxLength: 3 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const given = Uint8Array.from(pieces.flat());
      const bad = firstBadByte(given);
      const isMarked = given[0]! >= 0xfe && given[1]! >= 0xfe;
      if (bad === given.length || isMarked) return;
      const [d] = refusal(given).diagnostics;
      expect(d!.message).toContain(`byte 0x${given[bad]!.toString(16)} is not`);
      const before = new TextDecoder().decode(given.subarray(0, bad));
      const { line, column } = placeOf(d!.span!.source, d!.span!.start);
      const lines = before.split('\n');
      expect([line, column]).toEqual([lines.length, [...lines.at(-1)!].length + 1]);
    }),
  );
});
