import { type Described, KIND, type Memory, type Region } from '../../machine/memory.js';
import { hexBytes } from '../../text/numbers.js';
import { BUCKET, type Field, HTAB_ELEM, LRU_LIST } from '../layout.js';
import { PAGE_SIZE } from '../model.js';
import type { PercpuAllocation, PercpuArea } from '../percpu/area.js';
import type { MapDefinition } from './definition.js';
import { type MapTypeInfo, mapTypeInfo } from './types.js';

/**
 * A map's memory besides its structure. All of it is poisoned but the keys and values in use, so that a pointer to a
 * value reaches that value only and no program can change what holds the map together:
 *
 *     head        32 bytes: counters and ends of lists, by the kind of map (`HEAD`)
 *     buckets     hash maps: struct bucket each; kernel code reaches the lock and what counts its holders
 *     lists       hash maps and stack traces, after the elements: struct pcpu_freelist_head of each CPU, of LRU maps
 *                 struct bpf_lru_locallist, and one more
 *     elements    by family:
 *       hash      struct htab_elem, key, 8 bytes of redzone, value or per-CPU pointer, 8 bytes of redzone
 *       array     value, 8 bytes of redzone; of a per-CPU array: the per-CPU pointer
 *       pointers  8 bytes each
 *       ring      records (ringbuf.ts)
 *       stacks    a trace in each (stack-trace.ts)
 *       queue     values
 *       cgroups   numbers, 8 bytes each
 *       maps      addresses; those of hash maps of maps are where other hash maps have values
 *       tasks     offset of the task, 16 bytes, value, 8 bytes of redzone (task-storage.ts)
 *       trie      as in hash maps (lpm-trie.ts)
 *       perf      a buffer for each CPU (perf-buffer.ts)
 *
 * Keys and values are padded to 8 bytes.
 */
const HEAD_SIZE = 32;
/** Offsets in the head; those of one kind of map may be those of another. */
export const HEAD = {
  /** LRU hash maps and tries: first and last free element; LRU hash maps: most and least recently used one. */
  freeFirst: 0,
  freeLast: 4,
  newest: 8,
  oldest: 12,
  /** Queues and stacks: where the next element goes, and the oldest. */
  head: 0,
  tail: 4,
  /** Of those, ring buffers and tries: the lock, which kernel code reaches. */
  lock: 8,
  /** Program arrays: what all their programs must agree in. */
  owner: 0,
  /** Ring buffers: where the next record goes. Nothing is consumed during a run, so the consumer is at 0. */
  producer: 0,
} as const;

export const KEY = HTAB_ELEM.size;
export const NEXT: Field = HTAB_ELEM.fields.next;
export const OLDER: Field = HTAB_ELEM.fields.older;
export const NEWER: Field = HTAB_ELEM.fields.newer;

/** Of the buffer that one CPU has in a perf event array: bytes of its counters, and of its records, 8 pages. */
export const PERF = { head: 16, ring: 8 * PAGE_SIZE } as const;

/** Bytes before the addresses of a stack trace. */
export const TRACE_HEAD = 16;

/** Bytes before the value of a task. */
const OWNER = 16;

const REDZONE = 8;
export const round8 = (n: number): number => Math.ceil(n / 8) * 8;

/** Maps with a list of what is free for each CPU, and one more. */
export const hasLists = ({ family }: MapTypeInfo): boolean => family === 'hash' || family === 'stacks';

const listBytes = (map: MapDefinition): number => LRU_LIST.size * (map.buffers + 1);

/** Where everything is in a map's memory, relative to its first byte. */
export interface MapLayout {
  readonly buckets: number;
  readonly nBuckets: number;
  readonly elements: number;
  /** Of a hash map, and of one of stack traces, those of what is free (lists.ts), after the elements. */
  readonly lists: number;
  /** Bytes from one element to the next, and from an element to its value. */
  readonly stride: number;
  readonly valueAt: number;
  readonly size: number;
}

function layoutOf(map: MapDefinition): MapLayout {
  const { family, perCpu, holdsMaps } = mapTypeInfo(map.type);
  if (family === 'perf') {
    const stride = PERF.head + PERF.ring + REDZONE;
    const size = HEAD_SIZE + stride * map.buffers;
    return { buckets: HEAD_SIZE, nBuckets: 0, elements: HEAD_SIZE, lists: 0, stride, valueAt: 0, size };
  }
  if (family === 'stacks') {
    // A bucket for each number that a hash can give, of which not all can be used: the offset of its trace.
    const nBuckets = 2 ** Math.ceil(Math.log2(map.maxEntries));
    const elements = HEAD_SIZE + round8(nBuckets * 4);
    const stride = TRACE_HEAD + round8(map.valueSize);
    const lists = elements + stride * map.maxEntries;
    return {
      ...{ buckets: HEAD_SIZE, nBuckets, elements, lists, stride, valueAt: TRACE_HEAD },
      size: lists + listBytes(map),
    };
  }
  if (family === 'queue') {
    // A slot more than there can be elements.
    const stride = round8(map.valueSize);
    const size = HEAD_SIZE + stride * (map.maxEntries + 1) + REDZONE;
    return { buckets: HEAD_SIZE, nBuckets: 0, elements: HEAD_SIZE, lists: 0, stride, valueAt: 0, size };
  }
  if (family === 'tasks') {
    const stride = OWNER + round8(map.valueSize) + REDZONE;
    const size = HEAD_SIZE + stride * map.buffers;
    return { buckets: HEAD_SIZE, nBuckets: 0, elements: HEAD_SIZE, lists: 0, stride, valueAt: OWNER, size };
  }
  const slot = round8(perCpu || family === 'pointers' || holdsMaps ? 8 : map.valueSize);
  const isHash = family === 'hash';
  // The next power of two, as htab_map_alloc has it.
  const nBuckets = isHash ? 2 ** Math.ceil(Math.log2(map.maxEntries)) : 0;
  const elements = round8(HEAD_SIZE + nBuckets * BUCKET.size);
  const valueAt = isHash || family === 'trie' ? KEY + round8(map.keySize) + REDZONE : 0;
  const stride = family === 'ring' ? 1 : valueAt + slot + (family === 'pointers' ? 0 : REDZONE);
  const lists = elements + stride * map.maxEntries + REDZONE;
  return {
    ...{ buckets: HEAD_SIZE, nBuckets, elements, lists, stride, valueAt },
    size: lists + (isHash ? listBytes(map) : 0),
  };
}

/** Bytes of memory a map takes besides its structure and the values of each CPU. */
export const mapBytes = (map: MapDefinition): number => layoutOf(map).size;

/** Bytes of all that a system call copies for one key: a value, or one for each CPU, each padded to 8 bytes. */
export function copiedBytes(map: MapDefinition, cpus: number): number {
  return mapTypeInfo(map.type).perCpu ? round8(map.valueSize) * cpus : map.valueSize;
}

const hex = (bytes: Uint8Array): string => {
  const short = hexBytes(bytes.toReversed(), '');
  return bytes.length > 8 ? `0x…${short.slice(-16)}` : `0x${short.replace(/^0+(?=.)/, '')}`;
};

/** Families whose elements programs can have pointers to, or to what is in them. */
const IS_REACHABLE: Readonly<Record<MapTypeInfo['family'], boolean>> = {
  hash: true,
  array: true,
  pointers: true,
  ring: false,
  perf: false,
  stacks: false,
  queue: false,
  cgroups: false,
  maps: false,
  trie: true,
  tasks: true,
};

/** One of parts of the same size, the first of which is at `first`. */
function part(name: string, offset: number, first: number, size: number): Described {
  const start = offset - ((offset - first) % size);
  return { name, start, end: start + size };
}

/** A map of the booted machine: where its parts are. What changes while it runs is in memory. */
export class BpfMap {
  readonly definition: MapDefinition;
  readonly info: MapTypeInfo;
  readonly memory: Memory;
  /** Offset of its structure, and its address as programs know it. */
  readonly at: number;
  readonly layout: MapLayout;
  readonly percpu: PercpuArea;
  readonly cpus: number;
  /** Offset of the first bucket and the first element. */
  readonly buckets: number;
  readonly elements: number;
  readonly head: number;
  /** Per-CPU values, by element. */
  readonly values: PercpuAllocation[] = [];

  constructor(
    definition: MapDefinition,
    at: number,
    region: Region,
    { memory, percpu, cpus }: Pick<BpfMap, 'memory' | 'percpu' | 'cpus'>,
  ) {
    this.definition = definition;
    this.info = mapTypeInfo(definition.type);
    this.memory = memory;
    this.at = at;
    this.percpu = percpu;
    this.cpus = cpus;
    this.layout = layoutOf(definition);
    this.head = region.start;
    this.buckets = region.start + this.layout.buckets;
    this.elements = region.start + this.layout.elements;
  }

  get(field: keyof typeof HEAD): number {
    return this.memory.readU32(this.head + HEAD[field]);
  }

  set(field: keyof typeof HEAD, value: number): void {
    this.memory.writeU32(this.head + HEAD[field], value);
  }

  /** Offset of a bucket, of a hash map. */
  bucket(i: number): number {
    return this.buckets + i * BUCKET.size;
  }

  element(i: number): number {
    return this.elements + i * this.layout.stride;
  }

  indexOf(element: number): number {
    return (element - this.elements) / this.layout.stride;
  }

  /** Offset of an element's value, or of the pointer that is in its place. */
  slot(element: number): number {
    return element + this.layout.valueAt;
  }

  /** Offset of an element's value on a CPU; without per-CPU values every CPU has the same. */
  valueOn(element: number, cpu: number): number {
    if (!this.info.perCpu) return this.slot(element);
    return this.percpu.at(this.values[this.indexOf(element)]!, cpu);
  }

  /** Makes an element's key and value touchable, or marks them as freed. */
  open(element: number): void {
    this.memory.unpoison(element + KEY, this.definition.keySize, KIND.object);
    this.openValues(element);
  }

  openValues(element: number): void {
    this.#eachValue(element, (at, kind) => this.memory.unpoison(at, this.definition.valueSize, kind));
  }

  close(element: number): void {
    this.memory.poisonRange(element + KEY, this.definition.keySize, KIND.freed);
    this.closeValues(element);
  }

  closeValues(element: number): void {
    this.#eachValue(element, (at) => this.memory.poisonRange(at, this.definition.valueSize, KIND.freed));
  }

  #eachValue(element: number, visit: (at: number, kind: typeof KIND.object | typeof KIND.percpu) => void) {
    // The address of a map is nothing that a program has a pointer to.
    if (this.info.holdsMaps) return;
    if (!this.info.perCpu) visit(this.slot(element), KIND.object);
    else for (let cpu = 0; cpu < this.cpus; cpu += 1) visit(this.valueOn(element, cpu), KIND.percpu);
  }

  /** Whether elements have keys of their own. */
  get #hasKeys(): boolean {
    return this.info.family === 'hash' || this.info.family === 'trie';
  }

  /** An element as reports name it: `m[3]`, `h[0x1f]`. */
  nameOf(i: number): string {
    const { name, keySize } = this.definition;
    if (!this.#hasKeys) return `${name}[${i}]`;
    const key = this.element(i) + KEY;
    return `${name}[${hex(this.memory.u8.slice(key, key + keySize))}]`;
  }

  /** What lies at an offset in the map's memory, for fault reports. */
  describe(offset: number): Described | undefined {
    const { buckets, nBuckets, elements, lists, stride, valueAt } = this.layout;
    const { name, maxEntries, keySize, valueSize } = this.definition;
    if (this.info.family === 'hash' && offset >= buckets && offset < buckets + nBuckets * BUCKET.size)
      return part(
        `bucket ${Math.floor((offset - buckets) / BUCKET.size)} of map ${name}`,
        offset,
        buckets,
        BUCKET.size,
      );
    if (hasLists(this.info) && offset >= lists) {
      const list = Math.floor((offset - lists) / LRU_LIST.size);
      const whose = list < this.cpus ? `CPU ${list}` : 'all CPUs';
      return part(`the list of ${whose} of map ${name}`, offset, lists, LRU_LIST.size);
    }
    if (offset >= HEAD.lock && offset < HEAD.lock + 4) return part(`map ${name}`, offset, HEAD.lock, 4);
    const i = Math.floor((offset - elements) / stride);
    const count = this.info.family === 'tasks' ? this.definition.buffers : maxEntries;
    if (i < 0 || i >= count || !IS_REACHABLE[this.info.family]) return undefined;
    const element = elements + i * stride;
    const inKey = this.#hasKeys && offset < element + KEY + round8(keySize);
    if (inKey)
      return { name: `the key of ${this.nameOf(i)}`, start: element + KEY, end: element + KEY + keySize };
    const size = this.info.perCpu || this.info.family === 'pointers' ? 8 : valueSize;
    const start = element + valueAt;
    return { name: `the value of ${this.nameOf(i)}`, start, end: start + size };
  }
}
