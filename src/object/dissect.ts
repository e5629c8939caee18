import { swapByteOrder } from '../isa/byte-order.js';
import { decodeProgram } from '../isa/decode.js';
import { targetSlot } from '../isa/flow.js';
import { type AnyInsn, slotsOf } from '../isa/insn.js';
import { type Btf, readBtf } from './btf.js';
import { type BtfExt, readBtfExt } from './btf-ext.js';
import { describeCore } from './core/describe.js';
import { type Elf, isCode, readElf, type Section } from './elf.js';
import { cleanLine } from './lines.js';
import { inFile } from './malformed.js';
import { type Relocation, readRelocations, relocationName, relocationSections } from './relocations.js';
import { bySection, type ElfSymbol, readSymbols, SYMBOL_TYPE } from './symbols.js';

/** An instruction as it is in a section, before linking. */
export interface DissectedInsn {
  /** Slot in the section. */
  readonly slot: number;
  readonly insn: AnyInsn;
  /** Names what its relocation is for, where it has one. */
  readonly relocations: readonly { readonly type: string; readonly symbol: string }[];
  /** What it asks of kernel types, in llvm-objdump's words. */
  readonly core: string | undefined;
  /** `<f+0x10>`: where a jump goes. */
  readonly target: string | undefined;
  /** The line of C that begins here. */
  readonly source: string | undefined;
}

/** The instructions from one symbol to the next. */
export interface DissectedPart {
  /** Byte of the section. */
  readonly address: number;
  readonly symbol: string;
  readonly insns: readonly DissectedInsn[];
}

export interface DissectedSection {
  readonly name: string;
  /** Whether its instructions are in the file with their bytes the other way round. */
  readonly isBigEndian: boolean;
  readonly parts: readonly DissectedPart[];
}

interface Label {
  readonly address: number;
  readonly name: string;
}

/**
 * Names of addresses as llvm-objdump chooses them: of several, the last one alphabetically; the section itself at 0.
 */
function labelsOf(section: Section, symbols: readonly ElfSymbol[]): Label[] {
  const byAddress = new Map<number, string>();
  for (const s of symbols) {
    if (s.name === '' || s.type === SYMBOL_TYPE.section || s.type === SYMBOL_TYPE.file) continue;
    const known = byAddress.get(s.value);
    if (s.value < section.size && s.value % 8 === 0 && (known === undefined || s.name > known))
      byAddress.set(s.value, s.name);
  }
  if (!byAddress.has(0)) byAddress.set(0, section.name);
  return [...byAddress].map(([address, name]) => ({ address, name })).sort((a, b) => a.address - b.address);
}

/** `<name+0x10>` for an address: the nearest label before it. Addresses have 64 bits, as llvm-objdump counts them. */
function annotation(labels: readonly Label[], address: number): string {
  let low = 0;
  let high = labels.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (address < 0 || labels[middle]!.address <= address) low = middle;
    else high = middle - 1;
  }
  const label = labels[low]!;
  const far = BigInt.asUintN(64, BigInt(address) - BigInt(label.address));
  return far === 0n ? `<${label.name}>` : `<${label.name}+0x${far.toString(16)}>`;
}

/** Takes items that have an offset, in order, up to a limit. */
class Cursor<T extends { readonly offset: number }> {
  readonly #items: readonly T[];
  #next = 0;

  constructor(items: readonly T[]) {
    this.#items = [...items].sort((a, b) => a.offset - b.offset);
  }

  /** Those before `end` that have not been taken. */
  take(end: number): T[] {
    const from = this.#next;
    while (this.#next < this.#items.length && this.#items[this.#next]!.offset < end) this.#next += 1;
    return this.#items.slice(from, this.#next);
  }
}

interface Info {
  readonly btf: Btf | undefined;
  readonly ext: BtfExt | undefined;
}

/**
 * The line of C an instruction has a record for, or undefined if the instruction before it has the same. As in
 * llvm-objdump, one without a record is of no line, so a line is shown again after it.
 */
class LineTracker {
  readonly #btf: Btf;
  #shown = '';

  constructor(btf: Btf) {
    this.#btf = btf;
  }

  at(
    info: { readonly file: number; readonly line: number; readonly text: number } | undefined,
  ): string | undefined {
    const place = info === undefined ? '' : `${info.file}:${info.line}`;
    if (place === this.#shown) return undefined;
    this.#shown = place;
    return info === undefined || info.line === 0
      ? undefined
      : cleanLine(this.#btf.strings.bytesAt(info.text, 4096));
  }
}

function dissectSection(
  section: Section,
  symbols: readonly ElfSymbol[],
  relocations: readonly Relocation[],
  { btf, ext }: Info,
  lines: LineTracker | undefined,
): DissectedSection {
  const labels = labelsOf(section, symbols);
  const { array, isBig } = section.bytes;
  const bytes = isBig ? swapByteOrder(array) : array;
  const pending = new Cursor(relocations);
  const core = new Cursor(ext?.core.get(section.name) ?? []);
  const records = new Cursor(ext?.lines.get(section.name) ?? []);
  const parts = labels.map(({ address, name }, i): DissectedPart => {
    const end = labels[i + 1]?.address ?? bytes.length;
    const insns: DissectedInsn[] = [];
    let at = address;
    for (const insn of decodeProgram(bytes.subarray(address, end))) {
      const slot = at / 8;
      const target = targetSlot(insn, slot);
      const after = at + (insn.op === undefined ? insn.bytes.length : slotsOf(insn) * 8);
      const record = records.take(at + 1).at(-1);
      const [asked] = core.take(after);
      insns.push({
        slot,
        insn,
        relocations: pending
          .take(after)
          .map((r) => ({ type: relocationName(r.type), symbol: r.symbol.name || '*ABS*' })),
        core: asked === undefined || btf === undefined ? undefined : describeCore(btf, asked),
        target: target === undefined ? undefined : annotation(labels, target * 8),
        source: lines?.at(record),
      });
      at = after;
    }
    return { address, symbol: name, insns };
  });
  return { name: section.name, isBigEndian: isBig, parts };
}

function infoOf(elf: Elf): Info {
  const find = (name: string): Section | undefined => elf.sections.find((s) => s.name === name);
  const btfSection = find('.BTF');
  const btf = btfSection === undefined ? undefined : readBtf(btfSection);
  const extSection = find('.BTF.ext');
  return {
    btf,
    ext: btf === undefined || extSection === undefined ? undefined : readBtfExt(extSection, btf),
  };
}

function sectionsOf(bytes: Uint8Array): readonly DissectedSection[] {
  const elf = readElf(bytes, true);
  const table = readSymbols(elf);
  const symbols = bySection(table.symbols);
  const relocations = relocationSections(elf);
  const info = infoOf(elf);
  const lines = info.btf === undefined ? undefined : new LineTracker(info.btf);
  return elf.sections.filter(isCode).map((section) => {
    const own = relocations.get(section.index);
    return dissectSection(
      section,
      symbols.get(section.index) ?? [],
      own === undefined ? [] : readRelocations(own, section.size, table),
      info,
      lines,
    );
  });
}

/**
 * Takes an object's code apart for a listing, section by section, as it is in the file. Throws `InputError` for bytes that
 * are not an object, with where they are damaged.
 */
export const dissectObject = (name: string, bytes: Uint8Array): readonly DissectedSection[] =>
  inFile(name, () => sectionsOf(bytes));
