import { dropDynptrs } from '../state/dynptrs.js';
import { FLAGS } from '../state/kind.js';
import { ANY, NONE, type Register } from '../state/register.js';
import { refuse } from './refused.js';
import type { Walk } from './walk.js';

/** What is left of a pointer that must not be used any more: an address, to those who may see addresses. */
export const invalid = (walk: Walk): Register => (walk.allowsLeaks ? ANY : NONE);

/** A reference that has to be given back; its id. */
export function acquire(walk: Walk, parent = 0): number {
  const id = walk.newId();
  walk.state.addReference({ kind: 'pointer', id, parent, slot: walk.slot });
  return id;
}

/** Gives back a reference: nothing that points to it or to what belongs to it can be used any more (release_reference). */
export function release(walk: Walk, id: number): void {
  const { state } = walk;
  state.references = state.references.filter((r) => r.kind !== 'pointer' || r.id !== id);
  const gone = [id];
  for (let one = gone.pop(); one !== undefined; one = gone.pop()) {
    const owner = one;
    const lost = state.references.find((r) => r.kind === 'pointer' && r.parent === owner);
    if (lost !== undefined) {
      refuse('EINVAL', `Leaking reference id=${lost.id} alloc_insn=${lost.slot}. Release it first.`);
    }
    state.mapRegisters((r) => {
      if (r.kind === 'none' || (r.id !== owner && r.parent !== owner)) return r;
      if (r.parent === owner && r.id !== 0 && !gone.includes(r.id)) gone.push(r.id);
      return invalid(walk);
    });
    for (const id of dropDynptrs(state, owner)) if (!gone.includes(id)) gone.push(id);
  }
}

/** Whether an object is certainly there and stays so (is_trusted_reg). */
export const isTrusted = (walk: Walk, register: Register): boolean =>
  walk.state.isReferenced(register) ||
  ((register.has('trusted') || register.has('alloc')) && !register.has('untrusted'));

/** Whether objects that RCU protects cannot go away here (in_rcu_cs). */
export function isProtected(walk: Walk): boolean {
  const { state } = walk;
  return (
    state.rcuLocks > 0 ||
    state.preemptLocks > 0 ||
    state.activeLocks > 0 ||
    state.irq !== 0 ||
    !state.isSleepable
  );
}

/** At the end of a section: pointers that RCU protected may point to nothing, and those that were only lent are taken back. */
export function releaseProtected(walk: Walk): void {
  const isStill = isProtected(walk);
  walk.state.mapRegisters((r) => {
    if (r.has('nonOwning')) return invalid(walk);
    if (isStill || !r.has('rcu')) return r;
    return r.with({ flags: (r.flags & ~(FLAGS.rcu | FLAGS.maybeNull)) | FLAGS.untrusted });
  });
}

/** Whether what may sleep may be called here, and if not, what prevents it (non_sleepable_context_description). */
export function whatKeepsAwake(walk: Walk): string | undefined {
  const { state } = walk;
  if (state.rcuLocks > 0) return 'rcu_read_lock region';
  if (state.preemptLocks > 0) return 'non-preemptible region';
  if (state.irq !== 0) return 'IRQ-disabled region';
  if (state.activeLocks > 0) return 'lock region';
  return state.isSleepable ? undefined : 'non-sleepable prog';
}
