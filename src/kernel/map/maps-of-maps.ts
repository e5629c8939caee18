import type { LeafCall } from '../../machine/leaf.js';
import { toAddress } from '../../machine/memory.js';
import { E2BIG, EBADF, EINVAL, ENOENT } from '../errno.js';
import { MAP } from '../layout.js';
import { findElement, insertElement } from './buckets.js';
import { BPF_EXIST, NEEDS_ELEMENT, presence } from './flags.js';
import { takeFirst } from './lists.js';
import type { BpfMap } from './storage.js';
import type { MapTable } from './table.js';
import type { MapTypeInfo } from './types.js';

/**
 * Maps of maps (kernel/bpf/map_in_map.c): an element is the address of a map, which must be like the one that the outer map
 * was made with. A system call puts maps in by their file descriptors, here by their numbers, and is told their numbers.
 */
const holdsMaps = (t: MapTypeInfo): boolean => t.holdsMaps;

/** Offset of the word in which an element for a key has its map; 0 without an element. */
export function slotFor(map: BpfMap, bytes: Uint8Array, key: number): number {
  if (map.info.family === 'hash') {
    const element = findElement(map, bytes, key);
    return element === 0 ? 0 : map.slot(element);
  }
  const index = new DataView(bytes.buffer, bytes.byteOffset).getUint32(key, true);
  return index < map.definition.maxEntries ? map.element(index) : 0;
}

/** The number of the map whose address is in an element, as a system call is told it. */
export function innerNumber(map: BpfMap, slot: number): Uint8Array {
  const id = map.memory.readU32(slot) + MAP.fields.id.offset;
  return map.memory.u8.slice(id, id + 4);
}

/** Offset of the structure of the map that is there for a key; 0 where there is none. */
function innerAt(map: BpfMap, bytes: Uint8Array, key: number): number {
  const slot = slotFor(map, bytes, key);
  return slot === 0 ? 0 : map.memory.readU32(slot);
}

const write = (map: BpfMap, slot: number, at: number): void =>
  map.memory.writeU64(slot, at === 0 ? 0n : toAddress(at));

/** True for a map that is like those of an outer one (bpf_map_meta_equal, array_map_meta_equal). */
function fits({ definition: { inner } }: BpfMap, { definition, info }: BpfMap): boolean {
  if (inner === undefined || inner.type !== definition.type) return false;
  if (inner.keySize !== definition.keySize || inner.valueSize !== definition.valueSize) return false;
  return info.family !== 'array' || inner.maxEntries === definition.maxEntries;
}

/** Puts a map there for a key: 0, -EINVAL for one that is not like the others, -E2BIG, what the flags forbid, or NEEDS_ELEMENT. */
function putMap(map: BpfMap, key: number, other: BpfMap, flags = 0n): number {
  if (!fits(map, other)) return EINVAL;
  const { u8 } = map.memory;
  const slot = slotFor(map, u8, key);
  if (map.info.family !== 'hash') {
    if (slot === 0) return E2BIG;
    write(map, slot, other.at);
    return 0;
  }
  const result = presence(slot !== 0, flags);
  if (result === 0) write(map, slot, other.at);
  return result;
}

/** The same before anything runs. */
export function putFirst(map: BpfMap, key: number, other: BpfMap): void {
  const element = putMap(map, key, other) === NEEDS_ELEMENT ? takeFirst(map) : 0;
  if (element === 0) return;
  write(map, map.slot(element), other.at);
  insertElement(map, element, key);
}

/** Puts the map with the number in argument 4 into an element that has been taken. */
export function setInner(call: LeafCall, maps: MapTable, map: BpfMap, element: number): void {
  write(map, map.slot(element), maps.byNumber(map.memory.readU32(call.pointer(4, 4)))!.at);
}

const keyOf = (call: LeafCall, map: BpfMap): number => call.pointer(2, map.definition.keySize);

/** inner_map(map, key): address of the map, or 0. */
export function innerMap(call: LeafCall, maps: MapTable): void {
  const map = maps.argument(call, 1, holdsMaps);
  const inner = innerAt(map, map.memory.u8, keyOf(call, map));
  if (inner === 0) call.giveNumber(0);
  else call.giveAddress(inner);
}

/** Puts the map with the number in the value in; -EBADF for anything else. */
export function innerStore(call: LeafCall, maps: MapTable): number {
  const map = maps.argument(call, 1, holdsMaps);
  const key = keyOf(call, map);
  const other = maps.byNumber(map.memory.readU32(call.pointer(3, 4)));
  const flags = call.arg(4);
  if (flags > (map.info.family === 'hash' ? BPF_EXIST : 0n)) return EINVAL;
  return other === undefined ? EBADF : putMap(map, key, other, flags);
}

/** inner_fetch(map, key, value): the number of the map; 0 or -ENOENT. */
export function innerFetch(call: LeafCall, maps: MapTable): number {
  const map = maps.argument(call, 1, holdsMaps);
  const inner = innerAt(map, map.memory.u8, keyOf(call, map));
  if (inner === 0) return ENOENT;
  map.memory.writeU32(call.pointer(3, 4, 'write'), map.memory.readU32(inner + MAP.fields.id.offset));
  return 0;
}
