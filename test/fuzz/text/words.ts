// cspell:ignore lfunc
import type { Random } from '../random.js';

/** Numbers at the edges of what fits somewhere, and what only looks like one. */
const NUMBERS: readonly string[] = [
  '0',
  '-0',
  '-1',
  '1',
  '2',
  '7',
  '8',
  '9',
  '31',
  '32',
  '33',
  '63',
  '64',
  '65',
  '127',
  '128',
  '255',
  '256',
  '511',
  '512',
  '513',
  '4096',
  '16384',
  '32767',
  '32768',
  '-32768',
  '-32769',
  '65535',
  '65536',
  '1000000',
  '1000001',
  '2147483647',
  '2147483648',
  '-2147483648',
  '-2147483649',
  '4294967295',
  '4294967296',
  '9007199254740991',
  '9007199254740993',
  '9223372036854775807',
  '9223372036854775808',
  '18446744073709551615',
  '18446744073709551616',
  '-18446744073709551616',
  '0x0',
  '0x',
  '0xg',
  '0X7fffffff',
  '0xffffffff',
  '0xffffffffffffffff',
  '0x10000000000000000',
  '0b',
  '0b1',
  '0b2',
  '010',
  '08',
  '1e3',
  '1.5',
  '.5',
  '1_000',
  "'a'",
  "''",
  "'\\''",
  '٣',
  '½',
  '9'.repeat(40),
  `0x${'f'.repeat(300)}`,
  '1'.repeat(3000),
];

/** Names that mean something to JavaScript, to the language, or to nobody. */
const NAMES: readonly string[] = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'prototype',
  'length',
  'then',
  'null',
  'true',
  'exit',
  'enter',
  'll',
  'r0',
  'w10',
  'r11',
  'r99',
  'cpu',
  'task',
  'x',
  '_',
  '.',
  '$',
  '.Lfunc_end0',
  'a.b.c',
  'a-b',
  '-',
  '--help',
  'é',
  'ß',
  'İ',
  'ﬀ',
  'ﾉ',
  '名',
];

/** Characters that cannot be seen, steer a terminal, change the direction of writing, or are none. */
const STRANGE: readonly string[] = [
  '\u0000',
  '\u0007',
  '\u0008',
  '\u001b[31m',
  '\u001b]0;x\u0007',
  '\u007f',
  '\u0085',
  '\u00a0',
  '\u00ad',
  '\u009b31m',
  '\u200b',
  '\u200e',
  '\u202e',
  '\u2028',
  '\u2029',
  '\u2066',
  '\ufeff',
  '\ufffd',
  '\ud83d\ude00',
  'e\u0301'.repeat(20),
  '\r',
  '\r\n',
  '\t',
  '\v',
  '\f',
  // Bytes that are not UTF-8: see `encode`.
  '\udcff',
  '\udc80\udcfe',
];

/** How often something is repeated that is made large. */
const SIZES = [2, 3, 10, 33, 65, 100, 129, 300, 1000, 4097] as const;
const LARGE = [20_000, 100_000] as const;

export const size = (random: Random): number => (random.chance(4) ? random.of(LARGE) : random.of(SIZES));
export const extremeNumber = (random: Random): string => random.of(NUMBERS);
export const strangeName = (random: Random): string =>
  random.chance(10) ? 'n'.repeat(size(random)) : random.of(NAMES);
export const strange = (random: Random): string => random.of(STRANGE);

/** A text as bytes. A lone surrogate from U+DC80 to U+DCFF stands for the byte that it ends in, whatever comes of it. */
export function encode(text: string): Uint8Array {
  const parts = text.split(/((?<![\ud800-\udbff])[\udc80-\udcff])/);
  return Buffer.concat(
    parts.map((part, i) => (i % 2 === 0 ? Buffer.from(part) : Buffer.from([part.charCodeAt(0) & 0xff]))),
  );
}
