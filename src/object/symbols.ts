import { describeSection, type Elf, SECTION_TYPE, type Section, sectionBytes } from './elf.js';
import { malformed } from './malformed.js';
import { Strings } from './strings.js';

/** An entry of the symbol table: name 0, info 4 (binding << 4 | type), other 5 (visibility in its low 2 bits), section 6, value 8, size 16. */
export const SYM = { size: 24, name: 0, info: 4, other: 5, section: 6, value: 8, bytes: 16 } as const;

export const SYMBOL_TYPE = { none: 0, object: 1, function: 2, section: 3, file: 4 } as const;
export const BINDING = { local: 0, global: 1, weak: 2 } as const;
/** Visibilities of what other objects cannot name: internal, hidden. */
const HIDDEN: readonly number[] = [1, 2];
/** Section numbers from here on are not sections: absolute, common. */
const SHN_LORESERVE = 0xff00;

export interface ElfSymbol {
  readonly index: number;
  /** Of a section's symbol: the section's name. */
  readonly name: string;
  readonly type: number;
  readonly binding: number;
  /** Whether only its own object can name it. */
  readonly isHidden: boolean;
  /** Undefined for symbols of no section: those of other objects (`isUndefined`), absolute ones. */
  readonly section: Section | undefined;
  readonly isUndefined: boolean;
  /** Offset in its section. */
  readonly value: number;
  readonly size: number;
}

export interface SymbolTable {
  readonly section: Section;
  readonly symbols: readonly ElfSymbol[];
}

/** Reads `.symtab`; throws `InputError`. */
export function readSymbols(elf: Elf): SymbolTable {
  const section = elf.sections.find((s) => s.type === SECTION_TYPE.symtab);
  if (section === undefined)
    throw malformed('B1004', 'the object has no symbol table', 'it may have been stripped: compile it again');
  const bytes = sectionBytes(section, 'B1004');
  const where = describeSection(section);
  if (bytes.length % SYM.size !== 0)
    throw malformed(
      'B1004',
      `${where} has ${bytes.length} bytes, which is not a whole number of symbols of ${SYM.size}`,
    );
  const table = elf.sections[section.link];
  if (table === undefined || table.type !== SECTION_TYPE.strtab)
    throw malformed(
      'B1004',
      `${where} has its names in section ${section.link}, which is not a string table`,
    );
  const strings = new Strings(sectionBytes(table, 'B1004'));
  const symbols = Array.from({ length: bytes.length / SYM.size }, (_, index): ElfSymbol => {
    const at = index * SYM.size;
    const info = bytes.u8(at + SYM.info, 'a symbol');
    const shndx = bytes.u16(at + SYM.section, 'a symbol');
    const own = shndx > 0 && shndx < SHN_LORESERVE ? elf.sections[shndx] : undefined;
    if (shndx > 0 && shndx < SHN_LORESERVE && own === undefined)
      throw malformed('B1004', `symbol ${index} is of section ${shndx}; there are ${elf.sections.length}`);
    const nameAt = bytes.u32(at + SYM.name, 'a symbol');
    const type = info & 0xf;
    const name = nameAt === 0 && type === SYMBOL_TYPE.section ? own?.name : undefined;
    return {
      index,
      name: name ?? strings.at(nameAt, `symbol ${index}`),
      type,
      binding: info >> 4,
      isHidden: HIDDEN.includes(bytes.u8(at + SYM.other, 'a symbol') & 3),
      section: own,
      isUndefined: shndx === 0,
      value: bytes.u64(at + SYM.value, 'a symbol'),
      size: bytes.u64(at + SYM.bytes, 'a symbol'),
    };
  });
  return { section, symbols };
}

/** Symbols by the index of their section. */
export function bySection(symbols: readonly ElfSymbol[]): ReadonlyMap<number, readonly ElfSymbol[]> {
  const out = new Map<number, ElfSymbol[]>();
  for (const symbol of symbols) {
    if (symbol.section === undefined) continue;
    const list = out.get(symbol.section.index);
    if (list === undefined) out.set(symbol.section.index, [symbol]);
    else list.push(symbol);
  }
  return out;
}
