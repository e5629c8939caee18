import { KIND, type Region, toAddress } from '../../machine/memory.js';
import { KINDS, replaces } from '../attach/kinds.js';
import { programOf } from '../attach/own-function.js';
import { type BootContext, reserve } from '../boot/context.js';
import type { Kernel, Program } from '../kernel.js';
import { BUCKET, LRU_LIST, MAP, MAP_OPS } from '../layout.js';
import type { KernelModel } from '../model.js';
import type { PercpuAllocation } from '../percpu/area.js';
import { pushFree } from './buckets.js';
import type { MapDefinition } from './definition.js';
import { listAt, spread } from './lists.js';
import { hasLock } from './lock.js';
import { createLruLists } from './lru.js';
import { describeRecord } from './ringbuf.js';
import { BpfMap, HEAD, hasLists, mapBytes } from './storage.js';
import { type MapTypeInfo, mapTypeInfo, mapTypeNames, OPERATIONS } from './types.js';

interface Request {
  readonly size: number;
  readonly align: number;
}

/** Counters of a hash map's holders that each CPU has (HASHTAB_MAP_LOCK_COUNT, kernel/bpf/hashtab.c). */
const MAP_LOCK_COUNT = 8;
const COUNTER: Request = { size: 4, align: 4 };

const countsHolders = (map: MapDefinition, model: KernelModel): boolean =>
  mapTypeInfo(map.type).family === 'hash' && !model.resilientLocks;

function valuesOf(map: MapDefinition): Request[] {
  const request = { size: Math.ceil(map.valueSize / 8) * 8, align: 8 };
  return mapTypeInfo(map.type).perCpu ? Array.from({ length: map.maxEntries }, () => request) : [];
}

/** What a map takes of the per-CPU allocator, in order. */
export function percpuRequestsOf(map: MapDefinition, model: KernelModel): Request[] {
  const counters = countsHolders(map, model) ? Array.from({ length: MAP_LOCK_COUNT }, () => COUNTER) : [];
  return [...counters, ...valuesOf(map)];
}

/**
 * Lets the kernel's code reach the locks of a hash map's buckets, and allocates what counts their holders where they are
 * counted; false if it cannot.
 */
function createLocks(cx: BootContext, map: BpfMap, model: KernelModel): boolean {
  const { memory, definition, layout } = map;
  const counters: PercpuAllocation[] = [];
  if (countsHolders(definition, model)) {
    for (let i = 0; i < MAP_LOCK_COUNT; i += 1) {
      const name = `${definition.name}.map_locked[${i}]`;
      const made = map.percpu.allocate(name, COUNTER.size, COUNTER.align, {
        describe: () => ({ name, size: COUNTER.size }),
      });
      if (!made.ok) {
        cx.findings.error('B0606', made.warning, {
          span: definition.span,
          help: 'fewer maps',
        });
        return false;
      }
      counters.push(made.allocation);
    }
  }
  const { lock, map_locked } = BUCKET.fields;
  for (let i = 0; i < layout.nBuckets; i += 1) {
    const bucket = map.bucket(i);
    memory.unpoison(bucket + lock.offset, lock.size, KIND.object);
    memory.unpoison(bucket + map_locked.offset, map_locked.size, KIND.object);
    const counter = counters[i % MAP_LOCK_COUNT];
    if (counter !== undefined) memory.writeU64(bucket + map_locked.offset, counter.pointer);
  }
  return true;
}

/**
 * Allocates the values that each CPU has of its own, one allocation for each element, as the kernel does; false if it
 * cannot.
 */
function allocateValues(cx: BootContext, map: BpfMap): boolean {
  const { name, valueSize, span } = map.definition;
  for (const [i, request] of valuesOf(map.definition).entries()) {
    const made = map.percpu.allocate(`${name}[#${i}]`, request.size, request.align, {
      describe: (cpu) => ({ name: `the value of ${map.nameOf(i)} on CPU ${cpu}`, size: valueSize }),
    });
    if (!made.ok) {
      const help = 'fewer or smaller entries; every CPU has a value for each';
      cx.findings.error('B0606', made.warning, { span, help });
      return false;
    }
    map.values.push(made.allocation);
    map.memory.writeU64(map.slot(map.element(i)), made.allocation.pointer);
    for (let cpu = 0; cpu < map.cpus; cpu += 1) {
      map.memory.poisonRange(map.percpu.at(made.allocation, cpu), made.allocation.size, KIND.redzone);
    }
  }
  return true;
}

const HAS_ELEMENTS: readonly string[] = ['hash', 'array', 'trie'] satisfies MapTypeInfo['family'][];

/** Makes all elements free (those with keys, unless lists of CPUs have them) or zero and in use (arrays). */
function initialiseElements(map: BpfMap): void {
  if (hasLists(map.info) && !map.info.lru) return;
  for (let i = 0; i < map.definition.maxEntries; i += 1) {
    const element = map.element(i);
    if (map.info.family === 'array') map.openValues(element);
    else pushFree(map, element);
  }
}

/** Makes a map's structure and elements, and the symbol by which programs name it. */
export function createMap(cx: BootContext, kernel: Kernel, definition: MapDefinition): void {
  const { memory } = kernel;
  const { name, type } = definition;
  const structure = reserve(memory, `map ${name}`, 'structure', kernel.types.sizeOf(MAP));
  memory.unpoison(structure.start, kernel.types.sizeOf(MAP), KIND.object);
  const holder: { map?: BpfMap } = {};
  const info = mapTypeInfo(type);
  const isRing = info.family === 'ring';
  const describe: Region['describe'] = (offset) => {
    const { map } = holder;
    if (map === undefined) return undefined;
    return isRing ? describeRecord(map, offset) : map.describe(offset);
  };
  const what = isRing ? `ring buffer ${name}` : `the elements of map ${name}`;
  const region = reserve(memory, what, 'map', mapBytes(definition), { describe });
  const map = new BpfMap(definition, structure.start, region, kernel);
  holder.map = map;
  const set = (field: 'map_type' | 'key_size' | 'value_size' | 'max_entries' | 'id', value: number): void =>
    memory.writeU32(structure.start + MAP.fields[field].offset, value);
  set('map_type', info.number);
  set('key_size', definition.keySize);
  set('value_size', definition.valueSize);
  set('max_entries', definition.maxEntries);
  set('id', kernel.maps.size + 1);
  if (hasLists(info)) memory.unpoison(listAt(map, 0), LRU_LIST.size * (map.cpus + 1), KIND.object);
  if (info.lru) createLruLists(map);
  else if (hasLists(info)) spread(map);
  if (hasLock(info)) memory.unpoison(map.head + HEAD.lock, 4, KIND.object);
  const hasLocks = info.family !== 'hash' || createLocks(cx, map, kernel.model);
  const isWhole = hasLocks && (!info.perCpu || allocateValues(cx, map));
  if (!isWhole) cx.findings.doubt(name);
  else if (HAS_ELEMENTS.includes(info.family)) initialiseElements(map);
  kernel.maps.set(name, map);
  kernel.mapTable.add(map);
  const symbol = cx.symbolOf('map', name);
  kernel.symbols.define(symbol, { kind: 'address', address: toAddress(structure.start) }, 'public', 'map');
}

/**
 * What a program's neighbours in a program array must have in common with it (bpf_prog_map_compatible): the kind, and
 * on a trampoline the function, which is given here for its prototype.
 */
function ownerOf(program: Program): string {
  const { kind, on } = program.attach;
  return KINDS[kind].site === 'trampoline' ? `${kind}/${on}` : kind;
}

/** Whether a program is replaced, or any function of it. */
const isReplaced = (kernel: Kernel, program: Program): boolean =>
  [...kernel.functionLinks].some(
    ([target, links]) =>
      links.some((link) => replaces(link.program.attach.kind)) && programOf(kernel, target) === program,
  );

/** Tells the leaves which programs there are. */
export function registerPrograms(kernel: Kernel): void {
  const owners = new Map<string, number>();
  for (const program of kernel.programs.values()) {
    const owner = ownerOf(program);
    if (!owners.has(owner)) owners.set(owner, owners.size + 1);
    kernel.mapTable.programs.set(program.id, {
      at: program.at,
      owner: owners.get(owner)!,
      isKeptOut: () => kernel.model.keepsReplacedFromArrays && isReplaced(kernel, program),
    });
  }
}

/** Writes the tables of operations and points the maps at them; functions must have their addresses by then. */
export function writeMapOperations(kernel: Kernel): void {
  const { memory, symbols, machine } = kernel;
  for (const type of mapTypeNames()) {
    const { table, operations } = mapTypeInfo(type);
    const ops = reserve(memory, table, 'structure', MAP_OPS.size);
    memory.unpoison(ops.start, MAP_OPS.size, KIND.object);
    for (const op of OPERATIONS) {
      const name = operations[op];
      const address = name === undefined ? 0n : machine.text.addressOf(symbols.functionIndex(name));
      memory.writeU64(ops.start + MAP_OPS.fields[op].offset, address);
      memory.settle(ops.start + MAP_OPS.fields[op].offset);
    }
    for (const map of kernel.maps.values()) {
      if (map.definition.type !== type) continue;
      memory.writeU64(map.at + MAP.fields.ops.offset, toAddress(ops.start));
      memory.settle(map.at + MAP.fields.ops.offset);
    }
  }
}
