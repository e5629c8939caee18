import { BTF_MAGIC } from '../btf.js';
import { BTF_EXT_HEADER } from '../btf-ext.js';
import { Buffer, type StringTable } from './buffer.js';

const VERSION = 1;
/** With the place of the CO-RE relocations, of which there are none: LLVM looks for it whatever the header's length is. */
const HEADER_BYTES = 32;
const FUNCTION_BYTES = 8;
const LINE_BYTES = 16;
/** What a record has room for. */
const LAST_LINE = (1 << 22) - 1;
const LAST_COLUMN = (1 << 10) - 1;

/** What is said of a section of code. */
export interface CodeInfo {
  readonly section: string;
  readonly functions: readonly {
    readonly offset: number;
    readonly type: number;
  }[];
  readonly lines: readonly LineToWrite[];
}

export interface LineToWrite {
  /** Byte in the section. */
  readonly offset: number;
  readonly file: string;
  readonly text: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in bytes. */
  readonly column: number;
}

function table(
  bytes: number,
  sections: readonly CodeInfo[],
  strings: StringTable,
  recordsOf: (section: CodeInfo) => readonly (readonly number[])[],
): Uint8Array {
  const out = new Buffer();
  out.words(bytes);
  for (const section of sections) {
    const records = recordsOf(section);
    out.words(strings.at(section.section), records.length, ...records.flat());
  }
  return out.bytes;
}

/** Makes `.BTF.ext`; its strings go into those of `.BTF`. */
export function writeBtfExt(sections: readonly CodeInfo[], strings: StringTable): Uint8Array {
  const functions = table(FUNCTION_BYTES, sections, strings, (s) =>
    s.functions.map((f) => [f.offset, f.type]),
  );
  const lines = table(LINE_BYTES, sections, strings, (s) =>
    s.lines.map(({ offset, file, text, line, column }) => {
      const place = Math.min(line, LAST_LINE) * (LAST_COLUMN + 1) + Math.min(column, LAST_COLUMN);
      return [offset, strings.at(file), strings.at(text), place];
    }),
  );
  const out = new Uint8Array(HEADER_BYTES + functions.length + lines.length);
  const view = new DataView(out.buffer);
  view.setUint16(BTF_EXT_HEADER.magic, BTF_MAGIC, true);
  view.setUint8(BTF_EXT_HEADER.version, VERSION);
  view.setUint32(BTF_EXT_HEADER.length, HEADER_BYTES, true);
  view.setUint32(BTF_EXT_HEADER.functions + 4, functions.length, true);
  view.setUint32(BTF_EXT_HEADER.lines, functions.length, true);
  view.setUint32(BTF_EXT_HEADER.lines + 4, lines.length, true);
  out.set(functions, HEADER_BYTES);
  out.set(lines, HEADER_BYTES + functions.length);
  return out;
}
