import type { Btf } from './btf.js';
import { BTF_MAGIC } from './btf.js';
import type { Bytes } from './bytes.js';
import { type Section, sectionBytes } from './elf.js';

/** `struct btf_ext_header` (libbpf): magic 0, hdr_len 4, then offset and length of three tables. */
export const BTF_EXT_HEADER = { magic: 0, version: 2, length: 4, functions: 8, lines: 16, core: 24 } as const;

export interface FunctionInfo {
  /** Byte in the section. */
  readonly offset: number;
  /** Type of kind func. */
  readonly type: number;
}

export interface LineInfo {
  readonly offset: number;
  /** Offsets of the file's name and of the line's text in BTF's strings. */
  readonly file: number;
  readonly text: number;
  /** From 1, 22 bits; 0 where it is not known. */
  readonly line: number;
  /** From 1, 10 bits, in bytes; 0 where it is not known. */
  readonly column: number;
}

export interface CoreRelocation {
  readonly offset: number;
  readonly type: number;
  /** Which member of which: `0:1:2`, or the index of an enumerator. */
  readonly access: string;
  readonly kind: number;
  /** For diagnostics. */
  readonly place: string;
}

/** What `.BTF.ext` says, by the name of the code section. */
export interface BtfExt {
  readonly functions: ReadonlyMap<string, readonly FunctionInfo[]>;
  readonly lines: ReadonlyMap<string, readonly LineInfo[]>;
  readonly core: ReadonlyMap<string, readonly CoreRelocation[]>;
}

/**
 * One of the tables: the size of a record, then for each section its name, the number of records, and the records.
 * Records may be longer than is known here.
 */
function readTable<T>(
  table: Bytes,
  btf: Btf,
  least: number,
  make: (records: Bytes, at: number) => T,
): Map<string, T[]> {
  const out = new Map<string, T[]>();
  if (table.length === 0) return out;
  const size = table.u32(0, 'the size of a record');
  if (size < least || size % 4 !== 0) throw table.fail(0, `a record has ${size} bytes; ${least} are needed`);
  let at = 4;
  while (at < table.length) {
    const name = btf.strings.at(table.u32(at, 'the name of a section'), 'a section');
    const count = table.u32(at + 4, 'the number of records');
    const records = table.within(at + 8, count * size, `${count} records for \`${name}\``);
    const list = out.get(name) ?? [];
    for (let i = 0; i < count; i += 1) list.push(make(records, i * size));
    out.set(name, list);
    at += 8 + count * size;
  }
  return out;
}

/** Reads `.BTF.ext`; throws `InputError`. Whether offsets fit the code is checked by whoever has the code. */
export function readBtfExt(section: Section, btf: Btf): BtfExt {
  const bytes = sectionBytes(section, 'B1007');
  const magic = bytes.u16(BTF_EXT_HEADER.magic, 'the header');
  if (magic !== BTF_MAGIC) throw bytes.fail(0, `the magic number is 0x${magic.toString(16)}, not 0xeb9f`);
  const length = bytes.u32(BTF_EXT_HEADER.length, 'the header');
  const table = (at: number, what: string): Bytes =>
    at + 8 > length
      ? bytes.within(0, 0, what)
      : bytes.within(length + bytes.u32(at, 'the header'), bytes.u32(at + 4, 'the header'), what);
  const functions = readTable(
    table(BTF_EXT_HEADER.functions, 'functions'),
    btf,
    8,
    (r, at): FunctionInfo => ({
      offset: r.u32(at, 'a function'),
      type: r.u32(at + 4, 'a function'),
    }),
  );
  const lines = readTable(table(BTF_EXT_HEADER.lines, 'lines'), btf, 16, (r, at): LineInfo => {
    const place = r.u32(at + 12, 'a line');
    return {
      offset: r.u32(at, 'a line'),
      file: r.u32(at + 4, 'a line'),
      text: r.u32(at + 8, 'a line'),
      line: place >>> 10,
      column: place & 0x3ff,
    };
  });
  const core = readTable(
    table(BTF_EXT_HEADER.core, 'CO-RE relocations'),
    btf,
    16,
    (r, at): CoreRelocation => ({
      offset: r.u32(at, 'a relocation'),
      type: r.u32(at + 4, 'a relocation'),
      access: btf.strings.at(r.u32(at + 8, 'a relocation'), 'an access string'),
      kind: r.u32(at + 12, 'a relocation'),
      place: r.place(at),
    }),
  );
  return { functions, lines, core };
}
