import { trieElements } from './lpm-trie.js';
import { innerNumber } from './maps-of-maps.js';
import { readPerf } from './perf-buffer.js';
import { idOffset, programAt } from './prog-array.js';
import { queueElement, queueLength } from './queue.js';
import { readRing } from './ringbuf.js';
import { traceAt, traceBytes } from './stack-trace.js';
import { type BpfMap, KEY, NEXT } from './storage.js';
import { ownerOf, storedElements } from './task-storage.js';

/**
 * An element of a map: its key as bytes, empty in a ring buffer, a queue, a stack or a perf event array; and its value, one for
 * each CPU in a per-CPU map. The elements of a perf event array are the first record of each CPU, the second, and so on, without
 * bytes where there is none.
 */
interface MapElement {
  readonly key: Uint8Array;
  readonly values: readonly Uint8Array[];
}

/** What is in a map: the first elements, and how many there are in all. */
export interface MapContents {
  readonly elements: readonly MapElement[];
  readonly count: number;
}

function keyOfIndex(i: number): Uint8Array {
  const key = new Uint8Array(4);
  new DataView(key.buffer).setUint32(0, i, true);
  return key;
}

/** Offsets of the elements of a hash map, bucket by bucket. */
function* hashElements(map: BpfMap): Generator<number> {
  const { memory, layout } = map;
  for (let b = 0; b < layout.nBuckets; b += 1)
    for (
      let element = memory.readU32(map.bucket(b));
      element !== 0;
      element = memory.readU32(element + NEXT.offset)
    )
      yield element;
}

const valueBytes = (map: BpfMap, at: number): Uint8Array =>
  map.memory.u8.slice(at, at + map.definition.valueSize);

/** The values of an element, one for each CPU that has its own. */
function valuesOf(map: BpfMap, element: number): Uint8Array[] {
  if (map.info.holdsMaps) return [innerNumber(map, map.slot(element))];
  const cpus = map.info.perCpu ? map.cpus : 1;
  return Array.from({ length: cpus }, (_, cpu) => {
    const at = map.valueOn(element, cpu);
    return map.memory.u8.slice(at, at + map.definition.valueSize);
  });
}

/** Reads up to `most` elements of a map, without counting as use. */
export function readContents(map: BpfMap, most: number): MapContents {
  const { definition, info, memory } = map;
  switch (info.family) {
    case 'hash': {
      const all = [...hashElements(map)];
      const elements = all.slice(0, most).map((element) => ({
        key: memory.u8.slice(element + KEY, element + KEY + definition.keySize),
        values: valuesOf(map, element),
      }));
      return { elements, count: all.length };
    }
    case 'array': {
      const shown = Math.min(most, definition.maxEntries);
      const elements = Array.from({ length: shown }, (_, i) => ({
        key: keyOfIndex(i),
        values: valuesOf(map, map.element(i)),
      }));
      return { elements, count: definition.maxEntries };
    }
    case 'pointers': {
      const used = Array.from({ length: definition.maxEntries }, (_, i) => i).filter(
        (i) => programAt(map, i) !== 0,
      );
      const elements = used.slice(0, most).map((i) => {
        const id = idOffset(memory, programAt(map, i));
        return { key: keyOfIndex(i), values: [memory.u8.slice(id, id + 4)] };
      });
      return { elements, count: used.length };
    }
    case 'stacks': {
      const all = Array.from({ length: map.layout.nBuckets }, (_, id) => id).filter(
        (id) => traceAt(map, id) !== 0,
      );
      const elements = all.slice(0, most).map((id) => ({
        key: keyOfIndex(id),
        values: [traceBytes(map, traceAt(map, id))],
      }));
      return { elements, count: all.length };
    }
    case 'queue': {
      const count = queueLength(map);
      const elements = Array.from({ length: Math.min(most, count) }, (_, n) => ({
        key: new Uint8Array(),
        values: [valueBytes(map, queueElement(map, n))],
      }));
      return { elements, count };
    }
    case 'tasks': {
      const all = [...storedElements(map)];
      const elements = all.slice(0, most).map((element) => ({
        key: keyOfIndex(ownerOf(map, element)),
        values: valuesOf(map, element),
      }));
      return { elements, count: all.length };
    }
    case 'trie': {
      const all = [...trieElements(map)];
      const elements = all.slice(0, most).map((element) => ({
        key: memory.u8.slice(element + KEY, element + KEY + definition.keySize),
        values: valuesOf(map, element),
      }));
      return { elements, count: all.length };
    }
    case 'maps': {
      const used = Array.from({ length: definition.maxEntries }, (_, i) => i).filter(
        (i) => memory.readU32(map.element(i)) !== 0,
      );
      const elements = used.slice(0, most).map((i) => ({
        key: keyOfIndex(i),
        values: [innerNumber(map, map.element(i))],
      }));
      return { elements, count: used.length };
    }
    case 'cgroups': {
      const used = Array.from({ length: definition.maxEntries }, (_, i) => i).filter(
        (i) => memory.readU32(map.element(i)) !== 0,
      );
      const elements = used.slice(0, most).map((i) => ({
        key: keyOfIndex(i),
        values: [valueBytes(map, map.element(i))],
      }));
      return { elements, count: used.length };
    }
    case 'perf': {
      const buffers = Array.from({ length: definition.buffers }, (_, cpu) => readPerf(map, cpu, most));
      const longest = Math.max(0, ...buffers.map((b) => b.records.length));
      const elements = Array.from({ length: longest }, (_, n) => ({
        key: new Uint8Array(),
        values: buffers.map(({ records }) => records[n] ?? new Uint8Array()),
      }));
      const count = Math.max(0, ...buffers.map((b) => b.records.length + b.more));
      return { elements, count };
    }
    case 'ring': {
      const { records, more } = readRing(map, most);
      return {
        elements: records.map((r) => ({ key: new Uint8Array(), values: [r] })),
        count: records.length + more,
      };
    }
    default:
      return info.family satisfies never;
  }
}
