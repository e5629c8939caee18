import { FORMS } from '../../isa/forms.js';
import type { Block, PlacedOp } from './graph.js';
import { FRAME, type Knowledge } from './knowledge.js';

/** Accesses through the same base, between which nothing can change what may be touched: tested together by the first. */
export interface AccessGroup {
  /** The first of them, by its place in the block. */
  readonly first: number;
  /** Where the bytes to test begin, relative to what is in the first one's base register, and their number. */
  from: number;
  span: number;
  /** The bytes that are accessed, from the first on: a bit each. */
  bytes: bigint;
  count: number;
}

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

/** What the accesses of a block need, by their places in it. */
export interface Groups {
  /** Of those that are tested together with others. */
  readonly groups: ReadonlyMap<number, AccessGroup>;
  /** Those whose bytes have been tested before. */
  readonly covered: ReadonlySet<number>;
}

/**
 * The groups of more than one access in a block, and the accesses that need no test. `known` is what is known at the
 * block's beginning; at last it is what is known at its end. Accesses of which `isAlone` is true are neither, and what
 * has been tested is not known any more after an instruction of which `isLoud` is.
 */
export function findGroups(
  block: Block,
  known: Knowledge,
  isAlone: (it: PlacedOp, k: number) => boolean,
  isLoud: (it: PlacedOp) => boolean,
): Groups {
  const groups = new Map<number, AccessGroup>();
  const covered = new Set<number>();
  /** By the value that bases are made of: the group that is open, and what its first base had added. */
  const open = new Map<number, { readonly group: AccessGroup; readonly plus: number }>();
  for (const [k, it] of block.ops.entries()) {
    const base = baseOf(it);
    // What a function accesses in its own frame is not tested at all.
    const value = base === undefined || base >= 10 || isAlone(it, k) ? FRAME : known.valueOf(base);
    if (isLoud(it)) {
      open.clear();
      known.forgetTests();
    } else if (base !== undefined && value !== FRAME) {
      const plus = known.plusOf(base);
      const last = open.get(value);
      const { size } = it.op;
      if (known.isTested(value, plus + it.off, size)) covered.add(k);
      else if (last !== undefined && admit(last.group, plus - last.plus + it.off, size))
        groups.set(k, last.group);
      else {
        const group = { first: k, from: it.off, span: size, bytes: ones(size), count: 1 };
        open.set(value, { group, plus });
        groups.set(k, group);
      }
      known.test(value, plus + it.off, size);
    }
    known.carryOut(it);
  }
  for (const [k, { count }] of groups) if (count < 2) groups.delete(k);
  return { groups, covered };
}
