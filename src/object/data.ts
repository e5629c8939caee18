import { decoded } from '../text/shown.js';
import type { Btf, BtfType } from './btf.js';
import { type Elf, SECTION_FLAG, SECTION_TYPE, type Section } from './elf.js';
import { malformed } from './malformed.js';
import type { DataPointer, ObjectData, Variable, VariableType } from './object.js';
import { bySection, type ElfSymbol, SYMBOL_TYPE } from './symbols.js';

/** Largest value of a map (INT_MAX, kernel/bpf/arraymap.c array_map_alloc_check). */
const LARGEST = 0x7fff_ffff;

export const isMaps = (s: Section): boolean => s.name === '.maps';

/** True for sections of global variables, by libbpf's names. */
export function isData(s: Section): boolean {
  if ((s.flags & SECTION_FLAG.alloc) === 0 || (s.flags & SECTION_FLAG.execute) !== 0) return false;
  const isOf = (name: string): boolean => s.name === name || s.name.startsWith(`${name}.`);
  if (s.type === SECTION_TYPE.nobits) return isOf('.bss');
  return s.type === SECTION_TYPE.progbits && (isOf('.data') || isOf('.rodata') || isOf('.bss'));
}

const isWidth = (n: number): n is 1 | 2 | 4 | 8 => n === 1 || n === 2 || n === 4 || n === 8;

function integer(type: BtfType): { bytes: 1 | 2 | 4 | 8; signed: boolean } | undefined {
  switch (type.kind) {
    case 'int':
    case 'enum':
    case 'enum64':
      return isWidth(type.size) ? { bytes: type.size, signed: type.signed } : undefined;
    case 'ptr':
      return { bytes: 8, signed: false };
    default:
      return undefined;
  }
}

/** What a type is to a reader of a variable of that type. Arrays of arrays count all their elements. */
function variableType(btf: Btf, id: number): VariableType {
  let { type } = btf.strip(id);
  let count: number | undefined;
  for (let depth = 0; type.kind === 'array' && depth < 8; depth += 1) {
    count = (count ?? 1) * type.count;
    type = btf.strip(type.of).type;
  }
  const int = integer(type);
  if (int === undefined || (count !== undefined && !Number.isSafeInteger(count))) return { kind: 'bytes' };
  return { kind: 'int', ...int, count };
}

/** Offsets of variables are those of their symbols: in BTF they are filled in when objects are linked. */
function variablesOf(section: Section, symbols: readonly ElfSymbol[], btf: Btf | undefined): Variable[] {
  const out = new Map<string, Variable>();
  const declared = new Map<string, VariableType>();
  for (const v of btf?.datasec(section.name)?.variables ?? []) {
    const variable = btf!.get(v.type);
    if (variable.kind === 'var') declared.set(variable.name, variableType(btf!, variable.type));
  }
  for (const symbol of symbols) {
    if (symbol.type !== SYMBOL_TYPE.object || symbol.size === 0) continue;
    const { name, value: offset, size } = symbol;
    if (offset + size > section.size) {
      throw malformed(
        'B1004',
        `symbol ${symbol.index} \`${name}\` (${size} bytes at ${offset}) reaches past the end of \`${section.name}\` (${section.size} bytes)`,
      );
    }
    const type = declared.get(name) ?? { kind: 'bytes' };
    const fits = type.kind === 'bytes' || type.bytes * (type.count ?? 1) === size;
    out.set(name, { name, offset, size, type: fits ? type : { kind: 'bytes' } });
  }
  return [...out.values()].sort((a, b) => a.offset - b.offset);
}

/** The sections of global variables; throws `InputError`. */
export function readData(
  elf: Elf,
  symbols: readonly ElfSymbol[],
  btf: Btf | undefined,
  pointersOf: (section: Section) => readonly DataPointer[],
): ObjectData[] {
  const symbolsOf = bySection(symbols);
  const names = new Set<string>();
  return elf.sections
    .filter((s) => isData(s) && s.size > 0)
    .map((section) => {
      const { index, name, size } = section;
      if (names.has(name)) throw malformed('B1003', `there are two sections named \`${name}\``);
      names.add(name);
      if (size > LARGEST)
        throw malformed('B1003', `\`${name}\` has ${size} bytes; a map's value has at most ${LARGEST}`);
      return {
        name,
        size,
        bytes: section.bytes.array,
        readonly: name.startsWith('.rodata'),
        pointers: pointersOf(section),
        variables: variablesOf(section, symbolsOf.get(index) ?? [], btf),
      };
    });
}

/** The zero-terminated string in section `license`. */
export function readLicense(elf: Elf): string | undefined {
  const section = elf.sections.find((s) => s.name === 'license');
  if (section === undefined) return undefined;
  const { array } = section.bytes;
  const end = array.indexOf(0);
  return decoded(array.subarray(0, Math.min(end < 0 ? array.length : end, 128)));
}
