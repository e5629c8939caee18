import { findElement } from './buckets.js';
import { numberBytes } from './bytes.js';
import { longestMatch } from './lpm-trie.js';
import { innerNumber, slotFor } from './maps-of-maps.js';
import { readPerf } from './perf-buffer.js';
import { idOffset, programAt } from './prog-array.js';
import { queueElement, queueLength } from './queue.js';
import { readRing } from './ringbuf.js';
import { traceAt, traceBytes } from './stack-trace.js';
import type { BpfMap } from './storage.js';
import { elementOfPid } from './task-storage.js';

function valueOffset(map: BpfMap, key: bigint, cpu: number): number | undefined {
  if (map.info.family === 'hash') {
    const element = findElement(map, numberBytes(key, map.definition.keySize), 0);
    return element === 0 ? undefined : map.valueOn(element, cpu);
  }
  if (map.info.family === 'tasks') {
    const element = elementOfPid(map, Number(BigInt.asUintN(32, key)));
    return element === 0 ? undefined : map.valueOn(element, cpu);
  }
  if (map.info.family === 'trie') {
    const element = longestMatch(map, numberBytes(key, map.definition.keySize), 0);
    return element === 0 ? undefined : map.valueOn(element, cpu);
  }
  const isInside = key >= 0n && key < BigInt(map.definition.maxEntries);
  return isInside ? map.valueOn(map.element(Number(key)), cpu) : undefined;
}

/**
 * The bytes that a map holds for a key on a CPU; undefined where it holds nothing. A program array holds numbers of
 * programs, a ring buffer its records in order, a perf event array
 * those of the CPU. Reads only: no use is counted, nothing is consumed.
 */
export function readElement(map: BpfMap, key: bigint, cpu: number): Uint8Array | undefined {
  const { memory } = map;
  switch (map.info.family) {
    case 'tasks':
    case 'maps':
    case 'hash':
    case 'array':
    case 'trie': {
      if (map.info.holdsMaps) {
        const bytes = numberBytes(key, map.definition.keySize);
        const slot = key < 0n ? 0 : slotFor(map, bytes, 0);
        return slot === 0 || memory.readU32(slot) === 0 ? undefined : innerNumber(map, slot);
      }
      const at = valueOffset(map, key, cpu);
      return at === undefined ? undefined : memory.u8.slice(at, at + map.definition.valueSize);
    }
    case 'pointers': {
      const at = key >= 0n && key < BigInt(map.definition.maxEntries) ? programAt(map, Number(key)) : 0;
      const id = idOffset(memory, at);
      return at === 0 ? undefined : memory.u8.slice(id, id + 4);
    }
    case 'stacks': {
      const bucket = key >= 0n && key < BigInt(map.layout.nBuckets) ? traceAt(map, Number(key)) : 0;
      return bucket === 0 ? undefined : traceBytes(map, bucket);
    }
    case 'queue': {
      if (key < 0n || key >= BigInt(queueLength(map))) return undefined;
      const at = queueElement(map, Number(key));
      return memory.u8.slice(at, at + map.definition.valueSize);
    }
    case 'cgroups': {
      const at = key >= 0n && key < BigInt(map.definition.maxEntries) ? map.element(Number(key)) : 0;
      return at === 0 || memory.readU32(at) === 0 ? undefined : memory.u8.slice(at, at + 4);
    }
    case 'perf':
      return readPerf(map, cpu, Number(key) + 1).records[Number(key)];
    case 'ring':
      return readRing(map, Number(key) + 1).records[Number(key)];
    default:
      return map.info.family satisfies never;
  }
}
