import type { Frame } from '../state/frame.js';
import { byteKind } from '../state/slot.js';
import { NotJudged } from './refused.js';

/** A store over a dynptr destroys it (destroy_if_dynptr_stack_slot). */
export function destroySpecial(frame: Frame, index: number): void {
  if (byteKind(frame.slot(index), 7) === 'd') throw new NotJudged('a dynptr that is written over');
}
