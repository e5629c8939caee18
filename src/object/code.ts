import { decodeProgram } from '../isa/decode.js';
import { type AnyInsn, slotsOf } from '../isa/insn.js';
import { MOST_SLOTS } from '../isa/limits.js';
import { plural } from '../text/numbers.js';
import { describeSection, type Elf, isCode, type Section } from './elf.js';
import { malformed } from './malformed.js';
import { BINDING, bySection, type ElfSymbol, SYMBOL_TYPE } from './symbols.js';

export interface ObjectFunction {
  readonly name: string;
  /** False for static functions. */
  readonly isGlobal: boolean;
  readonly code: CodeSection;
  /** Slots in the section. */
  readonly start: number;
  readonly end: number;
}

/** Slot of a function, by the index of its section. */
export interface CodeTarget {
  readonly section: number;
  readonly slot: number;
}

/** The instructions of a section, and what is found out about them. */
export class CodeSection {
  readonly section: Section;
  #insns: AnyInsn[];
  /** Index of the instruction that begins in a slot, -1 in the second half of a 64-bit load. */
  #indices = new Int32Array(0);
  /** Calls and loads of function addresses, by the slot of the instruction. */
  readonly targets = new Map<number, CodeTarget>();
  /** Functions by the slot at which they begin, the last one of that slot. */
  readonly functions = new Map<number, ObjectFunction>();

  constructor(section: Section) {
    this.section = section;
    const { size } = section;
    if (size % 8 !== 0)
      throw malformed(
        'B1009',
        `${describeSection(section)} has ${plural(size, 'byte')}, which is not a whole number of instructions`,
      );
    this.#insns = decodeProgram(section.bytes.array);
    this.#index();
  }

  get slots(): number {
    return this.section.size / 8;
  }

  get insns(): readonly AnyInsn[] {
    return this.#insns;
  }

  /** Other instructions, which take the same slots in total. */
  replaceAll(insns: readonly AnyInsn[]): void {
    this.#insns = [...insns];
    this.#index();
  }

  #index(): void {
    this.#indices = new Int32Array(this.slots + 1).fill(-1);
    let slot = 0;
    this.#insns.forEach((insn, i) => {
      this.#indices[slot] = i;
      slot += slotsOf(insn);
    });
    this.#indices[slot] = this.#insns.length;
  }

  /** Index of the instruction that begins in a slot; -1 if none does. */
  indexOf(slot: number): number {
    return this.#indices[slot] ?? -1;
  }

  /** The instruction at a byte of the section; undefined if none begins there. */
  at(offset: number): AnyInsn | undefined {
    return offset % 8 === 0 ? this.#insns[this.indexOf(offset / 8)] : undefined;
  }

  replace(slot: number, insn: AnyInsn): void {
    this.#insns[this.indexOf(slot)] = insn;
  }
}

/** Decodes all sections of code; throws `InputError`. */
export function readCode(elf: Elf): Map<number, CodeSection> {
  const sections = elf.sections.filter(isCode);
  const names = new Set<string>();
  for (const s of sections) {
    if (names.has(s.name)) throw malformed('B1003', `there are two sections of code named \`${s.name}\``);
    names.add(s.name);
  }
  // All code of an object together may have as many slots as one program.
  const slots = sections.reduce((sum, s) => sum + s.size / 8, 0);
  if (slots > MOST_SLOTS)
    throw malformed('B1009', `the object has ${slots} instruction slots; at most ${MOST_SLOTS} are read`);
  return new Map(sections.map((s) => [s.index, new CodeSection(s)]));
}

const isNamed = (s: ElfSymbol): boolean => s.name !== '' && s.type !== SYMBOL_TYPE.section;

/** Hand-written code has symbols without a type. */
function functionSymbols(symbols: readonly ElfSymbol[]): readonly ElfSymbol[] {
  const functions = symbols.filter((s) => s.type === SYMBOL_TYPE.function);
  if (functions.length > 0) return functions;
  return symbols.filter((s) => isNamed(s) && s.type === SYMBOL_TYPE.none && s.binding !== BINDING.local);
}

/**
 * The functions that symbols name, in the order of sections and of their code. A symbol without a size reaches to the
 * next one. Throws `InputError`.
 */
export function readFunctions(
  code: ReadonlyMap<number, CodeSection>,
  symbols: readonly ElfSymbol[],
): ObjectFunction[] {
  const symbolsOf = bySection(symbols);
  const out: ObjectFunction[] = [];
  for (const [index, section] of code) {
    const own = [...functionSymbols(symbolsOf.get(index) ?? [])].sort((a, b) => a.value - b.value);
    let following = section.slots;
    const found: ObjectFunction[] = [];
    for (const symbol of own.reverse()) {
      const start = symbol.value / 8;
      const end = symbol.size === 0 ? following : (symbol.value + symbol.size) / 8;
      if (section.indexOf(start) < 0 || section.indexOf(end) < 0 || end <= start) {
        throw malformed(
          'B1009',
          `function \`${symbol.name}\` (symbol ${symbol.index}) has ${symbol.size} bytes at ${symbol.value} of ${describeSection(section.section)}, which is not a whole number of instructions within its ${section.section.size} bytes`,
        );
      }
      if (start < following) following = start;
      const isGlobal = symbol.binding !== BINDING.local;
      found.push({ name: symbol.name, isGlobal, code: section, start, end });
    }
    for (const fn of found.reverse()) section.functions.set(fn.start, fn);
    out.push(...found);
  }
  return out;
}
