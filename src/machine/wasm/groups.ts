import { FORMS } from '../../isa/forms.js';
import type { Block, PlacedOp } from './graph.js';
import { type AccessGroup, type Cover, FRAME, type Knowledge } from './knowledge.js';

/** Bytes of which a word of 64 bits of the poison plane tells whether they may be touched, wherever they begin. */
export const WIDEST = 57;

/** The register that holds the address an instruction accesses; undefined for those that access nothing. */
export function baseOf({ op, dst, src }: PlacedOp): number | undefined {
  switch (FORMS[op.form].touches) {
    case 'load':
      return src;
    case 'store':
    case 'update':
      return dst;
    default:
      return undefined;
  }
}

const ones = (count: number): bigint => (1n << BigInt(count)) - 1n;

/** Takes an access into a group, if the group does not get too wide by that. */
function admit(group: AccessGroup, from: number, size: number): boolean {
  const start = Math.min(group.from, from);
  const end = Math.max(group.from + group.span, from + size);
  if (end - start > WIDEST) return false;
  group.bytes = (group.bytes << BigInt(group.from - start)) | (ones(size) << BigInt(from - start));
  group.from = start;
  group.span = end - start;
  group.count += 1;
  return true;
}

/** Groups that are open, by the value that their bases are made of, with what the first one's base had added. */
type Open = Map<number, { readonly group: AccessGroup; readonly plus: number }>;

/** Which accesses are tested alone, and which instructions may change what can be touched. */
export interface Kinds {
  readonly isAlone: (block: Block, k: number) => boolean;
  readonly isLoud: (it: PlacedOp) => boolean;
}

/** Takes the accesses of a block into groups that are still open where control gets to it in any case. */
function takeAhead(block: Block, known: Knowledge, open: Open, { isAlone, isLoud }: Kinds): void {
  for (const [k, it] of block.ops.entries()) {
    if (isLoud(it)) return;
    const base = baseOf(it);
    const value = base === undefined || base >= 10 || isAlone(block, k) ? FRAME : known.valueOf(base);
    const last = open.get(value);
    if (base !== undefined && last !== undefined) {
      const at = known.plusOf(base) + it.off;
      if (known.cover(value, at, it.op.size) === undefined) admit(last.group, at - last.plus, it.op.size);
    }
    known.carryOut(it);
  }
}

/**
 * The group that each access of a block is tested with, by its place; or that has tested it before. `known` is what is
 * known at the block's beginning; at last it is what is known at its end. Accesses that are tested alone are in none,
 * and what has been tested is not known any more after an instruction that is loud. `next` finds the block that control gets
 * to in any case after this one, with nothing loud between, and what is known there.
 */
export function findGroups(
  block: Block,
  known: Knowledge,
  kinds: Kinds,
  next: () => { readonly block: Block; readonly known: Knowledge } | undefined,
): ReadonlyMap<number, Cover> {
  const { isAlone, isLoud } = kinds;
  const covers = new Map<number, Cover>();
  const open: Open = new Map();
  for (const [k, it] of block.ops.entries()) {
    const base = baseOf(it);
    // What a function accesses in its own frame is not tested at all.
    const value = base === undefined || base >= 10 || isAlone(block, k) ? FRAME : known.valueOf(base);
    if (isLoud(it)) {
      open.clear();
      known.forgetTests();
    } else if (base !== undefined && value !== FRAME) {
      const plus = known.plusOf(base);
      const last = open.get(value);
      const { size } = it.op;
      const tested = known.cover(value, plus + it.off, size);
      if (tested !== undefined) covers.set(k, tested);
      else if (last !== undefined && admit(last.group, plus - last.plus + it.off, size))
        covers.set(k, { group: last.group, at: plus - last.plus + it.off });
      else {
        const from = it.off;
        const group = { first: k, from, span: size, bytes: ones(size), count: 1, local: undefined };
        open.set(value, { group, plus });
        known.test(value, plus, group);
        covers.set(k, { group, at: from });
      }
    }
    known.carryOut(it);
  }
  const ahead = open.size === 0 ? undefined : next();
  if (ahead !== undefined) takeAhead(ahead.block, ahead.known, open, kinds);
  return covers;
}
