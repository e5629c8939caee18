import { Bytes } from './bytes.js';
import { hex, malformed } from './malformed.js';
import { Strings } from './strings.js';

/** The ELF file header (System V ABI, chapter 4), offsets in bytes:
 *
 *     0  7f 'E' 'L' 'F'  class  data  …     16 type   18 machine   20 version
 *     40 section table's offset             58 size of one header   60 their number   62 index of the names' section
 */
export const EHDR = {
  size: 64,
  type: 16,
  machine: 18,
  version: 20,
  shoff: 40,
  ehsize: 52,
  shentsize: 58,
  shnum: 60,
  shstrndx: 62,
} as const;
export const SHDR = {
  size: 64,
  name: 0,
  type: 4,
  flags: 8,
  offset: 24,
  bytes: 32,
  link: 40,
  info: 44,
  align: 48,
  entsize: 56,
} as const;
export const ELFCLASS64 = 2;
export const ELFDATA2LSB = 1;
const ELFDATA2MSB = 2;
export const ET_REL = 1;
export const EM_BPF = 247;
/** In `e_shstrndx`: the real index is in the first section header. */
const SHN_XINDEX = 0xffff;

export const SECTION_TYPE = { progbits: 1, symtab: 2, strtab: 3, rela: 4, nobits: 8, rel: 9 } as const;
export const SECTION_FLAG = { write: 1, alloc: 2, execute: 4 } as const;

export interface Section {
  readonly index: number;
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
  /** What the file holds of it: nothing for NOBITS. */
  readonly bytes: Bytes;
}

export interface Elf {
  readonly sections: readonly Section[];
}

export function isElf(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

export const isCode = (s: Section): boolean =>
  s.type === SECTION_TYPE.progbits && (s.flags & SECTION_FLAG.execute) !== 0 && s.size > 0;

/** True for what would be in memory, other than code. */
export const isLoaded = (s: Section): boolean =>
  (s.flags & SECTION_FLAG.alloc) !== 0 && (s.flags & SECTION_FLAG.execute) === 0 && s.size > 0;

export const describeSection = (s: { readonly index: number; readonly name: string }): string =>
  `section ${s.index} \`${s.name}\``;

const CLANG = 'objects are made with `clang -target bpf -O2 -g -c`';

/** Whether a file's numbers are big-endian. */
const isBigEndian = (bytes: Uint8Array): boolean => bytes[5] === ELFDATA2MSB;

function checkHeader(file: Bytes, takesBig: boolean): void {
  const { array } = file;
  if (!isElf(array)) throw malformed('B1001', 'it does not begin like an ELF file', CLANG);
  if (array.length < EHDR.size)
    throw malformed('B1003', `the file has ${array.length} bytes, and its header alone needs ${EHDR.size}`);
  if (array[4] !== ELFCLASS64)
    throw malformed('B1001', `its ELF class is ${array[4]}; objects for BPF have 2, 64 bits`, CLANG);
  if (!file.isBig && array[5] !== ELFDATA2LSB)
    throw malformed('B1001', `its byte order is ${array[5]}; 1 is little-endian`, CLANG);
  const half = (at: number): number => file.u16(at, 'the header');
  if (half(EHDR.machine) !== EM_BPF)
    throw malformed('B1001', `it is for machine ${half(EHDR.machine)}; BPF is ${EM_BPF}`, CLANG);
  if (file.isBig && !takesBig) {
    throw malformed(
      'B1002',
      'it is big-endian (bpfeb)',
      'the emulated machines are little-endian: compile with `-target bpfel`',
    );
  }
  if (half(EHDR.type) !== ET_REL)
    throw malformed('B1001', `its type is ${half(EHDR.type)}; a relocatable object has 1`, CLANG);
}

type RawSection = Omit<Section, 'name' | 'bytes'> & { readonly nameAt: number; readonly offset: number };

function readHeaders(file: Bytes): { raw: RawSection[]; names: number } {
  const shoff = file.u64(EHDR.shoff, 'the header');
  const size = file.u16(EHDR.shentsize, 'the header');
  if (shoff === 0) throw malformed('B1003', 'the file has no section table');
  if (size !== SHDR.size)
    throw malformed('B1003', `a section header has ${size} bytes; of ELF's 64 bits it has ${SHDR.size}`);
  const first = file.within(shoff, SHDR.size, 'the first section header');
  const short = file.u16(EHDR.shnum, 'the header');
  const count = short === 0 ? first.u64(SHDR.bytes, 'the number of sections') : short;
  const named = file.u16(EHDR.shstrndx, 'the header');
  const names = named === SHN_XINDEX ? first.u32(SHDR.link, 'the index of names') : named;
  if (count * SHDR.size > file.length - shoff) {
    throw malformed(
      'B1003',
      `the table of ${count} sections at ${hex(shoff)} reaches past the end of the file (${file.length} bytes)`,
    );
  }
  const raw = Array.from({ length: count }, (_, index): RawSection => {
    const at = shoff + index * SHDR.size;
    return {
      index,
      nameAt: file.u32(at + SHDR.name, 'a section header'),
      type: file.u32(at + SHDR.type, 'a section header'),
      flags: file.u64(at + SHDR.flags, 'a section header') % 2 ** 32,
      offset: file.u64(at + SHDR.offset, 'a section header'),
      size: file.u64(at + SHDR.bytes, 'a section header'),
      link: file.u32(at + SHDR.link, 'a section header'),
      info: file.u32(at + SHDR.info, 'a section header'),
    };
  });
  return { raw, names };
}

/** Bytes of a section, checked to lie in the file. */
function contentOf(file: Bytes, s: RawSection, name: string): Bytes {
  const where = describeSection({ index: s.index, name });
  const held = s.type === SECTION_TYPE.nobits || s.type === 0 ? 0 : s.size;
  if (held > 0 && s.offset + held > file.length) {
    throw malformed(
      'B1003',
      `${where} (${hex(held)} bytes at ${hex(s.offset)}) reaches past the end of the file (${file.length} bytes)`,
    );
  }
  const start = held === 0 ? 0 : s.offset;
  return new Bytes(file.array.subarray(start, start + held), 'B1003', where, start, file.isBig);
}

/** Reads the headers of an object, a big-endian one only for those that ask for it (`takesBig`); throws `InputError`. */
export function readElf(bytes: Uint8Array, takesBig = false): Elf {
  const file = new Bytes(bytes, 'B1003', 'the file', 0, isBigEndian(bytes));
  checkHeader(file, takesBig);
  const { raw, names } = readHeaders(file);
  const table = raw[names];
  if (table === undefined || table.type !== SECTION_TYPE.strtab)
    throw malformed(
      'B1003',
      `section ${names}, which should hold the names of sections, is not a string table`,
    );
  const strings = new Strings(contentOf(file, table, '(names)'));
  const sections = raw.map((s): Section => {
    const name = strings.at(s.nameAt, `section ${s.index}`);
    return { ...s, name, bytes: contentOf(file, s, name) };
  });
  return { sections };
}

/** The same bytes, with another code for what is wrong in them. */
export function sectionBytes(s: Section, code: 'B1004' | 'B1005' | 'B1006' | 'B1007' | 'B1008'): Bytes {
  const { array } = s.bytes;
  return new Bytes(array, code, describeSection(s), s.bytes.base, s.bytes.isBig);
}
