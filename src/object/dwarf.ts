// cspell:ignore strx strp udata sdata loclistx rnglistx exprloc addrx
import type { Bytes } from './bytes.js';
import { type Elf, sectionBytes } from './elf.js';
import { decodeText, Strings } from './strings.js';

/**
 * Parameters of C functions, by the functions' names, out of DWARF (versions 4 and 5). What is wanted are those that
 * BPF_PROG makes, `____NAME`, which clang inlines, so that only DWARF still has their prototypes.
 */
export type DwarfFunctions = ReadonlyMap<string, readonly string[]>;

const TAG = { formalParameter: 0x05, subprogram: 0x2e } as const;
const ATTRIBUTE = { name: 0x03, strOffsetsBase: 0x72 } as const;

/** How attributes are written (section 7.5.6 of DWARF 5). */
const FORM = {
  addr: 0x01,
  block2: 0x03,
  block4: 0x04,
  data2: 0x05,
  data4: 0x06,
  data8: 0x07,
  string: 0x08,
  block: 0x09,
  block1: 0x0a,
  data1: 0x0b,
  flag: 0x0c,
  sdata: 0x0d,
  strp: 0x0e,
  udata: 0x0f,
  refAddr: 0x10,
  ref1: 0x11,
  ref2: 0x12,
  ref4: 0x13,
  ref8: 0x14,
  refUdata: 0x15,
  indirect: 0x16,
  secOffset: 0x17,
  exprloc: 0x18,
  flagPresent: 0x19,
  strx: 0x1a,
  addrx: 0x1b,
  refSup4: 0x1c,
  strpSup: 0x1d,
  data16: 0x1e,
  lineStrp: 0x1f,
  refSig8: 0x20,
  implicitConst: 0x21,
  loclistx: 0x22,
  rnglistx: 0x23,
  refSup8: 0x24,
  strx1: 0x25,
  strx2: 0x26,
  strx3: 0x27,
  strx4: 0x28,
  addrx1: 0x29,
  addrx2: 0x2a,
  addrx3: 0x2b,
  addrx4: 0x2c,
} as const;

/** Bytes of the forms that always take as many. */
const FIXED: ReadonlyMap<number, number> = new Map([
  [FORM.flagPresent, 0],
  [FORM.implicitConst, 0],
  ...[FORM.data1, FORM.flag, FORM.ref1, FORM.strx1, FORM.addrx1].map((f) => [f, 1] as const),
  ...[FORM.data2, FORM.ref2, FORM.strx2, FORM.addrx2].map((f) => [f, 2] as const),
  ...[FORM.strx3, FORM.addrx3].map((f) => [f, 3] as const),
  ...[FORM.data4, FORM.ref4, FORM.strp, FORM.refAddr, FORM.secOffset].map((f) => [f, 4] as const),
  ...[FORM.refSup4, FORM.strpSup, FORM.lineStrp, FORM.strx4, FORM.addrx4].map((f) => [f, 4] as const),
  ...[FORM.data8, FORM.ref8, FORM.refSig8, FORM.refSup8].map((f) => [f, 8] as const),
  [FORM.data16, 16],
]);

interface Attribute {
  readonly name: number;
  readonly form: number;
}

interface Abbreviation {
  readonly tag: number;
  readonly hasChildren: boolean;
  readonly attributes: readonly Attribute[];
}

/** Numbers and strings one after the other. */
class Cursor {
  readonly bytes: Bytes;
  at: number;

  constructor(bytes: Bytes, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  fixed(size: number): number {
    let value = 0;
    for (let i = 0; i < size; i += 1) value += this.bytes.u8(this.at + i, 'DWARF') * 2 ** (8 * i);
    this.at += size;
    return value;
  }

  /** A number in LEB128, whose sign does not matter here. */
  leb(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.fixed(1);
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw this.bytes.fail(this.at, 'a number of more than 10 bytes');
  }

  string(): string {
    const start = this.at;
    while (this.fixed(1) !== 0);
    return decodeText(this.bytes.part(start, this.at - 1 - start, 'DWARF'));
  }

  skip(size: number): void {
    this.bytes.part(this.at, size, 'DWARF');
    this.at += size;
  }
}

function readAbbreviations(bytes: Bytes, at: number): ReadonlyMap<number, Abbreviation> {
  const out = new Map<number, Abbreviation>();
  const cursor = new Cursor(bytes, at);
  for (let code = cursor.leb(); code !== 0; code = cursor.leb()) {
    const tag = cursor.leb();
    const hasChildren = cursor.fixed(1) === 1;
    const attributes: Attribute[] = [];
    for (;;) {
      const name = cursor.leb();
      const form = cursor.leb();
      if (form === FORM.implicitConst) cursor.leb();
      if (name === 0 && form === 0) break;
      attributes.push({ name, form });
    }
    out.set(code, { tag, hasChildren, attributes });
  }
  return out;
}

/** The sections that are read; each but the first two may be missing. */
interface Parts {
  readonly info: Bytes;
  readonly abbreviations: Bytes;
  /** Tables of abbreviations that were read already, by where they begin: units may share one. */
  readonly known: Map<number, ReadonlyMap<number, Abbreviation>>;
  readonly strings: Strings | undefined;
  readonly stringOffsets: Bytes | undefined;
}

/** One unit of `.debug_info`: its entries one after the other, as a tree of which only the depth is kept. */
class Unit {
  readonly #parts: Parts;
  readonly #cursor: Cursor;
  readonly #end: number;
  readonly #addressSize: number;
  readonly #abbreviations: ReadonlyMap<number, Abbreviation>;
  /** Where the unit's own entries of `.debug_str_offsets` begin: after their header of 8 bytes. */
  #stringBase = 8;

  constructor(parts: Parts, start: number, length: number) {
    this.#parts = parts;
    this.#cursor = new Cursor(parts.info, start);
    this.#end = start + length;
    const version = this.#cursor.fixed(2);
    if (version !== 4 && version !== 5) throw parts.info.fail(start, `version ${version} of DWARF`);
    if (version === 5) {
      this.#cursor.fixed(1);
      this.#addressSize = this.#cursor.fixed(1);
    }
    const abbreviations = this.#cursor.fixed(4);
    this.#addressSize ??= this.#cursor.fixed(1);
    const known = parts.known.get(abbreviations);
    this.#abbreviations = known ?? readAbbreviations(parts.abbreviations, abbreviations);
    parts.known.set(abbreviations, this.#abbreviations);
  }

  #indexed(index: number): string {
    const { strings, stringOffsets } = this.#parts;
    if (strings === undefined || stringOffsets === undefined) return '';
    const at = stringOffsets.u32(this.#stringBase + 4 * index, 'a string of DWARF');
    return strings.at(at, 'a name of DWARF');
  }

  /** Reads the value of a form, of which only names and offsets matter. */
  #value(form: number): string | number | undefined {
    const cursor = this.#cursor;
    switch (form) {
      case FORM.string:
        return cursor.string();
      case FORM.strp: {
        const at = cursor.fixed(4);
        const { strings } = this.#parts;
        return strings === undefined ? '' : strings.at(at, 'a name of DWARF');
      }
      case FORM.strx:
        return this.#indexed(cursor.leb());
      case FORM.strx1:
      case FORM.strx2:
      case FORM.strx3:
      case FORM.strx4:
        return this.#indexed(cursor.fixed(FIXED.get(form)!));
      case FORM.secOffset:
        return cursor.fixed(4);
      case FORM.addr:
        return void cursor.skip(this.#addressSize);
      case FORM.block1:
        return void cursor.skip(cursor.fixed(1));
      case FORM.block2:
        return void cursor.skip(cursor.fixed(2));
      case FORM.block4:
        return void cursor.skip(cursor.fixed(4));
      case FORM.block:
      case FORM.exprloc:
        return void cursor.skip(cursor.leb());
      case FORM.sdata:
      case FORM.udata:
      case FORM.refUdata:
      case FORM.addrx:
      case FORM.loclistx:
      case FORM.rnglistx:
        return void cursor.leb();
      case FORM.indirect:
        return this.#value(cursor.leb());
      default: {
        const size = FIXED.get(form);
        if (size === undefined)
          throw this.#parts.info.fail(cursor.at, `form 0x${form.toString(16)} of DWARF`);
        return void cursor.skip(size);
      }
    }
  }

  /** The name of an entry; of the unit's own it also reads where its strings are. */
  #name(attributes: readonly Attribute[]): string {
    const cursor = this.#cursor;
    const start = cursor.at;
    if (attributes.some((a) => a.name === ATTRIBUTE.strOffsetsBase)) {
      for (const { name, form } of attributes) {
        const value = this.#value(form);
        if (name === ATTRIBUTE.strOffsetsBase && typeof value === 'number') this.#stringBase = value;
      }
      cursor.at = start;
    }
    let found = '';
    for (const { name, form } of attributes) {
      const value = this.#value(form);
      if (name === ATTRIBUTE.name && typeof value === 'string') found = value;
    }
    return found;
  }

  readInto(functions: Map<string, readonly string[]>): void {
    const cursor = this.#cursor;
    /** The function at each depth, where it is one that is wanted. */
    const open: (string[] | undefined)[] = [];
    while (cursor.at < this.#end) {
      const code = cursor.leb();
      if (code === 0) {
        open.pop();
        continue;
      }
      const abbreviation = this.#abbreviations.get(code);
      if (abbreviation === undefined) throw this.#parts.info.fail(cursor.at, `abbreviation ${code} of DWARF`);
      const { tag, hasChildren, attributes } = abbreviation;
      const name = this.#name(attributes);
      let own: string[] | undefined;
      if (tag === TAG.subprogram && name !== '') {
        own = [];
        if (!functions.has(name)) functions.set(name, own);
      } else if (tag === TAG.formalParameter) open.at(-1)?.push(name);
      if (hasChildren) open.push(own);
    }
  }
}

/**
 * Reads the functions of `.debug_info`; undefined where there is none. Throws `InputError` for what is damaged or of another
 * version. The relocations of these sections need not be applied: their addends are in place, and the sections begin at 0.
 */
export function readDwarf(elf: Elf): DwarfFunctions | undefined {
  const bytes = (name: string): Bytes | undefined => {
    const section = elf.sections.find((s) => s.name === name);
    return section && sectionBytes(section, 'B1007');
  };
  const [info, abbreviations] = [bytes('.debug_info'), bytes('.debug_abbrev')];
  if (info === undefined || abbreviations === undefined) return undefined;
  const strings = bytes('.debug_str');
  const parts = {
    info,
    abbreviations,
    known: new Map(),
    strings: strings && new Strings(strings),
    stringOffsets: bytes('.debug_str_offsets'),
  };
  const functions = new Map<string, readonly string[]>();
  for (let at = 0; at < info.length; ) {
    const length = info.u32(at, 'the length of a unit');
    info.part(at + 4, length, 'a unit of DWARF');
    new Unit(parts, at + 4, length).readInto(functions);
    at += 4 + length;
  }
  return functions;
}
