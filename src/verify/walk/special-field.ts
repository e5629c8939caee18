import type { VerifiedMap } from '../request.js';
import type { Register } from '../state/register.js';
import type { Reference } from '../state/state.js';
import { releaseProtected } from './references.js';
import { NotJudged, refuse } from './refused.js';
import type { Walk } from './walk.js';

const fieldAt = (map: VerifiedMap, type: string): number | undefined =>
  map.fields.find((f) => f.kind === 'managed' && f.type === type)?.offset;

/** A pointer to a structure that the kernel manages in a map's value (check_map_field_pointer). */
function checkField(register: Register, number: number, type: string): void {
  const { map, scalar } = register;
  if (!scalar.isConstant) {
    refuse('EINVAL', `R${number} doesn't have constant offset. ${type} has to be at the constant offset`);
  }
  const offset = fieldAt(map, type);
  if (offset === undefined) {
    // A map whose value has nothing of the kernel's was most likely made without types.
    const what = map.fields.length === 0 ? `has to have BTF in order to use ${type}` : `has no valid ${type}`;
    refuse('EINVAL', `map '${map.name}' ${what}`);
  }
  if (scalar.bits.value.signed !== BigInt(offset)) {
    refuse(
      'EINVAL',
      `off ${scalar.bits.value.signed} doesn't point to 'struct ${type}' that is at ${offset}`,
    );
  }
}

export const processTimer = (register: Register, number: number): void =>
  checkField(register, number, 'bpf_timer');

/** Locks in values: which of the kernel's structures each is, and what its messages begin with. */
const LOCKS = {
  lock: 'bpf_spin',
  res_lock: 'bpf_res_spin',
  res_lock_irq: 'bpf_res_spin',
} as const;
export type LockKind = keyof typeof LOCKS;

const isLock = ({ kind }: Reference): boolean => Object.hasOwn(LOCKS, kind);

/** Takes a lock in a map's value, or lets it go (process_spin_lock). */
export function processLock(
  walk: Walk,
  number: number,
  { kind, takes }: { readonly kind: LockKind; readonly takes: boolean },
): void {
  const register = walk.register(number);
  if (register.kind !== 'map_value') throw new NotJudged('a lock in an allocated object');
  const name = LOCKS[kind];
  checkField(register, number, `${name}_lock`);
  const { state } = walk;
  const { map, id } = register;
  const isSame = (r: Reference): boolean => r.id === id && r.owner === map;
  if (takes) {
    const isHeld = state.references.some((r) => isLock(r) && r.kind !== 'lock' && isSame(r));
    if (kind !== 'lock' && isHeld) {
      refuse('EINVAL', 'Acquiring the same lock again, AA deadlock detected');
    }
    state.addReference({ kind, id, parent: 0, slot: walk.slot, owner: map });
    state.activeLocks++;
    state.activeLock = { id, owner: map };
    return;
  }
  if (state.activeLocks === 0) refuse('EINVAL', `${name}_unlock without taking a lock`);
  const held = state.references.findIndex((r) => r.kind === kind && isSame(r));
  if (held < 0) refuse('EINVAL', `${name}_unlock of different lock`);
  if (state.activeLock?.id !== id || state.activeLock.owner !== map) {
    refuse('EINVAL', `${name}_unlock cannot be out of order`);
  }
  state.references = state.references.toSpliced(held, 1);
  state.activeLocks--;
  const outer = state.references.findLast(isLock);
  state.activeLock = outer && { id: outer.id, owner: outer.owner };
  releaseProtected(walk);
}
