import type { MapShape } from '../../object/object.js';
import { warningAt } from '../../text/diagnostic.js';
import type { Findings } from '../../text/findings.js';
import type { Span } from '../../text/source.js';
import { PAGE_SIZE } from '../model.js';
import { checkMap, type MapDefinition, type MapFieldName } from './definition.js';
import { linuxMapType } from './linux-types.js';
import { MAX_STACK, type MapType, mapTypeByNumber, mapTypeInfo, mapTypeNames } from './types.js';

/** include/uapi/linux/bpf.h */
export const BPF_F_NO_PREALLOC = 1;

/** Bytes of the longest stack trace (PERF_MAX_STACK_DEPTH). */
const STACK_BYTES = BigInt(MAX_STACK) * 8n;

/** What user space sets before it loads an object: a size of one of its maps. */
export interface MapSize {
  readonly map: string;
  readonly field: MapFieldName;
  readonly value: bigint;
  /** Where the map is named, and where the size is. */
  readonly at: Span | undefined;
  readonly span: Span | undefined;
}

/** Where a map of an object is declared, for what is said of it. */
export interface ObjectMapPlace {
  readonly name: string;
  readonly object: string;
  /** Where a lab asks for the object. */
  readonly span: Span | undefined;
}

/** What a map has if its object leaves a size to the program that loads it. */
const ENTRIES = 1024n;
/** The same of a ring buffer, in bytes. */
const RING_BYTES = 65_536n;
/** Beyond, it is refused as it is. */
const MOST_RING = 1n << 32n;

/** Sizes that an object leaves to the program that loads it, and what they are if nobody says them. */
function unsaid(
  { keySize, valueSize, maxEntries }: MapShape,
  type: MapType,
): { readonly field: MapFieldName; readonly value: bigint }[] {
  const { entries, family, fillsIn } = mapTypeInfo(type);
  if (fillsIn === true) return [];
  const isSized = keySize > 0 || family === 'queue';
  return [
    ...(family === 'stacks' && valueSize === 0 ? [{ field: 'value', value: STACK_BYTES } as const] : []),
    ...(family === 'ring' && maxEntries === 0 ? [{ field: 'max_entries', value: RING_BYTES } as const] : []),
    ...(entries === 'given' && family !== 'ring' && maxEntries === 0 && isSized
      ? [{ field: 'max_entries', value: ENTRIES } as const]
      : []),
  ];
}

/** What libbpf makes of the size of a ring buffer: pages, as many as a power of two (adjust_ringbuf_sz, tools/lib/bpf/libbpf.c). */
function ringBytes(said: bigint): bigint {
  let bytes = BigInt(PAGE_SIZE);
  while (bytes < said && bytes < MOST_RING) bytes *= 2n;
  return said > 0n && said <= MOST_RING ? bytes : said;
}

/** A map of an object file, by the number of its type; held to the same rules as a declared one. */
export function definitionOfObjectMap(
  map: MapShape,
  { name, object, span }: ObjectMapPlace,
  sizes: readonly MapSize[],
  cpus: number,
  findings: Findings,
): MapDefinition | undefined {
  const type = mapTypeByNumber(map.type);
  if (type === undefined) {
    const known = linuxMapType(map.type);
    const what = known === undefined ? `${map.type}, which no kernel has` : known.name;
    const message = `map \`${name}\` of ${object} is of type ${what}`;
    const lacks = known === undefined ? [] : [known.needs ?? 'this emulator does not have it'];
    findings.error('B0403', message, { span, expected: mapTypeNames().join(', '), notes: lacks });
    return undefined;
  }
  const values = {
    key: BigInt(map.keySize),
    value: BigInt(map.valueSize),
    max_entries: BigInt(map.maxEntries),
  };
  for (const { field, value } of unsaid(map, type)) {
    if (sizes.some((size) => size.map === name && size.field === field)) continue;
    values[field] = value;
    findings.add(
      warningAt('B0403', `map \`${name}\` of ${object} does not say its \`${field}\`: ${value} here`, {
        ...(span && { span }),
        help: `the program that loads it sets it${field === 'max_entries' ? `; \`--map ${name}=N\`, or in a lab \`map ${name} max_entries N\`` : ''}`,
      }),
    );
  }
  const spans: Partial<Record<MapFieldName, Span>> = {};
  for (const size of sizes) {
    if (size.map !== name) continue;
    values[size.field] = size.value;
    if (size.span !== undefined) spans[size.field] = size.span;
  }
  if (mapTypeInfo(type).family === 'ring') values.max_entries = ringBytes(values.max_entries);
  if (mapTypeInfo(type).growsAsNeeded === true && (map.flags & BPF_F_NO_PREALLOC) === 0) {
    const message = `map \`${name}\` of ${object}: a map of type ${type} takes memory as it needs it`;
    const help = 'write `__uint(map_flags, BPF_F_NO_PREALLOC)` in C';
    findings.error('B0403', message, { span, help, notes: ['the kernel answers -EINVAL'] });
    return undefined;
  }
  return checkMap({ name, type, ...values, span, spans, object }, cpus, findings);
}
