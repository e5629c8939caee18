import { readElf, SECTION_TYPE } from '../../../src/object/elf.js';
import { readSymbols } from '../../../src/object/symbols.js';
import { type BuiltSymbol, buildBtf, buildElf, concat, words } from '../../support/elf-builder.js';
import { type BtfParts, bytesOf, type ExtParts, readBtf, readExt } from './btf-words.js';

interface RelocationPart {
  offset: number;
  type: number;
  /** Index in the symbol table; 0 is the one without a name. */
  symbol: number;
}

export interface SectionPart {
  name: string;
  type: number;
  flags: number;
  bytes: Uint8Array;
  /** Of NOBITS. */
  size: number | undefined;
  relocations: RelocationPart[];
}

/** An object as what it consists of, to be changed and put together again. */
export interface ObjectParts {
  readonly sections: SectionPart[];
  readonly symbols: { -readonly [K in keyof BuiltSymbol]: BuiltSymbol[K] }[];
  btf: BtfParts | undefined;
  ext: ExtParts | undefined;
}

const TABLES: readonly number[] = [SECTION_TYPE.symtab, SECTION_TYPE.strtab, SECTION_TYPE.rel];

function relocationsIn(bytes: Uint8Array): RelocationPart[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 16 }, (_, i) => ({
    offset: Number(view.getBigUint64(i * 16, true)),
    type: view.getUint32(i * 16 + 8, true),
    symbol: view.getUint32(i * 16 + 12, true),
  }));
}

/** Takes a good object apart. */
export function takeApart(bytes: Uint8Array): ObjectParts {
  const elf = readElf(bytes);
  const content = (name: string): Uint8Array | undefined =>
    elf.sections.find((s) => s.name === name)?.bytes.array;
  const [btf, ext] = [content('.BTF'), content('.BTF.ext')];
  const own = elf.sections.filter(
    (s) => s.index > 0 && !TABLES.includes(s.type) && s.name !== '.BTF' && s.name !== '.BTF.ext',
  );
  return {
    sections: own.map((s): SectionPart => {
      const rel = elf.sections.find((r) => r.type === SECTION_TYPE.rel && r.info === s.index);
      return {
        name: s.name,
        type: s.type,
        flags: s.flags,
        bytes: s.bytes.array.slice(),
        size: s.type === SECTION_TYPE.nobits ? s.size : undefined,
        relocations: rel === undefined ? [] : relocationsIn(rel.bytes.array),
      };
    }),
    symbols: readSymbols(elf)
      .symbols.slice(1)
      .map((s) => ({
        // Sections and source files (STT_SECTION, STT_FILE) need no name.
        name: s.type === 3 || s.type === 4 ? '' : s.name,
        ...(s.section !== undefined && { section: s.section.name }),
        info: (s.binding << 4) | s.type,
        value: s.value,
        size: s.size,
      })),
    btf: btf && readBtf(btf),
    ext: ext && readExt(ext),
  };
}

function extSection({ tables }: ExtParts): Uint8Array {
  const bodies = tables.map(bytesOf);
  const [functions, lines, core] = bodies.map((b) => b.length) as [number, number, number];
  const header = words(0x0001_eb9f, 32, 0, functions, functions, lines, functions + lines, core);
  return concat([header, ...bodies]);
}

/** An object as bytes. */
export function putTogether({ sections, symbols, btf, ext }: ObjectParts): Uint8Array {
  const relocations = (list: readonly RelocationPart[]): Uint8Array =>
    concat(list.map((r) => words(r.offset, r.offset < 0 ? -1 : 0, r.type, r.symbol)));
  const own = sections.flatMap(({ name, type, flags, bytes, size, relocations: list }) => [
    { name, type, flags, bytes, ...(size !== undefined && { size }) },
    ...(list.length === 0 ? [] : [{ name: `.rel${name}`, type: 9, bytes: relocations(list), for: name }]),
  ]);
  return buildElf(
    [
      ...own,
      ...(btf === undefined
        ? []
        : [{ name: '.BTF', bytes: buildBtf(concat(btf.types.map(bytesOf)), btf.strings) }]),
      ...(ext === undefined ? [] : [{ name: '.BTF.ext', bytes: extSection(ext) }]),
    ],
    symbols,
  );
}
