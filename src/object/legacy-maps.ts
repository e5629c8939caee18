import { type Diagnostic, warningAt } from '../text/diagnostic.js';
import { describeSection, type Elf, type Section, sectionBytes } from './elf.js';
import { malformed } from './malformed.js';
import type { PlacedMap } from './map-shape.js';
import { bySection, type ElfSymbol, SYMBOL_TYPE } from './symbols.js';

/**
 * Maps of before BTF: a section `maps` with a structure for each, which loaders declared as they liked
 * (`struct bpf_map_def`, `struct bpf_elf_map`). All of them begin with the same words, of which the last, the flags, came
 * later; libbpf took a structure of any size (bpf_object__init_user_maps of libbpf 0.8).
 */
const WORDS = ['type', 'keySize', 'valueSize', 'maxEntries', 'flags'] as const;
const BYTES_OF_WORD = 4;
/** Without the flags. */
const SHORTEST = 4 * BYTES_OF_WORD;

/** `maps`, or with a name after it, as some loaders allow. */
export const isLegacyMaps = (s: Section): boolean => s.name === 'maps' || s.name.startsWith('maps/');

/** Where each map is: from its symbol to the next one, or as far as its symbol says. */
function extents(section: Section, symbols: readonly ElfSymbol[]): { symbol: ElfSymbol; size: number }[] {
  const named = symbols
    .filter((s) => s.name !== '' && (s.type === SYMBOL_TYPE.object || s.type === SYMBOL_TYPE.none))
    .sort((a, b) => a.value - b.value);
  return named.map((symbol, i) => {
    const end = Math.min(named[i + 1]?.value ?? section.size, section.size);
    const size = symbol.size > 0 ? symbol.size : end - symbol.value;
    if (size < SHORTEST || symbol.value + size > end)
      throw malformed(
        'B1008',
        `map \`${symbol.name}\` (${size} bytes at ${symbol.value}) is not a \`struct bpf_map_def\` of ${describeSection(section)}`,
        'it has type, key_size, value_size, max_entries and map_flags, 4 bytes each; or declare maps in section `.maps`',
      );
    return { symbol, size };
  });
}

function readMap(
  section: Section,
  { symbol, size }: { readonly symbol: ElfSymbol; readonly size: number },
  warnings: Diagnostic[],
): PlacedMap {
  const { name, value: offset } = symbol;
  const bytes = sectionBytes(section, 'B1008');
  const shape = { type: 0, keySize: 0, valueSize: 0, maxEntries: 0, flags: 0 };
  for (const [i, word] of WORDS.entries())
    if ((i + 1) * BYTES_OF_WORD <= size) shape[word] = bytes.u32(offset + i * BYTES_OF_WORD, 'a map');
  const rest = bytes.array.subarray(offset + WORDS.length * BYTES_OF_WORD, offset + size);
  if (rest.some((b) => b !== 0)) {
    const what = `map \`${name}\`: what follows map_flags in section \`${section.name}\` is not used`;
    warnings.push(warningAt('B1011', what));
  }
  return {
    name,
    ...shape,
    ...{ extra: 0n, kernelFields: [], inner: undefined, values: [] },
    ...{ section: section.index, offset },
  };
}

/** The maps of sections of before BTF; throws `InputError`. */
export function readLegacyMaps(
  elf: Elf,
  symbols: readonly ElfSymbol[],
  warnings: Diagnostic[],
): readonly PlacedMap[] {
  const own = bySection(symbols);
  return elf.sections
    .filter(isLegacyMaps)
    .flatMap((section) =>
      extents(section, own.get(section.index) ?? []).map((extent) => readMap(section, extent, warnings)),
    );
}
