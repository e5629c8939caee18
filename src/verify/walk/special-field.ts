import type { VerifiedMap } from '../request.js';
import type { Register } from '../state/register.js';
import { releaseProtected } from './references.js';
import { refuse } from './refused.js';
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

/** Takes a lock in a map's value, or lets it go (process_spin_lock). */
export function processLock(walk: Walk, register: Register, number: number, takes: boolean): void {
  checkField(register, number, 'bpf_spin_lock');
  const { state } = walk;
  const { map, id } = register;
  if (takes) {
    if (state.activeLocks > 0) refuse('EINVAL', 'Locking two bpf_spin_locks are not allowed');
    state.addReference({ kind: 'lock', id, parent: 0, slot: walk.slot, owner: map });
    state.activeLocks++;
    state.activeLock = { id, owner: map };
    return;
  }
  if (state.activeLocks === 0) refuse('EINVAL', 'bpf_spin_unlock without taking a lock');
  const held = state.references.findIndex((r) => r.kind === 'lock' && r.id === id && r.owner === map);
  if (held < 0) refuse('EINVAL', 'bpf_spin_unlock of different lock');
  state.references = state.references.toSpliced(held, 1);
  state.activeLocks--;
  const outer = state.references.findLast((r) => r.kind !== 'pointer' && r.kind !== 'irq');
  state.activeLock = outer && { id: outer.id, owner: outer.owner };
  releaseProtected(walk);
}
