import type { Global } from '../kernel/kernel.js';
import { SECTION_FLAG, SECTION_TYPE } from '../object/elf.js';
import { RELOCATION } from '../object/relocations.js';
import { BINDING, SYMBOL_TYPE } from '../object/symbols.js';
import { BtfWriter, LINKAGE } from '../object/write/btf.js';
import { type CodeInfo, writeBtfExt } from '../object/write/btf-ext.js';
import {
  type RelocationToWrite,
  type SectionToWrite,
  type SymbolToWrite,
  writeElf,
} from '../object/write/elf.js';
import type { FunctionToWrite, ProgramToWrite } from './code.js';
import { layOutGlobals } from './globals.js';
import { declareMaps, type MapToWrite } from './maps.js';
import { integerType, kfuncPrototype } from './types.js';

const { alloc, execute, write } = SECTION_FLAG;
const TEXT = '.text';
/** The variable that clang's objects have their licence in. */
export const LICENSE_SYMBOL = '_license';

/** What an object is made of. */
export interface ObjectParts {
  readonly programs: readonly ProgramToWrite[];
  readonly maps: readonly MapToWrite[];
  readonly globals: readonly Global[];
  /** The machine's, with the variables' values. */
  readonly memory: Uint8Array;
  readonly license: string;
}

interface Variables {
  readonly section: SectionToWrite;
  readonly variables: readonly {
    readonly name: string;
    readonly offset: number;
    readonly size: number;
  }[];
}

/** Sections of data, with what BTF says of their variables. */
function dataSections(btf: BtfWriter, { maps, globals, memory, license }: ObjectParts): Variables[] {
  const out: Variables[] = [];
  const placed = declareMaps(btf, maps);
  const data = (name: string, bytes: Uint8Array, flags = alloc | write): SectionToWrite => ({
    ...{ name, bytes, flags },
    type: SECTION_TYPE.progbits,
    align: 8,
  });
  if (placed.length > 0) {
    const size = placed.reduce((n, m) => n + m.size, 0);
    btf.section('.maps', size, placed);
    out.push({
      section: data('.maps', new Uint8Array(size)),
      variables: placed,
    });
  }
  for (const { name, size, bytes, variables } of layOutGlobals(btf, globals, memory)) {
    btf.section(name, size, variables);
    const section = data(name, bytes);
    const isBss = name === '.bss';
    out.push({
      section: isBss ? { ...section, type: SECTION_TYPE.nobits, size } : section,
      variables,
    });
  }
  const text = new TextEncoder().encode(`${license}\0`);
  const type = btf.array(integerType(btf, 8, true), text.length);
  const variable = {
    ...{ name: LICENSE_SYMBOL, offset: 0, size: text.length },
    type: btf.variable(LICENSE_SYMBOL, type, LINKAGE.global),
  };
  btf.section('license', text.length, [variable]);
  out.push({
    section: { ...data('license', text), align: 1 },
    variables: [variable],
  });
  return out;
}

/** A function where it lies. */
interface PlacedFunction {
  readonly fn: FunctionToWrite;
  readonly section: string;
  readonly offset: number;
  readonly isProgram: boolean;
}

/** Programs in the sections they name, one after the other; what they call in `.text`, where libbpf looks for it. */
function placeFunctions(programs: readonly ProgramToWrite[]): PlacedFunction[] {
  const all = [
    ...programs.flatMap((p) => p.functions.slice(1).map((fn) => ({ fn, section: TEXT, isProgram: false }))),
    ...programs.map((p) => ({
      fn: p.functions[0]!,
      section: p.section,
      isProgram: true,
    })),
  ];
  const ends = new Map<string, number>();
  return all.map((f) => {
    const offset = ends.get(f.section) ?? 0;
    ends.set(f.section, offset + f.fn.bytes.length);
    return { ...f, offset };
  });
}

/** `int f(void *ctx)` for a program, five numbers for what it calls. */
function functionType(btf: BtfWriter, { fn, isProgram }: PlacedFunction): number {
  const int = integerType(btf, 32, true);
  const long = integerType(btf, 64, false);
  const parameters = isProgram
    ? [{ name: 'ctx', type: btf.pointer(0) }]
    : [1, 2, 3, 4, 5].map((n) => ({ name: `r${n}`, type: long }));
  const linkage = isProgram ? LINKAGE.global : LINKAGE.static;
  return btf.func(fn.name, btf.prototype(isProgram ? int : long, parameters), linkage);
}

/**
 * What code refers to of `.text` is named by its place there, as clang does for static functions: libbpf takes the address
 * of no local symbol.
 */
function throughText(
  bytes: Uint8Array,
  relocations: readonly RelocationToWrite[],
  inText: ReadonlyMap<string, number>,
): RelocationToWrite[] {
  const view = new DataView(bytes.buffer);
  return relocations.map((r) => {
    const at = inText.get(r.symbol);
    if (at === undefined) return r;
    view.setInt32(r.offset + 4, r.type === RELOCATION.call ? at / 8 - 1 : at, true);
    return { ...r, symbol: TEXT };
  });
}

function codeSections(placed: readonly PlacedFunction[], btf: BtfWriter) {
  const names = [...new Set(placed.map((p) => p.section))];
  const inText = new Map(placed.flatMap((p) => (p.isProgram ? [] : [[p.fn.name, p.offset] as const])));
  return names.map((name): { section: SectionToWrite; info: CodeInfo } => {
    const own = placed.filter((p) => p.section === name);
    const bytes = new Uint8Array(own.reduce((n, p) => n + p.fn.bytes.length, 0));
    for (const { fn, offset } of own) bytes.set(fn.bytes, offset);
    const moved = <T extends { readonly offset: number }>(of: (fn: FunctionToWrite) => readonly T[]): T[] =>
      own.flatMap((p) => of(p.fn).map((one) => ({ ...one, offset: one.offset + p.offset })));
    const relocations = throughText(
      bytes,
      moved((fn) => fn.relocations),
      inText,
    );
    const section = {
      ...{ name, bytes, relocations, flags: alloc | execute, align: 8 },
      type: SECTION_TYPE.progbits,
    };
    const functions = own.map((p) => ({ offset: p.offset, type: functionType(btf, p) }));
    return { section, info: { section: name, functions, lines: moved((fn) => fn.lines) } };
  });
}

/** Writes a relocatable object for libbpf: code, maps and variables, with BTF for all of them. */
export function writeObject(parts: ObjectParts): Uint8Array {
  const btf = new BtfWriter();
  const data = dataSections(btf, parts);
  const placed = placeFunctions(parts.programs);
  const code = codeSections(placed, btf);
  const kfuncs = [...new Set(parts.programs.flatMap((p) => [...p.kfuncs]))];
  const externs = kfuncs.map((name) => ({
    type: btf.func(name, kfuncPrototype(btf, name), LINKAGE.extern),
    offset: 0,
    size: 0,
  }));
  if (externs.length > 0) btf.section('.ksyms', 0, externs);
  const ext = writeBtfExt(
    code.map((c) => c.info),
    btf.strings,
  );
  const text = {
    ...{ name: TEXT, section: TEXT, value: 0, size: 0 },
    type: SYMBOL_TYPE.section,
    binding: BINDING.local,
  };
  const symbols: SymbolToWrite[] = [
    ...(placed.some((p) => !p.isProgram) ? [text] : []),
    ...placed.map(({ fn, section, offset, isProgram }) => ({
      ...{ name: fn.name, section, value: offset, size: fn.bytes.length },
      type: SYMBOL_TYPE.function,
      binding: isProgram ? BINDING.global : BINDING.local,
    })),
    ...data.flatMap(({ section, variables }) =>
      variables.map((v) => ({
        ...{
          name: v.name,
          section: section.name,
          value: v.offset,
          size: v.size,
        },
        type: SYMBOL_TYPE.object,
        binding: BINDING.global,
      })),
    ),
    ...kfuncs.map((name) => ({
      ...{ name, section: undefined, value: 0, size: 0 },
      type: SYMBOL_TYPE.none,
      binding: BINDING.global,
    })),
  ];
  const meta = (name: string, bytes: Uint8Array): SectionToWrite => ({
    ...{ name, bytes, flags: 0, align: 4 },
    type: SECTION_TYPE.progbits,
  });
  return writeElf(
    [
      ...code.map((c) => c.section),
      ...data.map((d) => d.section),
      meta('.BTF', btf.bytes),
      meta('.BTF.ext', ext),
    ],
    symbols,
  );
}
