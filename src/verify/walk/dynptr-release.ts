import { isBefore } from '../series.js';
import { dynptrsWith } from '../state/dynptrs.js';
import type { Frame } from '../state/frame.js';
import type { DynptrKind } from '../state/register.js';
import type { Dynptr } from './call-facts.js';
import { release } from './references.js';
import { refuse } from './refused.js';
import type { Walk } from './walk.js';

/** What they look at has to be given back (dynptr_type_referenced). */
export const isReferenced = (kind: DynptrKind): boolean => kind === 'ringbuf' || kind === 'file';

/** Gives back what a dynptr looks at: neither it nor its copies nor parts of it can be used any more (unmark_stack_slots_dynptr). */
export function releaseDynptr(walk: Walk, { kind, id, parent }: Dynptr): void {
  release(walk, isReferenced(kind) ? parent : id);
}

/** A store over a slot destroys the dynptr that is in it, and parts of it are lost (destroy_if_dynptr_stack_slot). */
export function destroyDynptr(walk: Walk, frame: Frame, index: number): void {
  const { id, parent, target } = frame.slot(index).spilled;
  const kind = target.dynptr?.kind;
  if (kind === undefined) return;
  // Copies can give it back as well, which kernels know that count them.
  const isLast = isBefore(walk.request.series.release, '7.1') || dynptrsWith(walk.state, parent) <= 1;
  if (isReferenced(kind) && isLast) refuse('EINVAL', 'cannot overwrite referenced dynptr');
  release(walk, id);
}
