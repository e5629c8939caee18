import type { LeafCall } from '../../machine/leaf.js';
import { KIND, type Memory } from '../../machine/memory.js';
import { E2BIG, EEXIST, EINVAL, ENOENT } from '../errno.js';
import { KEY, type MapFields, mapArgument, NEXT, STATE, valueAt } from './elements.js';

/** Flags of an update (linux/bpf.h). */
export const BPF_NOEXIST = 1n;
export const BPF_EXIST = 2n;

/** FNV-1a over the key's bytes: the kernel's hash is seeded at random, so no order can be relied on. */
function hashKey(memory: Memory, key: number, size: number): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < size; i += 1) h = Math.imul(h ^ memory.u8[key + i]!, 0x01000193);
  return h >>> 0;
}

function sameKey(memory: Memory, a: number, b: number, size: number): boolean {
  for (let i = 0; i < size; i += 1) if (memory.u8[a + i] !== memory.u8[b + i]) return false;
  return true;
}

interface Found {
  /** Offset of the word that points at the element. */
  readonly link: number;
  /** Offset of the element, 0 if there is none. */
  readonly element: number;
}

function find(map: MapFields, key: number): Found {
  const { memory } = map;
  const size = map.get('key_size');
  const bucket = hashKey(memory, key, size) & (map.get('n_buckets') - 1);
  let link = map.get('buckets') + bucket * 4;
  for (let element = memory.readU32(link); element !== 0; element = memory.readU32(link)) {
    if (sameKey(memory, element + KEY, key, size)) return { link, element };
    link = element + NEXT;
  }
  return { link, element: 0 };
}

/** The map in argument 1, and the offset of the key in argument 2. */
function operands(call: LeafCall): { map: MapFields; key: number } {
  const map = mapArgument(call);
  return { map, key: call.pointer(2, map.get('key_size')) };
}

/** htab_find(map, key): address of the value, or 0. */
export function htabFind(call: LeafCall): void {
  const { map, key } = operands(call);
  const { element } = find(map, key);
  if (element === 0) call.giveNumber(0);
  else call.giveAddress(valueAt(map, element));
}

/** htab_insert(map, key, value, flags): 0, -EEXIST, -ENOENT, -E2BIG or -EINVAL. */
export function htabInsert(call: LeafCall): number {
  const { map, key } = operands(call);
  const { memory } = map;
  const valueSize = map.get('value_size');
  const value = call.pointer(3, valueSize);
  const flags = call.arg(4);
  if (flags > BPF_EXIST) return EINVAL;
  const found = find(map, key);
  if (found.element !== 0) {
    if (flags === BPF_NOEXIST) return EEXIST;
    memory.u8.copyWithin(valueAt(map, found.element), value, value + valueSize);
    return 0;
  }
  if (flags === BPF_EXIST) return ENOENT;
  const element = map.get('free_first');
  if (element === 0) return E2BIG;
  const next = memory.readU32(element + NEXT);
  map.set('free_first', next);
  if (next === 0) map.set('free_last', 0);
  memory.writeU32(element + NEXT, 0);
  memory.writeU32(element + STATE, 1);
  memory.u8.copyWithin(element + KEY, key, key + map.get('key_size'));
  const at = valueAt(map, element);
  memory.u8.copyWithin(at, value, value + valueSize);
  memory.unpoison(at, valueSize, KIND.object);
  memory.writeU32(found.link, element);
  map.set('count', map.get('count') + 1);
  return 0;
}

/** htab_remove(map, key): 0 or -ENOENT. The value is poisoned and its element goes to the end of the free list. */
export function htabRemove(call: LeafCall): number {
  const { map, key } = operands(call);
  const { memory } = map;
  const { link, element } = find(map, key);
  if (element === 0) return ENOENT;
  memory.writeU32(link, memory.readU32(element + NEXT));
  memory.writeU32(element + NEXT, 0);
  memory.writeU32(element + STATE, 0);
  memory.poisonRange(valueAt(map, element), map.get('value_size'), KIND.freed);
  const last = map.get('free_last');
  if (last === 0) map.set('free_first', element);
  else memory.writeU32(last + NEXT, element);
  map.set('free_last', element);
  map.set('count', map.get('count') - 1);
  return 0;
}

/** Offset of the value for a key given as bytes, or undefined; for what reads maps from outside a run. */
export function lookupBytes(map: MapFields, key: Uint8Array): number | undefined {
  const { memory } = map;
  for (let i = 0; i < map.get('max_entries'); i += 1) {
    const element = map.element(i);
    if (memory.readU32(element + STATE) === 1 && key.every((b, j) => memory.u8[element + KEY + j] === b)) {
      return valueAt(map, element);
    }
  }
  return undefined;
}
