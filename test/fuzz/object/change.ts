import { encodeProgram } from '../../../src/isa/encode.js';
import { OPERATIONS } from '../../../src/isa/table.js';
import { concat } from '../../support/elf-builder.js';
import { generateProgram } from '../generate.js';
import { toInsns } from '../program.js';
import type { Random } from '../random.js';
import { strange, strangeName } from '../text/words.js';
import { infoOf, KIND_COUNT, kindOf, newType, type Word, type Words } from './btf-words.js';
import type { ObjectParts, SectionPart } from './parts.js';

const NUMBERS = [
  0, 1, 2, 3, 4, 7, 8, 9, 16, 31, 32, 33, 64, 0xff, 0x100, 0x200, 0x1000, 0xffff, 0x1_0000, 0x7fff_ffff,
  0x8000_0000, 0xffff_fff8, 0xffff_ffff,
];
const SECTIONS = [
  'tc',
  'fentry/work',
  '?tp/x/y',
  'kprobe/',
  'fentry/htab_map_delete_elem',
  'raw_tp/hit',
  '.data',
  '.bss',
  '.rodata.x',
  '.maps',
  'maps',
  'license',
  '.text',
  '.kconfig',
  '.ksyms',
  'struct_ops',
  'nothing/here',
  '',
];

const number = (r: Random): number =>
  r.chance(70) ? r.of(NUMBERS) : r.chance(50) ? r.between(0, 64) : r.word() >>> 0;
const near = (r: Random, value: number): number =>
  r.chance(50) ? value + r.of([-8, -4, -1, 1, 4, 8]) : number(r);
const aName = (r: Random): string =>
  r.chance(20)
    ? `a${strange(r)}`
    : r.chance(40)
      ? strangeName(r)
      : r.of(['a', 'b', 'work', 'counts', 'main', '.bss', 'x']);

function some<T>(random: Random, list: readonly T[]): T | undefined {
  return list.length === 0 ? undefined : random.of(list);
}

/** Where a new string begins. */
function addString(o: ObjectParts, text: string): number {
  const { btf } = o;
  if (btf === undefined) return 0;
  const at = btf.strings.length;
  btf.strings = concat([btf.strings, new TextEncoder().encode(`${text}\0`)]);
  return at;
}

/** Gives a word another value of its role. */
function changeWord(word: Word, o: ObjectParts, r: Random): void {
  const types = o.btf?.types ?? [];
  switch (word.role) {
    case 'name': {
      const known = some(r, some(r, types) ?? [])?.value ?? 0;
      word.value = r.of([0, known, word.value + 1, o.btf?.strings.length ?? 9, addString(o, aName(r))]);
      return;
    }
    case 'type':
      word.value = r.of([0, 1, types.length, types.length + 1, r.between(0, types.length), word.value + 1]);
      return;
    case 'info': {
      const [kind, vlen, flag] = [(word.value >>> 24) & 0x1f, word.value & 0xffff, word.value >>> 31 === 1];
      word.value = r.of([
        infoOf(r.between(0, KIND_COUNT), vlen, flag),
        infoOf(kind, Math.max(0, vlen + r.of([-1, 1])), flag),
        infoOf(kind, r.of([0, 0xffff, 64]), flag),
        infoOf(kind, vlen, !flag),
      ]);
      return;
    }
    case 'number':
      word.value = near(r, word.value);
      return;
    default:
      word.role satisfies never;
  }
}

const section = (
  o: ObjectParts,
  r: Random,
  fits: (s: SectionPart) => boolean = () => true,
): SectionPart | undefined => some(r, o.sections.filter(fits));
const isCode = (s: SectionPart): boolean => (s.flags & 4) !== 0 && s.bytes.length >= 8;

const nameAt = (o: ObjectParts, at: number): string => {
  const strings = o.btf?.strings ?? new Uint8Array();
  return new TextDecoder().decode(strings.subarray(at, strings.indexOf(0, at)));
};

/** The struct that declares a map, by way of section `.maps` and a variable in it. */
function mapStruct(o: ObjectParts, r: Random): Words | undefined {
  const types = o.btf?.types ?? [];
  const type = (id: number | undefined): Words | undefined => (id === undefined ? undefined : types[id - 1]);
  const datasec = types.find((t) => kindOf(t) === 15 && nameAt(o, t[0]!.value) === '.maps');
  const variables = datasec?.filter((w, i) => i >= 3 && w.role === 'type') ?? [];
  return type(type(some(r, variables)?.value)?.[2]?.value);
}

/** The array in a field of a map, whose length is what the field says. */
function mapField(o: ObjectParts, r: Random): Words | undefined {
  const types = o.btf?.types ?? [];
  const struct = mapStruct(o, r);
  const members = struct?.filter((w, i) => i >= 3 && w.role === 'type') ?? [];
  const pointer = types[(some(r, members)?.value ?? 0) - 1];
  return pointer === undefined ? undefined : types[pointer[2]!.value - 1];
}

interface Change {
  readonly weight: number;
  readonly what: string;
  readonly apply: (o: ObjectParts, r: Random) => void;
}

/** What can be changed in an object. Nothing happens where it has no such part. */
const CHANGES: readonly Change[] = [
  {
    weight: 5,
    what: 'a word of a type',
    apply: (o, r) => {
      const word = some(r, some(r, o.btf?.types ?? []) ?? []);
      if (word !== undefined) changeWord(word, o, r);
    },
  },
  {
    weight: 3,
    what: 'a type more',
    apply: (o, r) => {
      const type = newType(r);
      for (const word of type) if (word.role !== 'info' && r.chance(50)) changeWord(word, o, r);
      o.btf?.types.splice(r.between(0, o.btf.types.length), 0, type);
    },
  },
  {
    weight: 1,
    what: 'a type less',
    apply: (o, r) => void o.btf?.types.splice(r.between(0, o.btf.types.length), 1),
  },
  {
    weight: 1,
    what: 'a type twice',
    apply: (o, r) => {
      const type = some(r, o.btf?.types ?? []);
      if (type !== undefined) o.btf?.types.push(type.map((w) => ({ ...w })));
    },
  },
  {
    weight: 6,
    what: 'a number of a map',
    apply: (o, r) => {
      const field = mapField(o, r);
      if (field === undefined || kindOf(field) !== 3) return;
      field[5]!.value = r.chance(60) ? r.between(0, 36) : number(r);
    },
  },
  {
    weight: 4,
    what: 'a field of a map',
    apply: (o, r) => {
      const struct = mapStruct(o, r);
      if (struct === undefined) return;
      const FIELDS = [
        'type',
        'key',
        'value',
        'max_entries',
        'key_size',
        'value_size',
        'map_flags',
        'map_extra',
        'pinning',
        'values',
        'numa_node',
        aName(r),
      ];
      const names = struct.filter((w, i) => i >= 3 && w.role === 'name');
      const word = r.chance(70) ? some(r, names) : some(r, struct.slice(3));
      if (word === undefined) return;
      if (word.role === 'name') word.value = addString(o, r.of(FIELDS));
      else changeWord(word, o, r);
    },
  },
  {
    weight: 4,
    what: 'a word of BTF.ext',
    apply: (o, r) => {
      const word = some(r, some(r, o.ext?.tables ?? []) ?? []);
      if (word !== undefined) changeWord(word, o, r);
    },
  },
  {
    weight: 1,
    what: 'records twice or not at all',
    apply: (o, r) => {
      const table = some(r, o.ext?.tables ?? []);
      if (table === undefined) return;
      const at = r.between(0, table.length);
      const piece = table.splice(at, r.between(1, 8));
      if (r.chance(50)) table.splice(at, 0, ...piece, ...piece.map((w) => ({ ...w })));
    },
  },
  {
    weight: 3,
    what: 'a CO-RE relocation',
    apply: (o, r) => {
      const names = (o.ext?.tables[2] ?? []).filter((w) => w.role === 'name');
      const word = some(r, names);
      if (word === undefined) return;
      word.value = addString(
        o,
        r.of([
          '0',
          '0:0',
          '0:1:2',
          '0:99',
          '1',
          '',
          '0:0:0:0:0:0:0:0:0:0:0',
          '0x1',
          '-1',
          '4294967295',
          '0:',
          `0${':0'.repeat(300)}`,
        ]),
      );
    },
  },
  {
    weight: 3,
    what: 'a symbol',
    apply: (o, r) => {
      const symbol = some(r, o.symbols);
      if (symbol === undefined) return;
      switch (r.between(0, 4)) {
        case 0:
          symbol.name = aName(r);
          return;
        case 1: {
          const other = section(o, r)?.name;
          if (other === undefined || r.chance(20)) delete symbol.section;
          else symbol.section = other;
          return;
        }
        case 2:
          symbol.info = r.of([0x00, 0x01, 0x02, 0x03, 0x04, 0x10, 0x11, 0x12, 0x22, 0x20, 0xff]);
          return;
        case 3:
          symbol.value = near(r, symbol.value ?? 0);
          return;
        default:
          symbol.size = near(r, symbol.size ?? 0);
      }
    },
  },
  {
    weight: 1,
    what: 'symbols twice or not at all',
    apply: (o, r) => {
      const at = r.between(0, o.symbols.length);
      const [symbol] = o.symbols.splice(at, 1);
      if (symbol !== undefined && r.chance(60))
        o.symbols.push(symbol, { ...symbol, ...(r.chance(50) && { name: aName(r) }) });
    },
  },
  {
    weight: 4,
    what: 'a relocation',
    apply: (o, r) => {
      const found = some(r, section(o, r, (s) => s.relocations.length > 0)?.relocations ?? []);
      if (found === undefined) return;
      switch (r.between(0, 2)) {
        case 0:
          found.offset = near(r, found.offset);
          return;
        case 1:
          found.type = r.of([0, 1, 2, 3, 4, 10, 11, 0xffff_ffff]);
          return;
        default:
          found.symbol = r.chance(85) ? r.between(0, o.symbols.length) : number(r);
      }
    },
  },
  {
    weight: 2,
    what: 'relocations more or less',
    apply: (o, r) => {
      const s = section(o, r, (one) => one.bytes.length > 0);
      if (s === undefined) return;
      if (r.chance(30)) s.relocations.splice(r.between(0, s.relocations.length), 1);
      else
        s.relocations.push({
          offset: r.between(0, s.bytes.length / 8) * 8,
          type: r.of([1, 2, 3, 10]),
          symbol: r.between(0, o.symbols.length),
        });
    },
  },
  {
    weight: 3,
    what: 'an instruction',
    apply: (o, r) => {
      const s = section(o, r, isCode);
      if (s === undefined) return;
      const at = r.between(0, s.bytes.length / 8 - 1) * 8;
      const kind = r.between(0, 3);
      const view = new DataView(s.bytes.buffer, s.bytes.byteOffset);
      if (kind === 0) s.bytes[at] = r.of(OPERATIONS).opcode;
      else if (kind === 1) s.bytes[at + 1] = r.between(0, 255);
      else if (kind === 2)
        view.setInt16(at + 2, r.of([-1, 0, 1, 3, r.between(-40, 40), 0x7fff, -0x8000]), true);
      else view.setInt32(at + 4, number(r), true);
    },
  },
  {
    weight: 1,
    what: 'other code',
    apply: (o, r) => {
      const s = section(o, r, isCode);
      if (s !== undefined) s.bytes = encodeProgram(toInsns(generateProgram(r)));
    },
  },
  {
    weight: 3,
    what: 'a section',
    apply: (o, r) => {
      const s = section(o, r);
      if (s === undefined) return;
      switch (r.between(0, 5)) {
        case 0:
          s.name = r.chance(70) ? r.of(SECTIONS) : aName(r);
          return;
        case 1:
          s.type = r.of([0, 1, 2, 3, 4, 7, 8, 9, 0x6fff_4c03, 0x7000_0003]);
          return;
        case 2:
          s.flags = r.of([0, 1, 2, 3, 4, 6, 7, 0x30]);
          return;
        case 3:
          s.bytes = s.bytes.slice(0, r.between(0, s.bytes.length));
          return;
        case 4:
          s.bytes = concat([s.bytes, s.bytes]);
          return;
        default:
          s.size = r.chance(50) ? undefined : number(r);
      }
    },
  },
  {
    weight: 1,
    what: 'sections twice, elsewhere or not at all',
    apply: (o, r) => {
      const at = r.between(0, o.sections.length);
      const [s] = o.sections.splice(at, 1);
      if (s === undefined || r.chance(30)) return;
      o.sections.splice(r.between(0, o.sections.length), 0, s);
      if (r.chance(50)) o.sections.push({ ...s, relocations: s.relocations.map((x) => ({ ...x })) });
    },
  },
  {
    weight: 1,
    what: 'no types',
    apply: (o, r) => void (r.chance(50) ? (o.btf = undefined) : (o.ext = undefined)),
  },
];

const WEIGHTED = CHANGES.flatMap((c) => Array.from({ length: c.weight }, () => c));

/** What a change is whose seed `random` began with: with the same seeds, in their order, an object is changed in the same way. */
export const changeOf = (random: Random): Change => random.of(WEIGHTED);
