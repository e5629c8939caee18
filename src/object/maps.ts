import type { Diagnostic } from '../text/diagnostic.js';
import type { Findings } from '../text/findings.js';
import type { Btf } from './btf.js';
import { isMaps } from './data.js';
import { describeSection, type Elf, type Section } from './elf.js';
import { readLegacyMaps } from './legacy-maps.js';
import { malformed } from './malformed.js';
import { MapReader, type PlacedMap } from './map-shape.js';
import { RELOCATION, type Relocation } from './relocations.js';
import { bySection, type ElfSymbol, SYMBOL_TYPE } from './symbols.js';

/** Initial entries: relocations of `.maps` at the places of an array of pointers. */
function valuesOf(
  name: string,
  at: number,
  relocations: readonly Relocation[],
): { index: number; name: string }[] {
  return relocations.map((r) => {
    const index = (r.offset - at) / 8;
    if (!Number.isInteger(index) || index < 0 || r.type !== RELOCATION.abs64 || r.symbol.name === '')
      throw malformed('B1008', `${r.place}: it is not an entry of map \`${name}\``);
    return { index, name: r.symbol.name };
  });
}

/** Relocations by the map in whose declaration they are; maps must not overlap. */
function distribute(
  maps: readonly { readonly symbol: ElfSymbol }[],
  relocations: readonly Relocation[],
): Map<ElfSymbol, Relocation[]> {
  const out = new Map<ElfSymbol, Relocation[]>();
  const sorted = [...relocations].sort((a, b) => a.offset - b.offset);
  let next = 0;
  let end = 0;
  for (const symbol of maps.map((m) => m.symbol).sort((a, b) => a.value - b.value)) {
    if (symbol.value < end) throw malformed('B1008', `map \`${symbol.name}\` overlaps the one before it`);
    end = symbol.value + Math.max(symbol.size, 1);
    const own: Relocation[] = [];
    for (; next < sorted.length && sorted[next]!.offset < end; next += 1) own.push(sorted[next]!);
    out.set(symbol, own);
  }
  return out;
}

const NO_BTF = 'compile with `-g`';

interface MapSurroundings {
  readonly relocationsOf: (s: Section) => readonly Relocation[];
  readonly warnings: Diagnostic[];
  /** Gets what is wrong with a map; the others are read all the same. */
  readonly findings: Findings;
}

/** The maps of an object; throws `InputError` for what is wrong with all of them. */
export function readMaps(
  elf: Elf,
  symbols: readonly ElfSymbol[],
  btf: Btf | undefined,
  surroundings: MapSurroundings,
): readonly PlacedMap[] {
  const legacy = readLegacyMaps(elf, symbols, surroundings.warnings);
  return [...legacy, ...readBtfMaps(elf, symbols, btf, surroundings)];
}

/** The maps of section `.maps`. */
function readBtfMaps(
  elf: Elf,
  symbols: readonly ElfSymbol[],
  btf: Btf | undefined,
  { relocationsOf, warnings, findings }: MapSurroundings,
): PlacedMap[] {
  const section = elf.sections.find(isMaps);
  if (section === undefined) return [];
  const datasec = btf?.datasec('.maps');
  if (btf === undefined || datasec === undefined)
    throw malformed('B1008', `${describeSection(section)} has no BTF`, NO_BTF);
  const offsets = new Map<string, ElfSymbol>();
  for (const s of bySection(symbols).get(section.index) ?? [])
    if (s.type === SYMBOL_TYPE.object) offsets.set(s.name, s);
  const found = datasec.variables.map((v) => {
    const variable = btf.get(v.type);
    if (variable.kind !== 'var') throw malformed('B1008', `type ${v.type} in \`.maps\` is not a variable`);
    const symbol = offsets.get(variable.name);
    if (symbol === undefined) throw malformed('B1008', `map \`${variable.name}\` has no symbol in \`.maps\``);
    return { symbol, type: variable.type };
  });
  const relocations = distribute(found, relocationsOf(section));
  const reader = new MapReader(btf, warnings);
  return found.flatMap(({ symbol, type }) => {
    const { name, value: offset } = symbol;
    const map = findings.attempt((): PlacedMap => {
      const { shape, inner, valuesAt } = reader.declared(name, type);
      const own = relocations.get(symbol) ?? [];
      const values = valuesAt === undefined ? [] : valuesOf(name, offset + valuesAt, own);
      return { name, ...shape, inner, values, section: section.index, offset };
    });
    return map === undefined ? [] : [map];
  });
}
