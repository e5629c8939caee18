import type { SlotArray } from '../leaf.js';
import type { Machine } from '../machine.js';
import { KERNEL_HIGH, PERCPU_HIGH } from '../memory.js';
import { TEXT_HIGH, type Text } from '../text.js';
import type { Block, Graph, PlacedOp } from './graph.js';
import { writes } from './live.js';
import type { FunctionPlan } from './plan.js';
import { type Frame, isSame, type Known, type KnownRegisters, Lookup } from './scope.js';
import { arrayAt, returned, settledBy } from './settled.js';

export const NOTHING_KNOWN: KnownRegisters = Array.from({ length: 10 }, () => undefined);

const BASES: ReadonlyMap<number, Known['base']> = new Map([
  [KERNEL_HIGH, 'memory'],
  [PERCPU_HIGH, 'percpu'],
  [TEXT_HIGH, 'text'],
]);

function addressOf(low: number, high: number): Known | undefined {
  const base = BASES.get(high | 0);
  return base && { base, plus: low >>> 0 };
}

/** What does not leave the lower half is the same sum in 64 bits. */
function moved({ base, plus }: Known, by: number): Known | undefined {
  const sum = plus + by;
  // Nothing is known of 0 and a number.
  if (base instanceof Lookup && base.found !== base && by !== 0) return undefined;
  const least = typeof base === 'string' ? 0 : -0x8000_0000;
  return sum < least || sum > 0xffff_ffff ? undefined : { base, plus: sum };
}

/** Which of the functions that an indirect call has been seen to enter it enters for sure. */
export function calleeKnown(
  text: Text,
  seen: readonly number[],
  known: Known | undefined,
): number | undefined {
  return known?.base === 'text'
    ? seen.find((fn) => Number(text.addressOf(fn) & 0xffff_ffffn) === known.plus)
    : undefined;
}

/** Tells the function that a call in a scope enters, if its body is written in place of the call. */
export type InPlace = (
  scope: Frame | undefined,
  it: PlacedOp,
  known: KnownRegisters,
) => FunctionPlan | undefined;

/** Looks at functions for what is known in them. Without a scope they are bodies in others. */
export class Finder {
  readonly #machine: Machine;
  readonly #inPlace: InPlace;
  /** By the slot of the call of the leaf, and the array's address: what it gives. */
  readonly #slots = new Map<string, Lookup>();
  readonly #arrays = new Map<number, readonly SlotArray[] | undefined>();
  #currentSize: number | undefined;

  constructor(machine: Machine, inPlace: InPlace) {
    this.#machine = machine;
    this.#inPlace = inPlace;
  }

  /** The arrays that a leaf finds slots of. */
  arraysOf(leaf: number): readonly SlotArray[] | undefined {
    if (!this.#arrays.has(leaf)) this.#arrays.set(leaf, this.#machine.leaves[leaf]!.arrays?.());
    return this.#arrays.get(leaf);
  }

  /**
   * Bytes from the current task's structure on that may always be touched, whichever task that is: interrupts have that of
   * the task they interrupt.
   */
  get currentSize(): number {
    const { memory, threads } = this.#machine;
    this.#currentSize ??= threads
      .filter(({ current }) => current !== 0)
      .map(({ current: at }) => {
        const size = (memory.regionAt(at)?.end ?? at) - at;
        return at % 8 === 0 && memory.isForGood(at, size) ? size : 0;
      })
      .reduce((a, b) => Math.min(a, b), threads.length === 0 ? 0 : Number.POSITIVE_INFINITY);
    return this.#currentSize;
  }

  /** The slot that a call of a leaf finds, where it is known of what array, and that the index can be read. */
  slotFound(it: PlacedOp, known: KnownRegisters): Lookup | undefined {
    const array = arrayAt(this.arraysOf(it.imm) ?? [], known[1]);
    if (array === undefined || !this.isSure(known[2], 0, INDEX_SIZE)) return undefined;
    const key = `${it.slot} ${array.address}`;
    const slot = this.#slots.get(key) ?? new Lookup(array);
    this.#slots.set(key, slot);
    return slot;
  }

  #result(scope: Frame | undefined, it: PlacedOp, known: KnownRegisters): Known | undefined {
    const { op, dst, src, imm } = it;
    switch (op.form) {
      case 'wide':
        return addressOf(imm, it.hi);
      case 'mov_reg':
        if (op.width !== 64) return undefined;
        return src === 10 ? scope && { base: scope, plus: 0 } : known[src];
      case 'alu_imm': {
        const before = known[dst];
        if (op.width !== 64 || before === undefined) return undefined;
        return op.text === '+=' ? moved(before, imm) : op.text === '-=' ? moved(before, -imm) : undefined;
      }
      case 'load': {
        const word = settledBy(this.#machine.memory, it, known);
        return word && addressOf(word.low, word.high);
      }
      case 'call_helper': {
        if (this.#machine.leaves[imm]!.inline === 'current') return { base: 'current', plus: 0 };
        const slot = this.slotFound(it, known);
        return slot && { base: slot, plus: 0 };
      }
      case 'call_local':
      case 'callx': {
        const callee = known[1]?.base === 'memory' ? this.#inPlace(scope, it, known) : undefined;
        return callee && returned(this, callee.graph, known);
      }
      default:
        return undefined;
    }
  }

  /** What is known after an instruction of a function in a scope. */
  after(scope: Frame | undefined, it: PlacedOp, known: KnownRegisters): KnownRegisters {
    const changed = writes(it);
    const n = it.op.form.startsWith('call') ? 0 : it.dst;
    const result = n < 10 ? this.#result(scope, it, known) : undefined;
    if (result === undefined && known.every((k, i) => !k || (changed & (1 << i)) === 0)) return known;
    const isCall = changed !== 0 && n === 0 && it.op.form.startsWith('call');
    return known.map((k, i) => {
      if ((changed & (1 << i)) !== 0) return i === n ? result : undefined;
      // The last slot that a call has found is known, and there may be the same call in what is called.
      return isCall && k?.base instanceof Lookup ? undefined : k;
    });
  }

  /** What is known after the instructions of a block. */
  through(scope: Frame | undefined, block: Block, known: KnownRegisters): KnownRegisters {
    return block.ops.reduce((before, it) => this.after(scope, it, before), known);
  }

  /** True if bytes may be touched for sure: those of frames that are open, of slots, and where nothing is ever poisoned. */
  isSure(known: Known | undefined, off: number, size: number): boolean {
    if (known === undefined) return false;
    const { base } = known;
    const at = known.plus + off;
    const { memory, alignment } = this.#machine;
    if (alignment.plain && (at & (size - 1)) !== 0) return false;
    if (base instanceof Lookup) {
      const { array, found } = base;
      // Where a pointer is in the slot, nothing may be touched by its address.
      return base === found && at >= 0 && at + size <= array.size && !(alignment.plain && !isAligned(array));
    }
    if (typeof base === 'object')
      return base.placed && at >= base.closed - base.plan.frameSize && at + size <= 0;
    if (base === 'current') return at >= 0 && at + size <= this.currentSize;
    return base === 'memory' && memory.isForGood(at, size);
  }

  /** What is known at the beginning of each block of a function, which begins with what `entry` says. */
  atBlocks(
    scope: Frame | undefined,
    { root, blocks }: Graph,
    entry: KnownRegisters,
  ): readonly KnownRegisters[] {
    const before: (KnownRegisters | undefined)[] = blocks.map(() => undefined);
    before[root.order] = entry;
    for (let changed = true; changed; ) {
      changed = false;
      for (const block of blocks) {
        // Reverse postorder: some way to it has been seen.
        const known = this.through(scope, block, before[block.order]!);
        for (const [i, { to }] of block.out.entries()) {
          const there = alongEdge(block, i, known);
          const old = before[to.order];
          const now = old === undefined ? there : meet(old, there);
          if (now === old) continue;
          before[to.order] = now;
          changed = true;
        }
      }
    }
    return before as KnownRegisters[];
  }
}

/** Whether an instruction asks if a register is 0 or not. */
export const testsFor0 = ({ op, imm }: PlacedOp): boolean =>
  op.form === 'jump_imm' && op.width === 64 && imm === 0 && (op.text === '==' || op.text === '!=');

/** What is known where a block's i-th edge leads: whether a slot has been found. */
function alongEdge(block: Block, i: number, known: KnownRegisters): KnownRegisters {
  const last = block.ops.at(-1)!;
  if (!testsFor0(last)) return known;
  const tested = known[last.dst];
  const isFound = i === (last.op.text === '==' ? 1 : 0);
  if (!isFound || !(tested?.base instanceof Lookup)) return known;
  const { base } = tested;
  return known.map((k) => (k?.base === base ? { base: base.found, plus: k.plus } : k));
}

/** What is known where ways meet. */
export function meet(a: KnownRegisters, b: KnownRegisters): KnownRegisters {
  return a.every((k, n) => k === undefined || isSame(k, b[n]))
    ? a
    : a.map((k, n) => (isSame(k, b[n]) ? k : undefined));
}

/** What is known at the beginning of a block, which may stand for one of the graph that was looked at. */
export const knownAt = (block: Block, known: readonly KnownRegisters[]): KnownRegisters =>
  known[(block.origin ?? block).order]!;

/** Whether slots begin at multiples of 8. */
const isAligned = ({ first, stride }: SlotArray): boolean => ((first | stride) & 7) === 0;

/** Bytes above a multiple of 8 of a place, where that is known. */
export function remainder({ base, plus }: Known, off: number): number | undefined {
  return base instanceof Lookup && !isAligned(base.array) ? undefined : (plus + off) & 7;
}

/** Bytes of the index that the second argument of such a leaf points at. */
export const INDEX_SIZE = 4;
