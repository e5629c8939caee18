import { describeSection, type Elf, SECTION_TYPE, type Section, sectionBytes } from './elf.js';
import { malformed } from './malformed.js';
import type { ElfSymbol, SymbolTable } from './symbols.js';

/** An entry of type REL: offset in the section it changes, then `symbol << 32 | type`. */
export const REL = { size: 16, offset: 0, info: 8 } as const;

/** Relocation types of BPF (Documentation/bpf/llvm_reloc.rst) with LLVM's names. */
export const RELOCATION = { ld64: 1, abs64: 2, abs32: 3, nodyld32: 4, call: 10 } as const;
const NAMES: Readonly<Record<number, string>> = {
  0: 'R_BPF_NONE',
  1: 'R_BPF_64_64',
  2: 'R_BPF_64_ABS64',
  3: 'R_BPF_64_ABS32',
  4: 'R_BPF_64_NODYLD32',
  10: 'R_BPF_64_32',
};

export const relocationName = (type: number): string => NAMES[type] ?? 'Unknown';

export interface Relocation {
  /** Byte in the section that is changed. */
  readonly offset: number;
  readonly type: number;
  readonly symbol: ElfSymbol;
  /** `section 4 .relfentry/f, entry 3`. */
  readonly place: string;
}

/** The sections of relocations by the index of the section each changes; throws `InputError` if there are two. */
export function relocationSections(elf: Elf): ReadonlyMap<number, Section> {
  const out = new Map<number, Section>();
  for (const s of elf.sections) {
    if (s.type !== SECTION_TYPE.rel && s.type !== SECTION_TYPE.rela) continue;
    const other = out.get(s.info);
    if (other !== undefined)
      throw malformed('B1005', `${describeSection(s)} is for the same section as ${describeSection(other)}`);
    out.set(s.info, s);
  }
  return out;
}

/** Reads a section of relocations for a section of `size` bytes; throws `InputError`. */
export function readRelocations(section: Section, size: number, table: SymbolTable): Relocation[] {
  const where = describeSection(section);
  if (section.type === SECTION_TYPE.rela)
    throw malformed('B1005', `${where} is of type RELA; BPF has its addends in the instructions (REL)`);
  if (section.link !== table.section.index)
    throw malformed('B1005', `${where} is for symbol table ${section.link}; it is ${table.section.index}`);
  const bytes = sectionBytes(section, 'B1005');
  if (bytes.length % REL.size !== 0)
    throw malformed(
      'B1005',
      `${where} has ${bytes.length} bytes, which is not a whole number of entries of ${REL.size}`,
    );
  if (bytes.length / REL.size > size / 4)
    throw malformed('B1005', `${where} has more entries than the ${size} bytes they are for have words`);
  return Array.from({ length: bytes.length / REL.size }, (_, i): Relocation => {
    const at = i * REL.size;
    const place = `${where}, entry ${i}`;
    const info = bytes.big64(at + REL.info, 'an entry');
    const number = Number(info >> 32n);
    const symbol = table.symbols[number];
    if (symbol === undefined)
      throw malformed(
        'B1005',
        `${place}: symbol ${number} does not exist; there are ${table.symbols.length}`,
      );
    return {
      offset: bytes.u64(at + REL.offset, 'an entry'),
      type: Number(info & 0xffff_ffffn),
      symbol,
      place,
    };
  });
}
