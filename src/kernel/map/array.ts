import type { LeafCall } from '../../machine/leaf.js';
import { E2BIG, EEXIST, EINVAL } from '../errno.js';
import { type MapFields, mapArgument } from './elements.js';
import { BPF_EXIST, BPF_NOEXIST } from './hash.js';

function operands(call: LeafCall): { map: MapFields; index: number } {
  const map = mapArgument(call);
  return { map, index: map.memory.readU32(call.pointer(2, 4)) };
}

/** array_value(map, key): address of the value, or 0 for an index out of range. */
export function arrayValue(call: LeafCall): void {
  const { map, index } = operands(call);
  if (index < map.get('max_entries')) call.giveAddress(map.element(index));
  else call.giveNumber(0);
}

/** array_store(map, key, value, flags): 0, -E2BIG, -EEXIST or -EINVAL. */
export function arrayStore(call: LeafCall): number {
  const { map, index } = operands(call);
  const flags = call.arg(4);
  if (flags > BPF_EXIST) return EINVAL;
  if (index >= map.get('max_entries')) return E2BIG;
  if (flags === BPF_NOEXIST) return EEXIST;
  const size = map.get('value_size');
  const value = call.pointer(3, size);
  map.memory.u8.copyWithin(map.element(index), value, value + size);
  return 0;
}
