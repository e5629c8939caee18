import type { Register } from '../state/register.js';
import type { Walk } from './walk.js';

/** A scalar that is about to be copied gets an id, so that what is learnt of one copy is learnt of the other. */
export function linked(walk: Walk, register: Register): Register {
  if (!register.isScalar) return register;
  const own = register.link === 0 ? register : register.alone();
  return own.id === 0 && !own.scalar.isConstant ? own.with({ id: walk.newId() }) : own;
}
