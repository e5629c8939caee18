// cspell:ignore lfunc
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { encodeProgram } from '../../src/isa/encode.js';
import { assembleText, toHex } from '../support/assemble.js';

/** What llvm-objdump 19 and bpftool print, pasted whole. */
const read = (name: string): string =>
  readFileSync(new URL(`../data/listings/${name}`, import.meta.url), 'utf8');

test.each(['objdump.txt', 'objdump-relocations.txt', 'objdump-source.txt'])(
  '%s reads back to its bytes',
  (name) => {
    const text = read(name);
    const bytes = [...text.matchAll(/^ *[0-9a-f]+:\t((?:[0-9a-f]{2} ?)+)\t/gm)]
      .map((m) => m[1]!.replaceAll(' ', ''))
      .join('');
    const { insns, diagnostics } = assembleText(text);
    expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
    expect(bytes.length).toBeGreaterThan(100);
    expect(toHex(encodeProgram(insns))).toBe(bytes);
  },
);

test('a bpftool listing reads to the same instructions as the bytes it shows', () => {
  const text = read('bpftool.txt');
  const { insns, diagnostics } = assembleText(text);
  expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
  expect(toHex(encodeProgram(insns))).toBe(read('bpftool.hex').replace(/\s/g, ''));
});

test('what `clang -g -S` writes assembles to the bytes of its object', () => {
  const { insns, diagnostics, labels } = assembleText(read('clang-debug.s'));
  expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
  expect(toHex(encodeProgram(insns))).toBe(read('clang-debug.hex').replace(/\s/g, ''));
  expect(labels.has('.Lfunc_end0')).toBe(true);
});

test.each(['.Lx:\ngoto .Lx', '.Lx :\ngoto .Lx', '.Lx: goto .Lx', 'a: .Lx:\ngoto .Lx'])(
  'a label may begin with a dot: %j',
  (text) => {
    expect(toHex(encodeProgram(assembleText(text).insns))).toBe('0500ffff00000000');
    expect(assembleText(text).diagnostics).toEqual([]);
  },
);

test('text and bytes must agree', () => {
  const { diagnostics } = assembleText('   0:\tb7 01 00 00 2a 00 00 00\tr1 = 0x2b\n');
  expect(diagnostics.map((d) => d.code)).toEqual(['B0105']);
});
