import { EHDR, ELFCLASS64, ELFDATA2LSB, EM_BPF, ET_REL, SECTION_TYPE, SHDR } from '../elf.js';
import { REL } from '../relocations.js';
import { BINDING, SYM, SYMBOL_TYPE } from '../symbols.js';
import { Buffer, StringTable } from './buffer.js';

/** A section to write; `size` counts only where it has no bytes in the file (`.bss`). */
export interface SectionToWrite {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly align: number;
  readonly bytes: Uint8Array;
  readonly size?: number;
  readonly relocations?: readonly RelocationToWrite[];
}

export interface RelocationToWrite {
  /** Byte in the section. */
  readonly offset: number;
  readonly type: number;
  /** Name of a symbol; names of symbols are unique. */
  readonly symbol: string;
}

export interface SymbolToWrite {
  readonly name: string;
  readonly type: number;
  readonly binding: number;
  /** Name of its section; undefined for what the kernel has. */
  readonly section: string | undefined;
  readonly value: number;
  readonly size: number;
}

interface Placed {
  readonly header: Omit<SectionToWrite, 'relocations'>;
  readonly link: number;
  readonly info: number;
  readonly entry: number;
}

function symbolTable(
  symbols: readonly SymbolToWrite[],
  indexOf: (section: string) => number,
  strings: StringTable,
): Uint8Array {
  const bytes = new Uint8Array((symbols.length + 1) * SYM.size);
  const view = new DataView(bytes.buffer);
  symbols.forEach((s, i) => {
    const at = (i + 1) * SYM.size;
    view.setUint32(at + SYM.name, strings.at(s.type === SYMBOL_TYPE.section ? '' : s.name), true);
    view.setUint8(at + SYM.info, (s.binding << 4) | s.type);
    view.setUint16(at + SYM.section, s.section === undefined ? 0 : indexOf(s.section), true);
    view.setBigUint64(at + SYM.value, BigInt(s.value), true);
    view.setBigUint64(at + SYM.bytes, BigInt(s.size), true);
  });
  return bytes;
}

function relocationTable(
  relocations: readonly RelocationToWrite[],
  symbolIndex: ReadonlyMap<string, number>,
): Uint8Array {
  const bytes = new Uint8Array(relocations.length * REL.size);
  const view = new DataView(bytes.buffer);
  relocations.forEach((r, i) => {
    view.setBigUint64(i * REL.size + REL.offset, BigInt(r.offset), true);
    const info = (BigInt(symbolIndex.get(r.symbol)!) << 32n) | BigInt(r.type);
    view.setBigUint64(i * REL.size + REL.info, info, true);
  });
  return bytes;
}

function fileHeader(shoff: number, count: number): Uint8Array {
  const bytes = new Uint8Array(EHDR.size);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, ELFCLASS64, ELFDATA2LSB, 1]);
  view.setUint16(EHDR.type, ET_REL, true);
  view.setUint16(EHDR.machine, EM_BPF, true);
  view.setUint32(EHDR.version, 1, true);
  view.setBigUint64(EHDR.shoff, BigInt(shoff), true);
  view.setUint16(EHDR.ehsize, EHDR.size, true);
  view.setUint16(EHDR.shentsize, SHDR.size, true);
  view.setUint16(EHDR.shnum, count, true);
  view.setUint16(EHDR.shstrndx, 1, true);
  return bytes;
}

/** Lays out a relocatable object for BPF: one table of strings, the sections, their relocations, the symbols. */
export function writeElf(sections: readonly SectionToWrite[], symbols: readonly SymbolToWrite[]): Uint8Array {
  const strings = new StringTable();
  // Local symbols come first (System V ABI).
  const sorted = [...symbols].sort((a, b) => a.binding - b.binding);
  const locals = sorted.filter((s) => s.binding === BINDING.local).length;
  const symbolIndex = new Map(sorted.map((s, i) => [s.name, i + 1]));
  const indexOf = (name: string): number => sections.findIndex((s) => s.name === name) + 2;
  const table = { align: 8, flags: 0 } as const;
  const symtab = sections.length + 2;
  const placed: Placed[] = sections.map((header) => ({
    header,
    link: 0,
    info: 0,
    entry: 0,
  }));
  placed.push({
    header: {
      ...table,
      name: '.symtab',
      type: SECTION_TYPE.symtab,
      bytes: symbolTable(sorted, indexOf, strings),
    },
    link: 1,
    info: locals + 1,
    entry: SYM.size,
  });
  for (const { name, relocations = [] } of sections) {
    if (relocations.length === 0) continue;
    const bytes = relocationTable(relocations, symbolIndex);
    const header = {
      ...table,
      name: `.rel${name}`,
      type: SECTION_TYPE.rel,
      bytes,
    };
    placed.push({ header, link: symtab, info: indexOf(name), entry: REL.size });
  }
  const names = ['.strtab', ...placed.map((p) => p.header.name)].map((name) => strings.at(name));
  const strtab = {
    name: '.strtab',
    type: SECTION_TYPE.strtab,
    flags: 0,
    align: 1,
    bytes: strings.bytes,
  };
  const all: Placed[] = [{ header: strtab, link: 0, info: 0, entry: 0 }, ...placed];
  const out = new Buffer();
  out.put(new Uint8Array(EHDR.size));
  const headers = new Uint8Array((all.length + 1) * SHDR.size);
  const view = new DataView(headers.buffer);
  all.forEach(({ header, link, info, entry }, i) => {
    out.align(header.align);
    const at = (i + 1) * SHDR.size;
    view.setUint32(at + SHDR.name, names[i]!, true);
    view.setUint32(at + SHDR.type, header.type, true);
    view.setBigUint64(at + SHDR.flags, BigInt(header.flags), true);
    view.setBigUint64(at + SHDR.offset, BigInt(out.length), true);
    view.setBigUint64(at + SHDR.bytes, BigInt(header.size ?? header.bytes.length), true);
    view.setUint32(at + SHDR.link, link, true);
    view.setUint32(at + SHDR.info, info, true);
    view.setBigUint64(at + SHDR.align, BigInt(header.align), true);
    view.setBigUint64(at + SHDR.entsize, BigInt(entry), true);
    out.put(header.bytes);
  });
  out.align(8);
  const shoff = out.length;
  out.put(headers);
  const file = out.bytes.slice();
  file.set(fileHeader(shoff, all.length + 1));
  return file;
}
