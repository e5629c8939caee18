import { FORMS, slotsOfForm } from '../../isa/forms.js';
import type { Machine } from '../machine.js';
import { decodeSlot } from '../word.js';
import type { PlacedOp } from './graph.js';
import { baseOf } from './groups.js';
import { writes } from './live.js';
import type { FunctionPlan } from './plan.js';

/** A place in a frame, relative to r10, that every load and store that names it takes as a whole. */
export interface Slot {
  readonly at: number;
  readonly size: 1 | 2 | 4 | 8;
}

/**
 * The lower part of a frame that stays closed: poisoned, and not cleared. What the function keeps there is in locals, which
 * are stored wherever the thread is left. Whoever else gets there, by whatever pointer, finds it poisoned, so that the
 * thread is left first.
 */
export interface ClosedPart {
  /** Bytes from the frame's first on, a multiple of 8. */
  readonly size: number;
  readonly slots: readonly Slot[];
}

/** Functions with more slots are left alone. */
const MOST_SLOTS = 64;

/** All instructions of the function that a slot is in, whatever can be reached from there: pointers may come from before. */
function instructionsOf({ text }: Machine, slot: number): readonly PlacedOp[] {
  const fn = text.at(slot)?.fn;
  const ops: PlacedOp[] = [];
  if (fn === undefined) return ops;
  for (let at = fn.start; at < fn.end; ) {
    const decoded = decodeSlot(text.code, at);
    const next = at + slotsOfForm(decoded.op.form);
    ops.push({ ...decoded, slot: at, next });
    at = next;
  }
  return ops;
}

/** Instructions after which one is looked for that adds to a copy of r10. */
const SOON = 4;

/** What is added to the copy of r10 that an instruction makes; undefined where that cannot be told. */
function addedTo(ops: readonly PlacedOp[], k: number): number | undefined {
  const { op, dst } = ops[k]!;
  if (op.form !== 'mov_reg' || op.width !== 64) return undefined;
  for (const it of ops.slice(k + 1, k + 1 + SOON)) {
    if (it.dst === dst && it.op.form === 'alu_imm' && it.op.width === 64 && it.op.text === '+=')
      return it.imm;
    if (
      FORMS[it.op.form].flow !== 'next' ||
      it.dst === dst ||
      it.src === dst ||
      (writes(it) & (1 << dst)) !== 0
    )
      return undefined;
  }
  return undefined;
}

/** The places of a function's frame that instructions name, and the lowest from which on others may be reached. */
function placesOf(
  machine: Machine,
  slot: number,
): { readonly named: readonly Slot[]; readonly open: number } {
  const ops = instructionsOf(machine, slot);
  const named = new Map<string, Slot>();
  let open = 0;
  for (const [k, it] of ops.entries()) {
    const { form, size } = it.op;
    const { uses, touches } = FORMS[form];
    const base = baseOf(it);
    const isPlain = (form === 'load' || form === 'store_reg' || form === 'store_imm') && size !== 0;
    const isAligned = !machine.alignment.plain || (it.off & (size - 1)) === 0;
    if (base === 10 && isPlain && isAligned && !machine.text.isGuarded(it.slot))
      named.set(`${it.off} ${size}`, { at: it.off, size });
    else if (base === 10) open = Math.min(open, it.off);
    const uses10 = (field: 'dst' | 'src'): boolean => it[field] === 10 && uses.includes(field);
    const isHandedOn = touches === 'load' ? false : base === it.src ? uses10('dst') : uses10('src');
    if (isHandedOn || (base === undefined && uses10('dst')))
      open = Math.min(open, addedTo(ops, k) ?? Number.NEGATIVE_INFINITY);
  }
  return { named: [...named.values()].toSorted((a, b) => a.at - b.at || a.size - b.size), open };
}

/** What can stay closed of a function's frame; undefined if nothing can. `isLoud` tells instructions that call leaves. */
export function closedPart(
  machine: Machine,
  plan: FunctionPlan,
  isLoud: (it: PlacedOp) => boolean,
): ClosedPart | undefined {
  const { frameSize, graph, slot } = plan;
  if (frameSize === 0 || graph.blocks.some(({ ops }) => ops.some(isLoud))) return undefined;
  const { named, open } = placesOf(machine, slot);
  const own = named.filter(({ at }) => at >= -frameSize);
  let end = open;
  // Of two that overlap neither is a slot, nor is what lies above.
  for (const [i, { at }] of own.entries()) {
    const below = own[i - 1];
    if (below !== undefined && below.at + below.size > at) end = Math.min(end, below.at);
  }
  for (let before = Number.NaN; before !== end && Number.isFinite(end); ) {
    before = end;
    end = Math.floor(end / 8) * 8;
    const across = own.find(({ at, size }) => at < end && at + size > end);
    if (across !== undefined) end = across.at;
  }
  const slots = own.filter(({ at }) => at < end);
  if (slots.length === 0 || slots.length > MOST_SLOTS) return undefined;
  return { size: frameSize + end, slots };
}
