import { FORMS } from '../../isa/forms.js';
import type { Block, PlacedOp } from './graph.js';
import { writes } from './live.js';

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

/** The value of r10, the only one that has a name. */
const FRAME = -1;

/** What is known of the registers r0 to r9: that they hold a value, which has a number, plus a constant. */
class KnownSums {
  readonly #value = Int32Array.from({ length: 10 }, (_, n) => n);
  readonly #plus = new Float64Array(10);
  #next = 10;

  valueOf(n: number): number {
    return this.#value[n]!;
  }

  plusOf(n: number): number {
    return this.#plus[n]!;
  }

  /** Takes an instruction into account that has been carried out. */
  carryOut(it: PlacedOp): void {
    const { op, dst, src, imm } = it;
    if (dst < 10 && op.width === 64 && op.form === 'mov_reg' && src <= 10) {
      this.#value[dst] = src === 10 ? FRAME : this.#value[src]!;
      this.#plus[dst] = src === 10 ? 0 : this.#plus[src]!;
      return;
    }
    if (dst < 10 && op.width === 64 && op.form === 'alu_imm' && (op.text === '+=' || op.text === '-=')) {
      this.#plus[dst]! += op.text === '+=' ? imm : -imm;
      return;
    }
    const changed = writes(it);
    for (let n = 0; n < 10; n += 1) {
      if ((changed & (1 << n)) === 0) continue;
      this.#value[n] = this.#next++;
      this.#plus[n] = 0;
    }
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

/**
 * The groups of more than one access in a block, by the place of each access. Those of which `isAlone` is true are in none,
 * and none goes on after an instruction of which `isLoud` is.
 */
export function findGroups(
  block: Block,
  isAlone: (it: PlacedOp, k: number) => boolean,
  isLoud: (it: PlacedOp) => boolean,
): ReadonlyMap<number, AccessGroup> {
  const groups = new Map<number, AccessGroup>();
  /** By the value that bases are made of: the group that is open, and what its first base had added. */
  const open = new Map<number, { readonly group: AccessGroup; readonly plus: number }>();
  const known = new KnownSums();
  for (const [k, it] of block.ops.entries()) {
    const base = baseOf(it);
    // What a function accesses in its own frame is not tested at all.
    const value = base === undefined || base >= 10 || isAlone(it, k) ? FRAME : known.valueOf(base);
    if (isLoud(it)) open.clear();
    else if (base !== undefined && value !== FRAME) {
      const plus = known.plusOf(base);
      const last = open.get(value);
      if (last !== undefined && admit(last.group, plus - last.plus + it.off, it.op.size))
        groups.set(k, last.group);
      else {
        const group = { first: k, from: it.off, span: it.op.size, bytes: ones(it.op.size), count: 1 };
        open.set(value, { group, plus });
        groups.set(k, group);
      }
    }
    known.carryOut(it);
  }
  for (const [k, { count }] of groups) if (count < 2) groups.delete(k);
  return groups;
}
