import type { LeafCall } from '../../machine/leaf.js';
import { EEXIST, EINVAL, ENOENT, ENOSPC } from '../errno.js';
import { popFree, pushFree } from './buckets.js';
import { BPF_EXIST, BPF_NOEXIST } from './flags.js';
import { type BpfMap, KEY, NEXT } from './storage.js';
import type { MapTable } from './table.js';
import type { MapTypeInfo } from './types.js';

/**
 * Longest prefix matches (kernel/bpf/lpm_trie.c). A key begins with how many bits of the rest count. Elements are looked
 * through one by one, where the kernel goes down a tree: what is found is the same. An element in use has 1 in the word that
 * links elements of a bucket elsewhere.
 */
const isTrie = (t: MapTypeInfo): boolean => t.family === 'trie';

/** Bytes of the length before the bits. */
const PREFIX = 4;

const mostBits = (map: BpfMap): number => (map.definition.keySize - PREFIX) * 8;

const bitsOf = (bytes: Uint8Array, key: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset).getUint32(key, true);

const isUsed = (map: BpfMap, element: number): boolean => map.memory.readU32(element + NEXT.offset) !== 0;

/** True if the first bits of two keys are the same. */
function agree(a: Uint8Array, atA: number, b: Uint8Array, atB: number, bits: number): boolean {
  const whole = bits >> 3;
  for (let i = 0; i < whole; i += 1) if (a[atA + PREFIX + i] !== b[atB + PREFIX + i]) return false;
  const rest = bits & 7;
  if (rest === 0) return true;
  const differing = a[atA + PREFIX + whole]! ^ b[atB + PREFIX + whole]!;
  return differing >> (8 - rest) === 0;
}

/** Offsets of the elements in use. */
export function* trieElements(map: BpfMap): Generator<number> {
  for (let i = 0; i < map.definition.maxEntries; i += 1) {
    const element = map.element(i);
    if (isUsed(map, element)) yield element;
  }
}

/** The element whose bits are the longest that a key begins with; 0 without one. */
export function longestMatch(map: BpfMap, bytes: Uint8Array, key: number): number {
  const { u8 } = map.memory;
  const bits = bitsOf(bytes, key);
  if (bits > mostBits(map)) return 0;
  let found = 0;
  let longest = -1;
  for (const element of trieElements(map)) {
    const own = bitsOf(u8, element + KEY);
    if (own > bits || own <= longest || !agree(bytes, key, u8, element + KEY, own)) continue;
    found = element;
    longest = own;
  }
  return found;
}

/** The element with just these bits; 0 without one. */
function exactMatch(map: BpfMap, key: number): number {
  const { u8 } = map.memory;
  const bits = bitsOf(u8, key);
  for (const element of trieElements(map))
    if (bitsOf(u8, element + KEY) === bits && agree(u8, key, u8, element + KEY, bits)) return element;
  return 0;
}

function operands(call: LeafCall, maps: MapTable): { map: BpfMap; key: number; isTooLong: boolean } {
  const map = maps.argument(call, 1, isTrie);
  const key = call.pointer(2, map.definition.keySize);
  return { map, key, isTooLong: bitsOf(map.memory.u8, key) > mostBits(map) };
}

/** trie_find(map, key): address of the value, or 0. */
export function trieFind(call: LeafCall, maps: MapTable): void {
  const { map, key } = operands(call, maps);
  const element = longestMatch(map, map.memory.u8, key);
  if (element === 0) call.giveNumber(0);
  else call.giveAddress(map.slot(element));
}

/** trie_insert(map, key, value, flags): 0, -EINVAL, -EEXIST, -ENOENT, or -ENOSPC where it is full. */
export function trieInsert(call: LeafCall, maps: MapTable): number {
  const { map, key, isTooLong } = operands(call, maps);
  const { valueSize, keySize } = map.definition;
  const value = call.pointer(3, valueSize);
  const flags = call.arg(4);
  if (flags > BPF_EXIST || isTooLong) return EINVAL;
  const found = exactMatch(map, key);
  if (found !== 0 && flags === BPF_NOEXIST) return EEXIST;
  if (found === 0 && flags === BPF_EXIST) return ENOENT;
  const element = found === 0 ? popFree(map) : found;
  if (element === 0) return ENOSPC;
  const { u8 } = map.memory;
  u8.copyWithin(element + KEY, key, key + keySize);
  u8.copyWithin(map.slot(element), value, value + valueSize);
  if (found !== 0) return 0;
  map.memory.writeU32(element + NEXT.offset, 1);
  map.open(element);
  return 0;
}

/** trie_remove(map, key): 0, -EINVAL or -ENOENT. */
export function trieRemove(call: LeafCall, maps: MapTable): number {
  const { map, key, isTooLong } = operands(call, maps);
  if (isTooLong) return EINVAL;
  const element = exactMatch(map, key);
  if (element === 0) return ENOENT;
  map.memory.writeU32(element + NEXT.offset, 0);
  map.close(element);
  pushFree(map, element);
  return 0;
}
