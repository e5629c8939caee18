// cspell:ignore gotolx
import { expect, test } from 'vitest';
import { symbolText } from '../../src/isa/print/symbol.js';
import { isReserved } from '../../src/syntax/reserved.js';
import { bpfGrammar } from '../../src/syntax/tree.js';
import { vocabularyOf } from '../../src/syntax/words.js';

/** Words of the assembler that can be names: those around them say which is meant. */
const FREE = /^(?:[us](?:8|16|32|64)|(?:be|le|bswap)(?:16|32|64)|\w*(?:xchg|fetch)\w*|load_acquire)$/;
const ALSO_FREE = [
  'kfunc',
  'this_cpu',
  'store_release',
  'ld_pseudo',
  'skb',
  'addr_space_cast',
  'void',
  '__percpu',
  'program',
  'function',
  'map',
  'variable',
  'nop',
];

test('every keyword of the assembler is reserved but those that are told from names by what is around them', () => {
  const { words } = vocabularyOf(bpfGrammar);
  const free = words.filter((word) => !isReserved(word) && !FREE.test(word));
  expect(free.sort()).toEqual(ALSO_FREE.sort());
});

test.each(['r1', 'R10', 'w99', 'if', 'IF', 'gotol', 'Gotox', 'callx', 'pc', 'LL'])(
  '%s is reserved',
  (name) => {
    expect(isReserved(name)).toBe(true);
  },
);

test.each(['r', 'r1x', 'pcx', 'gotolx', 'lock_it', 'if.a', 'x'])('%s is not', (name) => {
  expect(isReserved(name)).toBe(false);
});

test.each([
  ['gotol', '"gotol"'],
  ['callx', '"callx"'],
  ['gotox', '"gotox"'],
  ['r7', '"r7"'],
  ['gotolx', 'gotolx'],
])('the name %s is written %s', (name, text) => {
  expect(symbolText(name)).toBe(text);
});
