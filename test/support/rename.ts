/** Gives things in an object other names. Little-endian ELF64. */

const SHDR = { size: 64, name: 0, type: 4, offset: 24, bytes: 32, link: 40 } as const;
const SYMTAB = 2;
/** Kinds of BTF types whose names are those of symbols and sections: functions, variables, sections. */
const NAMED = new Set([12, 14, 15]);
/** Bytes that follow a type, by kind; those with a count of parts times it. */
const EXTRA: Readonly<Record<number, (parts: number) => number>> = {
  1: () => 4,
  3: () => 12,
  4: (n) => 12 * n,
  5: (n) => 12 * n,
  6: (n) => 8 * n,
  13: (n) => 8 * n,
  14: () => 4,
  15: (n) => 12 * n,
  17: () => 4,
  19: (n) => 12 * n,
};

/** A table of strings to which more are added at its end. */
class Table {
  readonly #old: Uint8Array;
  readonly #added: number[] = [];
  readonly #names: ReadonlyMap<string, Uint8Array>;

  constructor(old: Uint8Array, names: ReadonlyMap<string, Uint8Array>) {
    this.#old = old;
    this.#names = names;
  }

  /** Where the new name of what is named at an offset is; the old place if that keeps its name. */
  renamed(offset: number): number {
    const old = this.#old.subarray(offset, this.#old.indexOf(0, offset));
    const name = this.#names.get(new TextDecoder().decode(old));
    if (name === undefined) return offset;
    const at = this.#old.length + this.#added.length;
    this.#added.push(...name, 0);
    return at;
  }

  get bytes(): Uint8Array {
    return Uint8Array.of(...this.#old, ...this.#added);
  }
}

function renameTypes(btf: Uint8Array, names: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const view = new DataView(btf.buffer, btf.byteOffset, btf.length);
  const [header, typeOff, typeLen, strOff, strLen] = [4, 8, 12, 16, 20].map((at) => view.getUint32(at, true));
  const strings = header! + strOff!;
  const table = new Table(btf.subarray(strings, strings + strLen!), names);
  const out = new DataView(btf.slice(0, strings).buffer);
  for (let at = header! + typeOff!; at < header! + typeOff! + typeLen!; ) {
    const info = out.getUint32(at + 4, true);
    const kind = (info >> 24) & 0x1f;
    if (NAMED.has(kind)) out.setUint32(at, table.renamed(out.getUint32(at, true)), true);
    at += 12 + (EXTRA[kind]?.(info & 0xffff) ?? 0);
  }
  out.setUint32(20, table.bytes.length, true);
  return Uint8Array.of(...new Uint8Array(out.buffer), ...table.bytes);
}

/** The object with other names for symbols and sections, in its symbol table and in BTF. A name is bytes without a 0. */
export function renamed(bytes: Uint8Array, names: ReadonlyMap<string, Uint8Array>): Uint8Array {
  let out = bytes.slice();
  const view = (): DataView => new DataView(out.buffer);
  const headers = Number(view().getBigUint64(40, true));
  const [count, shstrndx] = [view().getUint16(60, true), view().getUint16(62, true)];
  const header = (i: number): number => headers + i * SHDR.size;
  const body = (i: number): Uint8Array => {
    const start = Number(view().getBigUint64(header(i) + SHDR.offset, true));
    return out.subarray(start, start + Number(view().getBigUint64(header(i) + SHDR.bytes, true)));
  };
  const setBody = (i: number, made: Uint8Array): void => {
    const at = out.length;
    out = Uint8Array.of(...out, ...made);
    view().setBigUint64(header(i) + SHDR.offset, BigInt(at), true);
    view().setBigUint64(header(i) + SHDR.bytes, BigInt(made.length), true);
  };
  const nameOf = (i: number): string => {
    const table = body(shstrndx);
    const at = view().getUint32(header(i) + SHDR.name, true);
    return new TextDecoder().decode(table.subarray(at, table.indexOf(0, at)));
  };
  const sections = Array.from({ length: count }, (_, i) => i);
  const btf = sections.find((i) => nameOf(i) === '.BTF');
  if (btf !== undefined) setBody(btf, renameTypes(body(btf), names));
  const tables = new Map<number, Table>();
  const tableOf = (i: number): Table => {
    const known = tables.get(i) ?? new Table(body(i).slice(), names);
    tables.set(i, known);
    return known;
  };
  for (const i of sections) {
    if (view().getUint32(header(i) + SHDR.type, true) === SYMTAB) {
      const table = tableOf(view().getUint32(header(i) + SHDR.link, true));
      const symbols = body(i);
      const entries = new DataView(out.buffer, symbols.byteOffset, symbols.length);
      for (let at = 0; at < symbols.length; at += 24)
        entries.setUint32(at, table.renamed(entries.getUint32(at, true)), true);
    }
    const name = header(i) + SHDR.name;
    view().setUint32(name, tableOf(shstrndx).renamed(view().getUint32(name, true)), true);
  }
  for (const [i, table] of tables) setBody(i, table.bytes);
  return out;
}
