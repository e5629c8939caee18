import { describe, expect, test } from 'vitest';
import { encodeProgram } from '../../src/isa/encode.js';
import { readElf } from '../../src/object/elf.js';
import { readObject } from '../../src/object/read.js';
import type { Diagnostic } from '../../src/text/diagnostic.js';
import { Findings } from '../../src/text/findings.js';
import { assembleText } from '../support/assemble.js';
import { readDamaged } from '../support/damage.js';
import {
  type BuiltSymbol,
  buildBtf,
  buildElf,
  buildLines,
  concat,
  stringTable,
  words,
} from '../support/elf-builder.js';
import { ownBytes } from '../support/objects.js';

const code = (text: string): Uint8Array => encodeProgram(assembleText(text).insns);
const RETURN = code('r0 = 0\nexit\n');
const EXIT = words(0x95, 0);
/** A call of the function so many slots further down. */
const call = (distance: number): Uint8Array => words(0x1085, distance);

/** small.bpf.o, to be changed in one place. */
class Patch {
  readonly bytes = ownBytes('small');
  readonly view = new DataView(this.bytes.buffer);
  readonly #elf = readElf(ownBytes('small'));

  /** Where the header of a section is. */
  header(name: string): number {
    return (
      Number(this.view.getBigUint64(40, true)) + this.#elf.sections.findIndex((s) => s.name === name) * 64
    );
  }

  /** Where the contents of a section are. */
  body(name: string): number {
    return Number(this.view.getBigUint64(this.header(name) + 24, true));
  }

  u8 = (at: number, value: number): void => this.view.setUint8(at, value);
  u16 = (at: number, value: number): void => this.view.setUint16(at, value, true);
  u32 = (at: number, value: number): void => this.view.setUint32(at, value, true);
  u64 = (at: number, value: bigint): void => this.view.setBigUint64(at, value, true);
}

const REL = '.relfentry/bpf_fentry_test1';
const FUNCTION_SYMBOL = 24 * mustFind('count');
const MAP_SYMBOL = 24 * mustFind('counts');

function mustFind(name: string): number {
  const p = new Patch();
  const strings = p.body('.strtab');
  for (let i = 0; ; i += 1) {
    const at = strings + p.view.getUint32(p.body('.symtab') + i * 24, true);
    if (new TextDecoder().decode(p.bytes.subarray(at, at + name.length + 1)) === `${name}\0`) return i;
  }
}

/** What is changed, and what the diagnostic says. */
const CASES: readonly (readonly [string, (p: Patch) => void, RegExp])[] = [
  ['magic', (p) => p.u8(0, 0), /^B1001 .*does not begin like an ELF file/],
  ['32 bits', (p) => p.u8(4, 1), /^B1001 .*ELF class is 1/],
  ['no byte order', (p) => p.u8(5, 7), /^B1001 .*byte order is 7/],
  ['an x86 object', (p) => p.u16(18, 62), /^B1001 .*for machine 62; BPF is 247/],
  ['an executable', (p) => p.u16(16, 2), /^B1001 .*its type is 2/],
  ['no sections', (p) => p.u64(40, 0n), /^B1003 .*no section table/],
  [
    'a section table past the end',
    (p) => p.u64(40, 1n << 63n),
    /^B1003 .*section header at 0x8000000000000000/,
  ],
  ['headers of another size', (p) => p.u16(58, 40), /^B1003 .*section header has 40 bytes/],
  [
    'too many sections',
    (p) => p.u16(60, 500),
    /^B1003 .*table of 500 sections at 0x\w+ reaches past the end/,
  ],
  ['no names of sections', (p) => p.u16(62, 3), /^B1003 .*section 3, which should hold the names/],
  [
    'a section past the end',
    (p) => p.u64(p.header('.BTF') + 24, 0x10_0000n),
    /^B1003 .*section \d+ `\.BTF` \(0x\w+ bytes at 0x100000\) reaches past the end of the file \(\d+ bytes\)/,
  ],
  ['no symbols', (p) => p.u32(p.header('.symtab') + 4, 1), /^B1004 .*no symbol table/],
  [
    'half a symbol',
    (p) => p.u64(p.header('.symtab') + 32, 30n),
    /^B1004 .*30 bytes.*not a whole number of symbols/,
  ],
  [
    'a symbol of no section',
    (p) => p.u16(p.body('.symtab') + FUNCTION_SYMBOL + 6, 77),
    /^B1004 .*is of section 77/,
  ],
  [
    'a symbol without a name',
    (p) => p.u32(p.body('.symtab') + FUNCTION_SYMBOL, 0xffff),
    /^B1004 .*symbol \d+ has its name past the end/,
  ],
  [
    'a function that begins between instructions',
    (p) => p.u64(p.body('.symtab') + FUNCTION_SYMBOL + 8, 4n),
    /^B1009 .*function `count` \(symbol \d+\) has 152 bytes at 4/,
  ],
  [
    'a function past the end',
    (p) => p.u64(p.body('.symtab') + FUNCTION_SYMBOL + 16, 160n),
    /^B1009 .*function `count`/,
  ],
  [
    'code of half an instruction',
    (p) => p.u64(p.header('fentry/bpf_fentry_test1') + 32, 148n),
    /^B1009 .*148 bytes, which is not a whole number of instructions/,
  ],
  [
    'a relocation by no symbol',
    (p) => p.u32(p.body(REL) + 12, 999),
    /^B1005 .*entry 0: symbol 999 does not exist/,
  ],
  [
    'a relocation of a place without an instruction',
    (p) => p.u64(p.body(REL), 40n),
    /^B1005 .*entry 0: no instruction begins at 40/,
  ],
  [
    'a relocation of no load',
    (p) => p.u64(p.body(REL), 0n),
    /^B1005 .*entry 0: `mov32_imm` cannot take a 64-bit address/,
  ],
  ['a call that is not one', (p) => p.u32(p.body(REL) + 8, 10), /^B1005 .*entry 0: `lddw` is not a call/],
  [
    'a relocation for data in code',
    (p) => p.u32(p.body(REL) + 8, 3),
    /^B1005 .*R_BPF_64_ABS32 \(3\) does not belong in code/,
  ],
  [
    'a relocation twice',
    (p) => p.u64(p.body(REL) + 16, 32n),
    /^B1005 .*entry 1: the instruction at 32 has two/,
  ],
  ['relocations with addends', (p) => p.u32(p.header(REL) + 4, 4), /^B1005 .*is of type RELA/],
  [
    'no map where one is referred to',
    (p) => p.u32(p.body('fentry/bpf_fentry_test1') + 36, 8),
    /^B1005 .*no map begins at 8 of section \d+ `\.maps`/,
  ],
  [
    'a map that has moved',
    (p) => p.u16(p.body('.symtab') + MAP_SYMBOL + 6, 0),
    /^B1008 .*map `counts` has no symbol/,
  ],
  ['BTF of another magic', (p) => p.u16(p.body('.BTF'), 0x9feb), /^B1006 .*magic number is 0x9feb/],
  [
    'types past the end',
    (p) => p.u32(p.body('.BTF') + 12, 0x10_0000),
    /^B1006 .*the types at 0x18 needs 1048576 bytes/,
  ],
  [
    'a kind of type that is not known',
    (p) => p.u8(p.body('.BTF') + 24 + 7, 31),
    /^B1006 .*type 1 is of kind 31/,
  ],
  ['no BTF for maps', (p) => p.u32(p.header('.BTF'), 0), /^B1008 .*`\.maps` has no BTF/],
  ['BTF.ext of another magic', (p) => p.u16(p.body('.BTF.ext'), 1), /^B1007 .*magic number is 0x1/],
  [
    'records too short',
    (p) => p.u32(p.body('.BTF.ext') + 32, 4),
    /^B1007 .*a record has 4 bytes; 8 are needed/,
  ],
];

/** What is said of an object that cannot be read; nothing where it can. */
function refusal(bytes: Uint8Array): readonly Diagnostic[] {
  const findings = new Findings();
  findings.attempt(() => readObject('x.o', bytes));
  return findings.diagnostics;
}

describe('a diagnostic names what is wrong and where', () => {
  test.each(CASES)('%s', (_, change, says) => {
    const patch = new Patch();
    change(patch);
    expect(
      refusal(patch.bytes)
        .map((d) => `${d.code} ${d.message}`)
        .join('\n'),
    ).toMatch(says);
    readDamaged(patch.bytes);
  });
});

test('a big-endian object is recognised', () => {
  const bytes = ownBytes('small');
  bytes[5] = 2;
  bytes.set([0, 1, 0, 247], 16);
  expect(refusal(bytes)[0]?.code).toBe('B1002');
});

test.each([
  ['too short for a map', 12, 12],
  ['beyond its section', 20, 24],
  ['beyond the next map', 0, 24],
])('a map of before BTF that is %s', (_, at, size) => {
  const section = { name: 'maps', flags: 3, bytes: words(1, 4, 8, 1, 0, 1, 4, 8, 1, 0) };
  const object = (name: string, value: number, bytes: number): BuiltSymbol => ({
    ...{ name, section: 'maps', info: 0x11, value },
    size: bytes,
  });
  const bytes = buildElf([section], [object('m', at, size), object('last', 20, 20)]);
  expect(refusal(bytes)[0]).toMatchObject({ code: 'B1008', help: expect.stringContaining('.maps') });
});

/** Objects made to take long or much memory; what they do instead. */
describe('objects that ask for too much', () => {
  const fn = (name: string, value: number, size: number, info = 0x12): BuiltSymbol => ({
    name,
    section: 'tc',
    info,
    value,
    size,
  });
  const refused = (bytes: Uint8Array): string => {
    const [d] = refusal(bytes);
    expect(readDamaged(bytes)).toBe(d === undefined);
    return d?.message ?? 'it was read';
  };

  test('zeroed data of 2^60 bytes', () => {
    const bss = { name: '.bss', type: 8, flags: 3, size: 1n << 60n };
    expect(refused(buildElf([bss], []))).toContain("a map's value has at most");
  });

  test('zeroed data of 2^31 - 1 bytes takes no memory', () => {
    const bss = { name: '.bss', type: 8, flags: 3, size: 0x7fff_ffff };
    const object = readObject('x.o', buildElf([bss], []));
    expect(object.data).toMatchObject([{ name: '.bss', size: 0x7fff_ffff, bytes: new Uint8Array(0) }]);
  });

  test('a chain of 20000 calls', () => {
    const n = 20_000;
    const bytes = concat([...Array.from({ length: n - 1 }, () => concat([call(1), EXIT])), RETURN]);
    const symbols = Array.from({ length: n }, (_, i) => fn(`f${i}`, i * 16, 16, i === 0 ? 0x12 : 0x02));
    const object = readObject('x.o', buildElf([{ name: 'tc', flags: 6, bytes }], symbols));
    expect(object.programs.map((p) => p.insns.length)).toEqual([2 * n]);
  });

  test('many programs that call one large function', () => {
    const n = 2000;
    const large = concat([...Array.from({ length: 4000 }, () => words(0xb7, 0)), EXIT]);
    const calls = Array.from({ length: n }, (_, i) => concat([call((n - i - 1) * 2 + 1), EXIT]));
    const symbols = [
      ...calls.map((_, i) => fn(`p${i}`, i * 16, 16)),
      fn('large', n * 16, large.length, 0x02),
    ];
    const section = { name: 'tc', flags: 6, bytes: concat([...calls, large]) };
    expect(refused(buildElf([section], symbols))).toContain('more than 4000000 instruction slots in total');
  });

  test('symbols whose names share one long string', () => {
    const symbols = Array.from({ length: 4000 }, (_, i) => fn('x'.repeat(4000 - i), 0, 16));
    const bytes = buildElf([{ name: 'tc', flags: 6, bytes: RETURN }], symbols);
    const { sections } = readElf(bytes);
    const symtab = sections.find((s) => s.name === '.symtab')!.bytes;
    const view = new DataView(bytes.buffer);
    // All names in the first string.
    for (let i = 1; i <= 4000; i += 1) view.setUint32(symtab.base + i * 24, i, true);
    expect(refused(bytes)).toBe('it was read');
    const strtab = sections.findIndex((s) => s.name === '.strtab');
    view.setBigUint64(Number(view.getBigUint64(40, true)) + strtab * 64 + 32, 4002n, true);
    expect(refused(bytes)).toContain('its strings overlap more than 8 times');
  });

  const { bytes: strings, at } = stringTable(['tc', 'file.c', 'line of C', 'name']);
  const withBtf = (types: Uint8Array, ext?: Uint8Array): Uint8Array =>
    buildElf(
      [
        { name: 'tc', flags: 6, bytes: RETURN },
        { name: '.data', flags: 3, bytes: words(0, 0) },
        { name: '.BTF', bytes: buildBtf(types, strings) },
        ...(ext === undefined ? [] : [{ name: '.BTF.ext', bytes: ext }]),
      ],
      [fn('p', 0, 16), { name: 'name', section: '.data', info: 0x11, size: 8 }],
    );
  const line = (offset: number, number: number): Uint8Array =>
    words(offset, at.get('file.c')!, at.get('line of C')!, (number << 10) | 1);

  test('the last line number there can be', () => {
    const ext = buildLines(at.get('tc')!, concat([line(0, 7), line(8, 0x3f_ffff)]));
    const [program] = readObject('x.o', withBtf(new Uint8Array(0), ext)).programs;
    const source = program!.insns[1]!.span!.source;
    expect(source).toEqual({ name: 'file.c', text: 'line of C\nline of C', lineNumbers: [7, 0x3f_ffff] });
  });

  test('lines for places that are none, and backwards', () => {
    for (const records of [[line(4, 1)], [line(8, 1), line(0, 2)], [line(16, 1)]]) {
      const ext = buildLines(at.get('tc')!, concat(records));
      expect(refused(withBtf(new Uint8Array(0), ext))).toMatch(/line record \d of `tc` is for byte/);
    }
  });

  const VAR = 14 << 24;
  const DATASEC = (15 << 24) | 1;
  const variable = (type: number): Uint8Array =>
    concat([words(at.get('name')!, VAR, type, 1), words(dataName, DATASEC, 8, 0, 0, 8)]);
  const dataName = strings.length;
  const withData = (types: Uint8Array): Uint8Array => {
    const more = concat([strings, new TextEncoder().encode('.data\0')]);
    return buildElf(
      [
        { name: '.data', flags: 3, bytes: words(0, 0) },
        { name: '.BTF', bytes: buildBtf(types, more) },
      ],
      [{ name: 'name', section: '.data', info: 0x11, size: 8 }],
    );
  };
  /** The datasec's variable is the last type but one. */
  const typed = (types: readonly Uint8Array[], of: number): Uint8Array => {
    const all = concat([...types, variable(of)]);
    new DataView(all.buffer).setUint32(all.length - 12, types.length + 1, true);
    return withData(all);
  };

  test('a typedef of itself', () => {
    expect(refused(typed([words(0, 8 << 24, 1)], 1))).toContain('type 1 leads through more than 32 others');
  });

  test('an array of itself, and one of 2^32 arrays of 2^32', () => {
    const array = (of: number): Uint8Array => words(0, 3 << 24, 0, of, 0, 0xffff_ffff);
    for (const types of [[array(1)], [array(2), array(1)], [array(2), array(3), words(0, 1 << 24, 4, 32)]]) {
      const object = readObject('x.o', typed(types, 1));
      expect(object.data[0]?.variables).toEqual([
        { name: 'name', offset: 0, size: 8, type: { kind: 'bytes' } },
      ]);
    }
  });

  test('a variable of a type that does not exist', () => {
    expect(refused(typed([], 99))).toContain('there is no type 99');
  });
});

describe('damage in places that are independent of each other is told at once', () => {
  const damaged = (
    name: string,
    changes: readonly (readonly [at: number, ...bytes: number[]])[],
  ): string[] => {
    const bytes = ownBytes(name);
    for (const [at, ...to] of changes) bytes.set(to, at);
    const findings = new Findings();
    findings.attempt(() => readObject(`${name}.o`, bytes));
    return findings.diagnostics.map((d) => `${d.code} ${d.message}`);
  };

  test('in the records of lines, the size of a function, and a relocation', () => {
    const found = damaged('small', [
      [1060, 1, 0],
      [1312, 4],
      [1412, 0xe7, 3],
    ]);
    expect(found.map((f) => f.slice(0, 5))).toEqual(['B1007', 'B1009', 'B1005']);
    for (const f of found) expect(f).toContain(' small.o: ');
  });

  test('in the relocations of several sections', () => {
    const found = damaged(
      'functions',
      [2704, 2736, 2768].map((at) => [at + 12, 0xe7, 3] as const),
    );
    expect(found).toHaveLength(3);
    for (const f of found) expect(f).toMatch(/^B1005 .*symbol 999 does not exist/);
  });

  test('maps that cannot be read are not held against the code that uses them', () => {
    // The type of the first relocation in `.maps`.
    const found = damaged('maps', [[4896 + 8, 9]]);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^B1008 /);
  });
});
