import { isMapOf } from '../map-types.js';
import { MAP_FLAGS, type VerifiedMap } from '../request.js';
import type { Register } from '../state/register.js';
import { type ByteKind, isScalarSpill } from '../state/slot.js';
import { markSlotsPrecise } from './precision.js';
import { byteAt, frameOf, offsetOf, slotAt } from './stack-place.js';
import type { Walk } from './walk.js';

/** Arrays have an element for each key in range. */
const canBeMissed = (walk: Walk, map: VerifiedMap): boolean =>
  !walk.request.series.knowsArrayKeys ||
  (map.flags & MAP_FLAGS.inner) !== 0 ||
  !isMapOf(map, 'array', 'percpu_array');

/** How often a letter is at the end. */
function runOf(letter: ByteKind, letters: string): number {
  let count = 0;
  while (count < letters.length && letters.charAt(letters.length - 1 - count) === letter) count++;
  return count;
}

/** The key on the stack, where it is a number that is known (get_constant_map_key). */
export function constantKey(walk: Walk, map: VerifiedMap, pointer: Register): bigint | undefined {
  if (canBeMissed(walk, map) || pointer.kind !== 'stack') return undefined;
  const at = offsetOf(pointer);
  if (at === undefined) return undefined;
  const frame = frameOf(walk.state, pointer);
  const index = slotAt(at);
  const slot = frame.slot(index);
  const letters = slot.bytes.slice(0, byteAt(at) + 1);
  if (runOf('0', letters) >= map.keySize) return 0n;
  if (!isScalarSpill(slot) || runOf('r', letters) !== map.keySize) return undefined;
  const key = slot.spilled.scalar.constant;
  if (key === undefined) return undefined;
  markSlotsPrecise(walk, frame.number, [index]);
  return key;
}
