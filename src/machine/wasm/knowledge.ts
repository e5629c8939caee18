import type { Block, Graph, PlacedOp } from './graph.js';
import { ALL, type RegisterSet, writes } from './live.js';

/** The value of r10, the only one that has a name. */
export const FRAME = -1;

const ones = (count: number): bigint => (1n << BigInt(count)) - 1n;

/** Accesses that are tested together, or one on its own, by the first. */
export interface AccessGroup {
  /** The first of them, by its place in the block. */
  readonly first: number;
  /** Where the bytes to test begin, relative to what is in the first one's base register, and their number. */
  from: number;
  span: number;
  /** The bytes that are accessed, from the first on: a bit each. */
  bytes: bigint;
  count: number;
  /** Once it has been written: the local that holds the offset in memory of the first of the bytes. */
  local: number | undefined;
}

/** Bytes that a group tests, and what its first one's base register had added. */
interface Tested {
  readonly group: AccessGroup;
  readonly plus: number;
}

/** A group that tests the bytes of an access, and how far they are from those that it tests. */
export interface Cover {
  readonly group: AccessGroup;
  /** Distance from what is in the base register of the group's first access. */
  readonly at: number;
}

/**
 * What is known at a place: of each register r0 to r9 that it holds a value, which has a number, plus a constant; and of
 * values, which bytes around the address that they are have been tested, so that they may be touched as long as nothing
 * changes what may be.
 */
export class Knowledge {
  readonly #value: Int32Array;
  readonly #plus: Float64Array;
  readonly #tested: Map<number, readonly Tested[]>;
  readonly #newValue: () => number;

  private constructor(
    value: Int32Array,
    plus: Float64Array,
    tested: Map<number, readonly Tested[]>,
    newValue: () => number,
  ) {
    this.#value = value;
    this.#plus = plus;
    this.#tested = tested;
    this.#newValue = newValue;
  }

  /** At the beginning of a function: every register has a value of its own. */
  static begin(): Knowledge {
    let next = 10;
    const value = Int32Array.from({ length: 10 }, (_, n) => n);
    return new Knowledge(value, new Float64Array(10), new Map(), () => next++);
  }

  copy(): Knowledge {
    return new Knowledge(this.#value.slice(), this.#plus.slice(), new Map(this.#tested), this.#newValue);
  }

  valueOf(n: number): number {
    return this.#value[n]!;
  }

  plusOf(n: number): number {
    return this.#plus[n]!;
  }

  /** Registers whose values are not known any more. */
  forget(changed: RegisterSet): void {
    for (let n = 0; n < 10; n += 1) {
      if ((changed & (1 << n)) === 0) continue;
      this.#value[n] = this.#newValue();
      this.#plus[n] = 0;
    }
  }

  /** What may be touched may have changed. */
  forgetTests(): void {
    this.#tested.clear();
  }

  /** The group that has tested some bytes, relative to a value. */
  cover(value: number, at: number, size: number): Cover | undefined {
    for (const { group, plus } of this.#tested.get(value) ?? []) {
      const from = at - plus - group.from;
      if (from < 0 || from + size > group.span) continue;
      if (((group.bytes >> BigInt(from)) & ones(size)) === ones(size)) return { group, at: at - plus };
    }
    return undefined;
  }

  /** A group tests what it does, relative to a value plus a constant, once control has got here. */
  test(value: number, plus: number, group: AccessGroup): void {
    this.#tested.set(value, [...(this.#tested.get(value) ?? []), { group, plus }]);
  }

  /** Takes an instruction into account that has been carried out. */
  carryOut(it: PlacedOp): void {
    const { op, dst, src, imm } = it;
    if (dst < 10 && op.width === 64 && op.form === 'mov_reg' && src <= 10) {
      this.#value[dst] = src === 10 ? FRAME : this.#value[src]!;
      this.#plus[dst] = src === 10 ? 0 : this.#plus[src]!;
    } else if (dst < 10 && op.width === 64 && op.form === 'alu_imm' && (op.text === '+=' || op.text === '-='))
      this.#plus[dst]! += op.text === '+=' ? imm : -imm;
    else this.forget(writes(it));
  }
}

/** What happens on the ways from a block to another. */
interface Between {
  readonly changed: RegisterSet;
  readonly isLoud: boolean;
}

/** Where more blocks than this lie between a block and the one that dominates it, nothing is known of it. */
const MOST_BETWEEN = 100;
const UNKNOWN: Between = { changed: ALL, isLoud: true };

/**
 * What is known at the beginnings of a graph's blocks, from what was known at the end of the block that dominates each. To
 * be asked of a block after that one.
 */
export class Flowing {
  readonly #graph: Graph;
  readonly #parent: Int32Array;
  readonly #into: readonly (readonly Block[])[];
  /** What each block does by itself. */
  readonly #does: readonly Between[];
  readonly #ends: (Knowledge | undefined)[] = [];

  /** `parent` is the order of the block that dominates each; `isLoud` tells what may change what can be touched. */
  constructor(graph: Graph, parent: Int32Array, isLoud: (it: PlacedOp) => boolean) {
    this.#graph = graph;
    this.#parent = parent;
    this.#does = graph.blocks.map(({ ops }) => ({
      changed: ops.reduce((set, it) => set | writes(it), 0),
      isLoud: ops.some(isLoud),
    }));
    const into: Block[][] = graph.blocks.map(() => []);
    for (const block of graph.blocks) for (const { to } of block.out) into[to.order]!.push(block);
    this.#into = into;
  }

  /** What is known at a block's beginning; the caller may change it. */
  before(block: Block): Knowledge {
    const end = block === this.#graph.root ? undefined : this.#ends[this.#parent[block.order]!];
    const known = end?.copy() ?? Knowledge.begin();
    if (end === undefined && this.#into[block.order]!.length === 0) return known;
    const { changed, isLoud } = this.#between(block);
    known.forget(changed);
    if (isLoud) known.forgetTests();
    return known;
  }

  /** What is known at a block's end. */
  after(block: Block, known: Knowledge): void {
    this.#ends[block.order] = known;
  }

  /**
   * The block that control gets to in any case after one at whose end `known` is known, past nothing that is loud, and what is
   * known there.
   */
  ahead(block: Block, known: Knowledge): { readonly block: Block; readonly known: Knowledge } | undefined {
    const [one, other, third] = block.out;
    if (one === undefined || third !== undefined || block.out.some((edge) => edge.check)) return undefined;
    const to = other === undefined ? one.to : this.#meeting(one.to, other.to);
    if (to === undefined || to === block || this.#parent[to.order] !== block.order) return undefined;
    if (this.#between(to).isLoud) return undefined;
    this.after(block, known);
    return { block: to, known: this.before(to) };
  }

  /** Where two ways meet, each of a block at most. */
  #meeting(one: Block, other: Block): Block | undefined {
    const past = (way: Block): Block | undefined => {
      const [edge, more] = way.out;
      return more === undefined && edge?.check === false && this.#into[way.order]!.length === 1
        ? edge.to
        : undefined;
    };
    const [afterOne, afterOther] = [past(one), past(other)];
    if (afterOne === other) return other;
    return afterOther === one || afterOther === afterOne ? afterOther : undefined;
  }

  #between(block: Block): Between {
    const from = this.#graph.blocks[this.#parent[block.order]!]!;
    const found = new Set<Block>();
    const work = [...this.#into[block.order]!];
    let changed = 0;
    let isLoud = false;
    for (let at = work.pop(); at !== undefined; at = work.pop()) {
      if (found.has(at) || (at === from && block !== from)) continue;
      found.add(at);
      if (found.size > MOST_BETWEEN) return UNKNOWN;
      const does = this.#does[at.order]!;
      changed |= does.changed;
      isLoud ||= does.isLoud;
      work.push(...this.#into[at.order]!);
    }
    return { changed, isLoud };
  }
}
