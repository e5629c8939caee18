import type { LeafCall } from '../../machine/leaf.js';
import { type Described, KIND, type Memory, type Region } from '../../machine/memory.js';
import { MAP } from '../layout.js';
import type { MapDefinition } from './definition.js';

/**
 * An element of a hash map lies in memory as
 *
 *     0   next      offset of the next element in the bucket or the free list, 0 at the end
 *     4   state     1 while in use
 *     8   key       padded to 8 bytes
 *     …   value     padded to 8 bytes
 *
 * and one of an array as its value padded to 8 bytes and 8 bytes more. All but the bytes of a value in use are
 * poisoned, so that a pointer to a value reaches that value only.
 */
export const NEXT = 0;
export const STATE = 4;
export const KEY = 8;

const round8 = (n: number): number => Math.ceil(n / 8) * 8;

/** Offset of the value in an element. */
export function valueOffset(map: MapDefinition): number {
  return map.type === 'hash' ? KEY + round8(map.keySize) : 0;
}

/** Bytes from one element to the next. */
export function strideOf(map: MapDefinition): number {
  return valueOffset(map) + round8(map.valueSize) + 8;
}

/** Number of bucket heads: the next power of two, as htab_map_alloc has it. */
export function bucketCount(map: MapDefinition): number {
  return map.type === 'hash' ? 2 ** Math.ceil(Math.log2(map.maxEntries)) : 0;
}

/** Bytes of memory a map takes besides its structure. */
export function mapBytes(map: MapDefinition): number {
  return strideOf(map) * map.maxEntries + bucketCount(map) * 4 + 8;
}

/** Reads and writes the fields of a map's structure. */
export class MapFields {
  readonly memory: Memory;
  readonly at: number;

  constructor(memory: Memory, at: number) {
    this.memory = memory;
    this.at = at;
  }

  get(field: keyof typeof MAP.fields): number {
    return this.memory.readU32(this.at + MAP.fields[field].offset);
  }

  set(field: keyof typeof MAP.fields, value: number): void {
    this.memory.writeU32(this.at + MAP.fields[field].offset, value);
  }

  element(i: number): number {
    return this.get('elements') + i * this.get('stride');
  }
}

/** Lays out a map's elements in `region`, all free or (arrays) all zero and in use. */
export function initialiseElements(
  memory: Memory,
  map: MapDefinition,
  fields: MapFields,
  region: Region,
): void {
  const stride = strideOf(map);
  const buckets = bucketCount(map);
  fields.set('elements', region.start);
  fields.set('stride', stride);
  fields.set('buckets', region.start + stride * map.maxEntries);
  fields.set('n_buckets', buckets);
  for (let i = 0; i < map.maxEntries; i += 1) {
    const element = region.start + i * stride;
    if (map.type === 'array') memory.unpoison(element, map.valueSize, KIND.object);
    else {
      const isLast = i === map.maxEntries - 1;
      memory.writeU32(element + NEXT, isLast ? 0 : element + stride);
    }
  }
  if (map.type === 'hash') {
    fields.set('free_first', region.start);
    fields.set('free_last', region.start + (map.maxEntries - 1) * stride);
  }
}

/** The map whose structure's address is in a leaf's first argument. */
export function mapArgument(call: LeafCall): MapFields {
  return new MapFields(call.machine.memory, call.pointer(1, MAP.size));
}

/** Offset of the value in an element, from the sizes in the map's structure. */
export function valueAt(map: MapFields, element: number): number {
  return element + KEY + round8(map.get('key_size'));
}

const hex = (bytes: Uint8Array): string => {
  const short = [...bytes]
    .reverse()
    .map((b) => b.toString(16).padStart(2, '0'))
    .join('');
  return bytes.length > 8 ? `0x…${short.slice(-16)}` : `0x${short.replace(/^0+(?=.)/, '')}`;
};

/** What lies at an offset in a map's elements, for fault reports. */
export function describeElement(
  fields: MapFields,
  map: MapDefinition,
  offset: number,
): Described | undefined {
  const stride = strideOf(map);
  const i = Math.floor(offset / stride);
  if (i >= map.maxEntries) return undefined;
  const start = i * stride + valueOffset(map);
  const key = fields.element(i) + KEY;
  const name = map.type === 'array' ? String(i) : hex(fields.memory.u8.slice(key, key + map.keySize));
  return { name: `the value of ${map.name}[${name}]`, start, end: start + map.valueSize };
}
