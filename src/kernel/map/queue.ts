import type { LeafCall } from '../../machine/leaf.js';
import { E2BIG, EINVAL, ENOENT } from '../errno.js';
import { BPF_EXIST } from './flags.js';
import type { BpfMap } from './storage.js';
import type { MapTable } from './table.js';
import type { MapTypeInfo } from './types.js';

/**
 * Queues and stacks (kernel/bpf/queue_stack_maps.c): a ring of one element more than they hold, so that `head` and `tail`
 * are equal only when it is empty.
 */
const isQueue = (t: MapTypeInfo): boolean => t.family === 'queue';

const slots = (map: BpfMap): number => map.definition.maxEntries + 1;

/** How many elements are in it. */
export const queueLength = (map: BpfMap): number =>
  (map.get('head') - map.get('tail') + slots(map)) % slots(map);

/** Offset of the value that the n-th pop would give, which must be there. */
export function queueElement(map: BpfMap, n: number): number {
  const i = map.definition.type === 'stack' ? map.get('head') - 1 - n : map.get('tail') + n;
  return map.element((i + slots(map)) % slots(map));
}

/** queue_push(map, value, flags): 0, -EINVAL, or -E2BIG where it is full and BPF_EXIST does not have the oldest go. */
export function queuePush(call: LeafCall, maps: MapTable): number {
  const map = maps.argument(call, 1, isQueue);
  const { valueSize } = map.definition;
  const value = call.pointer(2, valueSize);
  const flags = call.arg(3);
  if (flags !== 0n && flags !== BPF_EXIST) return EINVAL;
  if (queueLength(map) === map.definition.maxEntries) {
    if (flags !== BPF_EXIST) return E2BIG;
    map.set('tail', (map.get('tail') + 1) % slots(map));
  }
  const head = map.get('head');
  const to = map.element(head);
  map.memory.u8.copyWithin(to, value, value + valueSize);
  map.set('head', (head + 1) % slots(map));
  return 0;
}

function give(call: LeafCall, maps: MapTable, takes: boolean): number {
  const map = maps.argument(call, 1, isQueue);
  const { valueSize, type } = map.definition;
  const to = call.pointer(2, valueSize, 'write');
  if (queueLength(map) === 0) {
    map.memory.u8.fill(0, to, to + valueSize);
    return ENOENT;
  }
  const from = queueElement(map, 0);
  map.memory.u8.copyWithin(to, from, from + valueSize);
  if (!takes) return 0;
  if (type === 'stack') map.set('head', (map.get('head') - 1 + slots(map)) % slots(map));
  else map.set('tail', (map.get('tail') + 1) % slots(map));
  return 0;
}

/** queue_pop(map, value) and queue_peek(map, value): 0, or -ENOENT and a value of zeroes. */
export const queuePop = (call: LeafCall, maps: MapTable): number => give(call, maps, true);
export const queuePeek = (call: LeafCall, maps: MapTable): number => give(call, maps, false);
