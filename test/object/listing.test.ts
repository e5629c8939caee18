import { describe, expect, test } from 'vitest';
import { encodeProgram } from '../../src/isa/encode.js';
import { type AnyInsn, slotsOf } from '../../src/isa/insn.js';
import type { Listing } from '../../src/isa/print/listing.js';
import { dissectObject } from '../../src/object/dissect.js';
import { listSections } from '../../src/object/list.js';
import { readObject } from '../../src/object/read.js';
import { placeOf } from '../../src/text/source.js';
import { assembleText } from '../support/assemble.js';
import { tinybpfHere } from '../support/in-process.js';
import { ownBytes, RECORDED, readOwn, recording } from '../support/objects.js';

/** `; ./orc.h:17`, which `-l` adds. */
const isPlace = (line: string): boolean => /^; \.?\S*\.[ch]:\d+$/.test(line);
const isC = (line: string): boolean => line.startsWith('; ');

const cases = RECORDED.flatMap(({ name, bytes }) => {
  const text = recording('llvm19/objects', name);
  return text === undefined ? [] : [{ name, bytes, recorded: text.trimEnd().split('\n') }];
});

describe.each(cases)('$name', ({ name, bytes, recorded }) => {
  const list = (source: boolean): string[] => {
    const dissected = dissectObject(name, bytes);
    return listSections(dissected, { style: 'llvm', alu32: false, bytes: true }, { source });
  };

  test('is listed as llvm-objdump -d -r lists it', () => {
    expect(list(false)).toEqual(recorded.filter((l) => !isC(l)));
  });

  test('is listed with its lines of C as llvm-objdump -d -r -S lists it', () => {
    expect(list(true)).toEqual(recorded.filter((l) => !isPlace(l)));
  });

  test('has every line of C where llvm-objdump -l sees it', () => {
    const expected: string[] = [];
    const found: string[] = [];
    const programs = new Map(readObject(name, bytes).programs.map((p) => [p.name, placesOf(p.insns)]));
    let symbol = { name: '', slot: 0 };
    let place = '';
    recorded.forEach((line, i) => {
      const header = /^([0-9a-f]{16}) <(.*)>:$/.exec(line);
      if (header !== null) symbol = { name: header[2]!, slot: Number.parseInt(header[1]!, 16) / 8 };
      if (isPlace(line)) place = line.slice(2).replace(/^(\.\/)+/, '');
      const slot = /^ *(\d+):\t/.exec(line)?.[1];
      const places = programs.get(symbol.name);
      if (slot === undefined || places === undefined || !isC(recorded[i - 1]!)) return;
      expected.push(`${symbol.name}+${slot} ${place}`);
      found.push(`${symbol.name}+${slot} ${places.get(Number(slot) - symbol.slot)}`);
    });
    expect(found).toEqual(expected);
    expect(found.length).toBeGreaterThan(0);
  });
});

/** `file.c:7` by slot of a program. */
function placesOf(insns: readonly AnyInsn[]): Map<number, string> {
  const out = new Map<number, string>();
  let slot = 0;
  for (const insn of insns) {
    const { span } = insn;
    if (span !== undefined) out.set(slot, `${span.source.name}:${placeOf(span.source, span.start).line}`);
    slot += slotsOf(insn);
  }
  return out;
}

test('the command prints what llvm-objdump prints, and its name for the file', async () => {
  const run = await tinybpfHere(['disasm', 'test/data/objects/core.bpf.o']);
  const recorded = recording('llvm19/objects', 'core.bpf.o')!
    .split('\n')
    .filter((l) => !isC(l));
  expect(run.stdout).toBe(`\ntest/data/objects/core.bpf.o:\tfile format elf64-bpf\n${recorded.join('\n')}`);
});

function listOwn(name: string, listing: Listing): string[] {
  const dissected = dissectObject(name, ownBytes(name));
  return listSections(dissected, listing, { source: false });
}

test.each([
  [{ style: 'llvm', alu32: true, bytes: false }, '    r1 = counts ll'],
  [{ style: 'kernel', alu32: true, bytes: true }, '   4: (18) r1 = counts'],
  [{ style: 'mnemonic', alu32: true, bytes: true }, '    lddw %r1, counts'],
] as const)('without the lines of relocations the names are in the instructions: %o', (listing, line) => {
  const lines = listOwn('small', listing);
  expect(lines).toContain(line);
  expect(lines.join('\n')).not.toContain('R_BPF');
});

test.each([true, false])('a listing can be assembled again, with bytes: %s', (bytes) => {
  const { insns, diagnostics } = assembleText(
    listOwn('small', { style: 'llvm', alu32: true, bytes }).join('\n'),
  );
  expect(diagnostics).toEqual([]);
  const [program] = readOwn('small').programs;
  const zeroed = program!.insns.map((i) => (i.op?.name === 'lddw' ? { ...i, imm: 0 } : i));
  expect(encodeProgram(insns)).toEqual(encodeProgram(zeroed));
});

test('one function is listed as JSON', async () => {
  const run = await tinybpfHere([
    '--json',
    'disasm',
    '--function',
    'outer',
    'test/data/objects/functions.bpf.o',
  ]);
  const { programs } = JSON.parse(run.stdout) as { programs: { name: string; section: string }[] };
  expect(programs.map((p) => [p.name, p.section])).toEqual([['outer', '.text']]);
});
