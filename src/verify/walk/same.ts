import { UNKNOWN } from '../range/scalar.js';
import type { Frame } from '../state/frame.js';
import { type Register, scalarRegister, type Target } from '../state/register.js';
import { NOTHING_WRITTEN, type Slot, WHOLE } from '../state/slot.js';
import type { Reference, State } from '../state/state.js';
import type { PairedIds } from './paired-ids.js';
import type { Walk } from './walk.js';

/**
 * How exactly a state has to be like one that was walked before: whatever that did not rely on may differ; ranges must be inside;
 * everything must be the same.
 */
export type Likeness = 'enough' | 'within' | 'exact';

const sameTarget = (a: Target, b: Target): boolean =>
  a === b ||
  (a.map === b.map &&
    a.mapUid === b.mapUid &&
    a.size === b.size &&
    a.struct?.name === b.struct?.name &&
    a.struct?.id === b.struct?.id &&
    a.frame === b.frame &&
    a.subprogram === b.subprogram &&
    a.range === b.range &&
    a.dynptr?.kind === b.dynptr?.kind &&
    a.dynptr?.first === b.dynptr?.first);

const isExactly = (old: Register, now: Register, ids: PairedIds): boolean =>
  old.kind === now.kind &&
  old.flags === now.flags &&
  sameTarget(old.target, now.target) &&
  old.scalar.equals(now.scalar) &&
  old.delta === now.delta &&
  ids.match(old.id, now.id) &&
  ids.match(old.parent, now.parent);

function scalarHolds(old: Register, now: Register, ids: PairedIds, likeness: Likeness): boolean {
  if (!old.precise && likeness === 'enough') return true;
  if (old.id !== 0 && old.link !== now.link) return false;
  if (old.link !== 0 && old.delta !== now.delta) return false;
  return ids.matchScalars(old.id, now.id) && old.scalar.includes(now.scalar);
}

/** Whether a register that is safe as it was is safe as it is now (regsafe). */
function registerHolds(old: Register, now: Register, ids: PairedIds, likeness: Likeness): boolean {
  if (likeness === 'exact') return isExactly(old, now, ids);
  if (old.kind === 'none') return true;
  if (old.kind !== now.kind || old.flags !== now.flags) return false;
  switch (old.kind) {
    case 'scalar':
      return scalarHolds(old, now, ids, likeness);
    case 'map_key':
    case 'map_value':
    case 'mem':
    case 'buf':
    case 'tp_buffer':
    case 'insn':
      return (
        sameTarget(old.target, now.target) &&
        old.delta === now.delta &&
        old.scalar.includes(now.scalar) &&
        ids.match(old.id, now.id) &&
        ids.match(old.parent, now.parent)
      );
    case 'packet':
    case 'packet_meta': {
      const before = old.target.range ?? 0;
      const after = now.target.range ?? 0;
      if (before < 0 || after < 0 ? before !== after : before > after) return false;
      return old.delta === now.delta && ids.match(old.id, now.id) && old.scalar.includes(now.scalar);
    }
    case 'arena':
      return true;
    default:
      return isExactly(old, now, ids);
  }
}

const ANYTHING = scalarRegister(UNKNOWN);

/** Eight or the upper four bytes as one number: a stored one, or anything if they are bytes. */
function asScalar(walk: Walk, { bytes, spilled }: Slot, from: 0 | 4): Register | undefined {
  if (bytes.charAt(from) === 'r' && spilled.isScalar) return spilled;
  for (let i = from; i < 8; i++) {
    const kind = bytes.charAt(i);
    if (kind !== 'm' && !(walk.allowsLeaks && isUnset(kind))) return undefined;
  }
  return ANYTHING;
}

const isUnset = (kind: string): boolean => kind === '?' || kind === 'p';

function slotHolds(
  walk: Walk,
  old: Slot,
  now: Slot | undefined,
  ids: PairedIds,
  likeness: Likeness,
): boolean {
  if (old.bytes === NOTHING_WRITTEN && likeness !== 'exact') return true;
  if (old.bytes === WHOLE && now?.bytes === WHOLE) {
    return registerHolds(old.spilled, now.spilled, ids, likeness);
  }
  for (let i = 0; i < 8; i++) {
    const kind = old.bytes.charAt(i);
    if (likeness === 'exact') {
      const other = now?.bytes.charAt(i) ?? '?';
      if (now === undefined || (kind !== other && !(isUnset(kind) && isUnset(other)))) return false;
    }
    if (isUnset(kind) || (walk.allowsLeaks && kind === 'm')) continue;
    if (now === undefined) return false;
    if (i === 0 || i === 4) {
      const before = asScalar(walk, old, i);
      const after = asScalar(walk, now, i);
      if (before !== undefined && after !== undefined) {
        if (!registerHolds(before, after, ids, likeness)) return false;
        i += i === 0 ? 7 : 3;
        continue;
      }
    }
    if (kind === 'm' && now.bytes.charAt(i) === '0') continue;
    if (kind !== now.bytes.charAt(i)) return false;
    if (i === 7 && !contentHolds(old, now, ids, likeness)) return false;
  }
  return true;
}

/** Both are the same sort of thing: what they hold. */
function contentHolds(old: Slot, now: Slot, ids: PairedIds, likeness: Likeness): boolean {
  const a = old.spilled;
  const b = now.spilled;
  switch (old.bytes.charAt(7)) {
    case 'r':
      return registerHolds(a, b, ids, likeness);
    case 'd':
      return sameTarget(a.target, b.target) && ids.match(a.id, b.id) && ids.match(a.parent, b.parent);
    case 'i':
      return (
        a.target.iterator?.name === b.target.iterator?.name &&
        a.target.iterator?.state === b.target.iterator?.state &&
        ids.match(a.id, b.id)
      );
    case 'f':
      return a.target.irq === b.target.irq && ids.match(a.id, b.id);
    default:
      return true;
  }
}

interface Compared {
  readonly ids: PairedIds;
  readonly likeness: Likeness;
  /** Registers whose values are still used. */
  readonly live: number;
}

function frameHolds(walk: Walk, old: Frame, now: Frame, { ids, likeness, live }: Compared): boolean {
  if (old.callbackDepth > now.callbackDepth) return false;
  for (let i = 0; i <= 10; i++) {
    if ((live & (1 << i)) === 0) continue;
    if (!registerHolds(old.registers[i]!, now.registers[i]!, ids, likeness)) {
      walk.suspects[walk.slot] = i;
      return false;
    }
  }
  for (let i = 0; i < old.stack.length; i++) {
    if (!slotHolds(walk, old.stack[i]!, now.stack[i], ids, likeness)) return false;
  }
  return true;
}

const sameReference = (old: Reference, now: Reference, ids: PairedIds): boolean =>
  old.kind === now.kind && old.owner === now.owner && ids.match(old.id, now.id);

function referencesHold(old: State, now: State, ids: PairedIds): boolean {
  return (
    old.references.length === now.references.length &&
    old.activeLocks === now.activeLocks &&
    old.preemptLocks === now.preemptLocks &&
    old.rcuLocks === now.rcuLocks &&
    ids.match(old.irq, now.irq) &&
    ids.match(old.activeLock?.id ?? 0, now.activeLock?.id ?? 0) &&
    old.activeLock?.owner === now.activeLock?.owner &&
    old.references.every((r, i) => sameReference(r, now.references[i]!, ids))
  );
}

/** Instruction that a frame is at: of callers, the call. */
export const slotOfFrame = (state: State, index: number): number =>
  state.frames[index + 1]?.callsite ?? state.slot;

/** Whether one register alone tells that a state is not like an old one, before all of them are compared. */
function isUnlike(old: Register, now: Register, likeness: Likeness): boolean {
  if (old === now || old.kind === 'none') return false;
  if (old.kind !== now.kind) return true;
  return old.isScalar && (likeness !== 'enough' || old.precise) && !old.scalar.includes(now.scalar);
}

/** Whether what was found from the old state on holds from the new one on as well (states_equal). */
export function holdsFor(walk: Walk, old: State, now: State, likeness: Likeness): boolean {
  if (old.frames.length !== now.frames.length) return false;
  if (old.speculative && !now.speculative) return false;
  if (old.isSleepable !== now.isSleepable) return false;
  const suspect = walk.suspects[walk.slot] ?? 0;
  if (isUnlike(old.frame.register(suspect), now.frame.register(suspect), likeness)) return false;
  const ids = walk.pairedIds();
  if (!referencesHold(old, now, ids)) return false;
  for (let i = 0; i < old.frames.length; i++) {
    const frame = old.frames[i]!;
    const other = now.frames[i]!;
    const live = walk.code.live[slotOfFrame(old, i)] ?? 0xffff;
    if (frame.callsite !== other.callsite) return false;
    if (!frameHolds(walk, frame, other, { ids, likeness, live })) return false;
  }
  return true;
}

const isAlike = (a: Register, b: Register): boolean =>
  a === b ||
  (a.kind === b.kind &&
    a.flags === b.flags &&
    a.delta === b.delta &&
    a.scalar.equals(b.scalar) &&
    sameTarget(a.target, b.target));

/** Whether registers of the innermost frames are alike but for ids: only then is it worth to look closer. */
export function mayLoop(walk: Walk, old: State, now: State): boolean {
  if (old.frames.length !== now.frames.length) return false;
  const a = old.frame.registers;
  const b = now.frame.registers;
  const suspect = walk.suspects[walk.slot] ?? 0;
  if (!isAlike(a[suspect]!, b[suspect]!)) return false;
  for (let i = 0; i < a.length; i++) {
    if (isAlike(a[i]!, b[i]!)) continue;
    walk.suspects[walk.slot] = i;
    return false;
  }
  return true;
}
