/** Builds objects that no compiler would make. Little-endian ELF64 for BPF; the tables of names are added. */
export interface BuiltSection {
  readonly name: string;
  /** SHT_*; 1 PROGBITS, 8 NOBITS, 9 REL. */
  readonly type?: number;
  /** SHF_*; 6 is code, 3 data. */
  readonly flags?: number;
  readonly bytes?: Uint8Array;
  /** For NOBITS, which has no bytes. */
  readonly size?: number | bigint;
  /** Name of the section that relocations are for. */
  readonly for?: string;
}

export interface BuiltSymbol {
  readonly name: string;
  /** Name of its section; undefined for an extern. */
  readonly section?: string;
  /** STB_* << 4 | STT_*: 0x12 is a global function, 0x02 a static one, 0x11 a global object. */
  readonly info: number;
  readonly value?: number;
  readonly size?: number;
}

export function words(...values: readonly number[]): Uint8Array {
  const out = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((v, i) => {
    out.setUint32(i * 4, v >>> 0, true);
  });
  return new Uint8Array(out.buffer);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}

/** Strings one after the other, and where each begins. */
export function stringTable(strings: readonly string[]): {
  bytes: Uint8Array;
  at: ReadonlyMap<string, number>;
} {
  const at = new Map<string, number>();
  let text = '\0';
  for (const s of new Set(strings)) {
    at.set(s, text.length);
    text += `${s}\0`;
  }
  return { bytes: new TextEncoder().encode(text), at };
}

function symbolTable(
  symbols: readonly BuiltSymbol[],
  indexOf: (section: string) => number,
): {
  table: Uint8Array;
  strings: Uint8Array;
} {
  const { bytes: strings, at } = stringTable(symbols.map((s) => s.name));
  const out = new DataView(new ArrayBuffer((symbols.length + 1) * 24));
  symbols.forEach((s, i) => {
    const base = (i + 1) * 24;
    out.setUint32(base, at.get(s.name)!, true);
    out.setUint8(base + 4, s.info);
    out.setUint16(base + 6, s.section === undefined ? 0 : indexOf(s.section), true);
    out.setBigUint64(base + 8, BigInt(s.value ?? 0), true);
    out.setBigUint64(base + 16, BigInt(s.size ?? 0), true);
  });
  return { table: new Uint8Array(out.buffer), strings };
}

export function buildElf(own: readonly BuiltSection[], symbols: readonly BuiltSymbol[]): Uint8Array {
  const names = ['', ...own.map((s) => s.name), '.symtab', '.strtab', '.shstrtab'];
  const indexOf = (section: string): number => names.indexOf(section);
  const { table, strings } = symbolTable(symbols, indexOf);
  const shstrtab = stringTable(names);
  const sections: (BuiltSection & { link?: number })[] = [
    { name: '', type: 0 },
    ...own.map((s) => (s.for === undefined ? s : { ...s, link: indexOf('.symtab') })),
    { name: '.symtab', type: 2, bytes: table, link: indexOf('.strtab') },
    { name: '.strtab', type: 3, bytes: strings },
    { name: '.shstrtab', type: 3, bytes: shstrtab.bytes },
  ];
  const headers = new DataView(new ArrayBuffer(sections.length * 64));
  let at = 64;
  const bodies = sections.map((s, i) => {
    const body = s.bytes ?? new Uint8Array(0);
    const base = i * 64;
    headers.setUint32(base, shstrtab.at.get(s.name)!, true);
    headers.setUint32(base + 4, s.type ?? 1, true);
    headers.setUint32(base + 8, s.flags ?? 0, true);
    headers.setBigUint64(base + 24, BigInt(at), true);
    headers.setBigUint64(base + 32, BigInt(s.size ?? body.length), true);
    headers.setUint32(base + 40, s.link ?? 0, true);
    headers.setUint32(base + 44, s.for === undefined ? 0 : indexOf(s.for), true);
    at += body.length;
    return body;
  });
  const ehdr = new DataView(new ArrayBuffer(64));
  for (const [i, b] of [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1].entries()) ehdr.setUint8(i, b);
  ehdr.setUint16(16, 1, true);
  ehdr.setUint16(18, 247, true);
  ehdr.setUint32(20, 1, true);
  ehdr.setBigUint64(40, BigInt(at), true);
  ehdr.setUint16(52, 64, true);
  ehdr.setUint16(58, 64, true);
  ehdr.setUint16(60, sections.length, true);
  ehdr.setUint16(62, indexOf('.shstrtab'), true);
  return concat([new Uint8Array(ehdr.buffer), ...bodies, new Uint8Array(headers.buffer)]);
}

/** `.BTF` of types given as words; a name is an offset into the strings. */
export function buildBtf(types: Uint8Array, strings: Uint8Array): Uint8Array {
  const header = words(0x0001_eb9f, 24, 0, types.length, types.length, strings.length);
  return concat([header, types, strings]);
}

/** `.BTF.ext` with line records for one section, whose name is at `section` of BTF's strings. */
export function buildLines(section: number, records: Uint8Array): Uint8Array {
  const lines = concat([words(16, section, records.length / 16), records]);
  return concat([words(0x0001_eb9f, 32, 0, 0, 0, lines.length, lines.length, 0), lines]);
}
