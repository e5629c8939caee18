import { DYNPTR_SLOTS, dynptrOf, dynptrSlots, isDynptr } from '../state/dynptrs.js';
import type { Frame } from '../state/frame.js';
import type { DynptrKind, Register } from '../state/register.js';
import { argumentName } from './argument-name.js';
import type { Dynptr } from './call-facts.js';
import { isReferenced } from './dynptr-release.js';
import { accessMemory } from './memory.js';
import { acquire } from './references.js';
import { refuse } from './refused.js';
import { slotOfObject } from './stack-object.js';
import { frameOf } from './stack-place.js';
import type { Walk } from './walk.js';

const slotOf = (register: Register): number | string => slotOfObject(register, 'dynptr', DYNPTR_SLOTS);

/** A dynptr can be on the stack, or one that the kernel hands over, which is not changed. */
function checkPlace(register: Register, number: number): void {
  if (register.kind === 'stack' || register.kind === 'dynptr') return;
  refuse('EINVAL', `R${number} expected pointer to stack or const struct bpf_dynptr`);
}

/**
 * The call makes a dynptr where the argument points to (process_dynptr_func and mark_stack_slots_dynptr); one that is like another one
 * belongs to what that belongs to.
 */
export function makeDynptr(walk: Walk, number: number, like: DynptrKind | Dynptr): void {
  const register = walk.register(number);
  checkPlace(register, number);
  const first = register.kind === 'stack' ? slotOf(register) : undefined;
  if (typeof first !== 'number') {
    refuse('EINVAL', ...(first === undefined ? [] : [first]), 'Dynptr has to be an uninitialized dynptr');
  }
  for (let i = 0; i < DYNPTR_SLOTS; i++) {
    accessMemory(walk, { register: number, offset: 8 * i, size: 8, mode: 'write' });
  }
  const isCopy = typeof like !== 'string';
  const kind = isCopy ? like.kind : like;
  const owner = isReferenced(kind) && !isCopy ? acquire(walk) : 0;
  const { stack } = frameOf(walk.state, register);
  [stack[first], stack[first - 1]] = dynptrSlots(kind, walk.newId(), isCopy ? like.parent : owner);
  walk.log?.touchSlots(first - 1, first);
}

/** The dynptr that an argument points to, of any kind if none is asked for (process_dynptr_func). */
export function useDynptr(
  walk: Walk,
  number: number,
  { kind, releases }: { readonly kind?: DynptrKind; readonly releases?: boolean } = {},
): Dynptr {
  const register = walk.register(number);
  checkPlace(register, number);
  if (register.kind === 'dynptr' && releases === true) {
    refuse('EINVAL', 'CONST_PTR_TO_DYNPTR cannot be released');
  }
  const first = register.kind === 'stack' ? slotOf(register) : undefined;
  const found = typeof first === 'number' ? dynptrAt(frameOf(walk.state, register), first) : register;
  const name = argumentName(walk, number, 'arg #');
  const known = found?.target.dynptr?.kind;
  if (found === undefined || known === undefined) {
    const why = typeof first === 'string' ? [first] : [];
    refuse('EINVAL', ...why, `Expected an initialized dynptr as ${name}`);
  }
  if (kind !== undefined && known !== kind) refuse('EINVAL', `Expected a dynptr of type ${kind} as ${name}`);
  if (typeof first === 'number') walk.log?.touchSlots(first - 1, first);
  return { kind: known, id: found.id, parent: found.parent };
}

const dynptrAt = (frame: Frame, first: number): Register | undefined =>
  isDynptr(frame.slot(first - 1)) ? dynptrOf(frame.slot(first)) : undefined;
