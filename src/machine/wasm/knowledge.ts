import type { Block, Graph, PlacedOp } from './graph.js';
import { ALL, type RegisterSet, writes } from './live.js';

/** The value of r10, the only one that has a name. */
export const FRAME = -1;

const ones = (count: number): bigint => (1n << BigInt(count)) - 1n;

/** Some bytes that have been tested, from an address on, relative to a value: a bit each. */
interface Tested {
  readonly from: number;
  readonly bytes: bigint;
}

/** More bits than this are not kept together. */
const MOST_BITS = 512;

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

  /** Whether all of some bytes, relative to a value, have been tested. */
  isTested(value: number, at: number, size: number): boolean {
    let missing = ones(size);
    for (const { from, bytes } of this.#tested.get(value) ?? []) {
      if (at + size <= from) continue;
      const shift = BigInt(at - from);
      missing &= ~(shift >= 0n ? bytes >> shift : bytes << -shift);
    }
    return missing === 0n;
  }

  /** Bytes have been tested, or will have been if control gets here. */
  test(value: number, at: number, size: number): void {
    const list = this.#tested.get(value) ?? [];
    const last = list.at(-1);
    if (last !== undefined && at >= last.from && at + size - last.from <= MOST_BITS) {
      const both = { from: last.from, bytes: last.bytes | (ones(size) << BigInt(at - last.from)) };
      this.#tested.set(value, [...list.slice(0, -1), both]);
    } else this.#tested.set(value, [...list, { from: at, bytes: ones(size) }]);
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
  readonly #isLoud: (it: PlacedOp) => boolean;
  readonly #ends: (Knowledge | undefined)[] = [];

  /** `parent` is the order of the block that dominates each; `isLoud` tells what may change what can be touched. */
  constructor(graph: Graph, parent: Int32Array, isLoud: (it: PlacedOp) => boolean) {
    this.#graph = graph;
    this.#parent = parent;
    this.#isLoud = isLoud;
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
      for (const it of at.ops) {
        changed |= writes(it);
        isLoud ||= this.#isLoud(it);
      }
      if (at !== block || block === from) work.push(...this.#into[at.order]!);
    }
    return { changed, isLoud };
  }
}
