import type { SlotArray } from '../leaf.js';
import type { Machine } from '../machine.js';
import { KERNEL_HIGH, type Memory, toAddress } from '../memory.js';
import type { PlacedOp, Seen } from './graph.js';
import { baseOf } from './groups.js';
import { ARGUMENTS, writes } from './live.js';
import { entryOf, type FunctionPlan, type UnitPlan } from './plan.js';

/** Bytes that may be touched as long as the machine is there: the offset in memory of the first, and their number. */
export interface Window {
  readonly from: number;
  readonly size: number;
}

/** What a register is expected to hold: an address in a window, or the very address of something. */
interface Expected {
  readonly window: Window | undefined;
  readonly address: number | undefined;
}

/** The same of r0 to r9. */
type Registers = readonly (Expected | undefined)[];

/** What is expected in the frame of a function, by the place's distance from r10: of what is stored there first. */
type Spilled = Map<number, Expected>;

/** What is known of a thread when code is made for it, which need not be so when the code runs. */
export interface Expectations {
  /** What a register holds where the code is to begin, r0 to r9. */
  readonly registers: (n: number) => bigint;
  /** Slots of accesses that went elsewhere than was expected. */
  readonly missed: ReadonlySet<number>;
}

/** What is expected of either of two ways; the first counts, since a wrong guess costs time and nothing else. */
function either(a: Registers | undefined, b: Registers): Registers {
  return a === undefined ? b : a.some((k, n) => k === undefined && b[n]) ? a.map((k, n) => k ?? b[n]) : a;
}

/**
 * Where accesses are expected to go: a place that is computed from the address of a variable, of a value in an array, or
 * from what a thread has in a register when the code is made, is likely to be in the same variable or array. Where its bytes
 * may always be touched, compiled code only tests that it is in there.
 */
export class Windows {
  readonly #machine: Machine;
  readonly #plan: UnitPlan;
  readonly #seen: Seen;
  readonly #arraysOf: (leaf: number) => readonly SlotArray[] | undefined;
  readonly #entries = new Map<FunctionPlan, Registers>();
  readonly #returned = new Map<FunctionPlan, Expected>();
  readonly #callers = new Map<FunctionPlan, Set<FunctionPlan>>();
  /** By the first byte of a region or an array. */
  readonly #known = new Map<number, Window | undefined>();
  /** By the slot of an access. */
  readonly #windows = new Map<number, Window>();

  constructor(
    machine: Machine,
    plan: UnitPlan,
    seen: Seen,
    arraysOf: (leaf: number) => readonly SlotArray[] | undefined,
    { registers, missed }: Expectations,
  ) {
    this.#machine = machine;
    this.#plan = plan;
    this.#seen = seen;
    this.#arraysOf = arraysOf;
    this.#entries.set(
      plan.root,
      Array.from({ length: 10 }, (_, n) => this.#at(registers(n))),
    );
    // Whoever is expected to get more than was known when it was looked at is looked at again.
    const work = new Set([plan.root]);
    for (const each of work) {
      work.delete(each);
      for (const other of this.#follow(each)) work.add(other);
    }
    for (const slot of missed) this.#windows.delete(slot);
  }

  /** Where the access in a slot is expected to go. */
  at(slot: number): Window | undefined {
    return this.#windows.get(slot);
  }

  #windowOf(from: number, size: number, lasts: (memory: Memory) => boolean): Window | undefined {
    if (!this.#known.has(from))
      this.#known.set(from, lasts(this.#machine.memory) ? { from, size } : undefined);
    return this.#known.get(from);
  }

  /** What is expected of an address: that what is added to it stays where it is. */
  #at(address: bigint): Expected | undefined {
    if (BigInt.asIntN(32, address >> 32n) !== BigInt(KERNEL_HIGH)) return undefined;
    const at = Number(address & 0xffff_ffffn);
    const region = this.#machine.memory.regionAt(at);
    if (region === undefined) return undefined;
    const size = region.end - region.start;
    return {
      window: this.#windowOf(region.start, size, (m) => m.isForGood(region.start, size)),
      address: at,
    };
  }

  /** Where the values are of an array that a leaf is called for. */
  #valuesOf(leaf: number, at: number | undefined): Expected | undefined {
    const array =
      at === undefined ? undefined : this.#arraysOf(leaf)?.find((a) => a.address === toAddress(at));
    // Between values there may be bytes of which nobody says how long they may be touched.
    if (array?.holds !== 'values' || (array.length > 1 && array.stride > array.size)) return undefined;
    const size = array.length * array.size;
    return { window: this.#windowOf(array.first, size, () => true), address: undefined };
  }

  /** Functions of the unit that a call enters. */
  #callees({ op, slot, imm }: PlacedOp): readonly FunctionPlan[] {
    if (op.form !== 'call_local' && op.form !== 'callx') return [];
    const functions = op.form === 'callx' ? this.#seen(slot) : [imm];
    return functions.flatMap((fn) => this.#plan.called.get(entryOf(this.#machine, fn).slot) ?? []);
  }

  #result(it: PlacedOp, known: Registers, spilled: Spilled): Expected | undefined {
    const { op, dst, src, imm } = it;
    switch (op.form) {
      case 'wide':
        return this.#at((BigInt(it.hi) << 32n) | BigInt(imm >>> 0));
      case 'mov_reg':
        return op.width === 64 ? known[src] : undefined;
      case 'alu_imm':
      case 'alu_reg': {
        if (op.width !== 64 || (op.text !== '+=' && op.text !== '-=')) return undefined;
        const window =
          known[dst]?.window ?? (op.form === 'alu_reg' && op.text === '+=' ? known[src]?.window : undefined);
        return window && { window, address: undefined };
      }
      case 'call_helper':
        return this.#valuesOf(imm, known[1]?.address);
      case 'call_local':
      case 'callx':
        return this.#callees(it)
          .map((callee) => this.#returned.get(callee))
          .find((e) => e !== undefined);
      case 'load':
        return src === 10 && op.size === 8 ? spilled.get(it.off) : undefined;
      default:
        return undefined;
    }
  }

  #carryOut(it: PlacedOp, known: (Expected | undefined)[], spilled: Spilled): void {
    const n = it.op.form.startsWith('call') ? 0 : it.dst;
    const result = this.#result(it, known, spilled);
    const changed = writes(it);
    for (let each = 0; each < 10; each += 1)
      if ((changed & (1 << each)) !== 0) known[each] = each === n ? result : undefined;
  }

  /** Functions that an instruction may enter, of which more is expected now than before. */
  #enter(caller: FunctionPlan, it: PlacedOp, known: Registers): readonly FunctionPlan[] {
    const given = known.map((k, n) => ((ARGUMENTS & (1 << n)) === 0 ? undefined : k));
    return this.#callees(it).filter((callee) => {
      this.#callers.set(callee, (this.#callers.get(callee) ?? new Set()).add(caller));
      const before = this.#entries.get(callee);
      const now = either(before, given);
      this.#entries.set(callee, now);
      return now !== before;
    });
  }

  /** Those that call a function, if they are given something that is expected for the first time. */
  #leave(plan: FunctionPlan, given: Expected | undefined): Iterable<FunctionPlan> {
    if (given === undefined || this.#returned.has(plan)) return [];
    this.#returned.set(plan, given);
    return this.#callers.get(plan) ?? [];
  }

  /** Finds out what is expected in a function, and gives those others of which that is more than before. */
  #follow(plan: FunctionPlan): ReadonlySet<FunctionPlan> {
    const { root, blocks } = plan.graph;
    const before: (Registers | undefined)[] = blocks.map(() => undefined);
    before[root.order] = this.#entries.get(plan)!;
    const spilled: Spilled = new Map();
    const others = new Set<FunctionPlan>();
    for (let changed = true; changed; ) {
      changed = false;
      for (const block of blocks) {
        const known = [...before[block.order]!];
        for (const it of block.ops) {
          const base = baseOf(it);
          const window = base === undefined ? undefined : known[base]?.window;
          if (window !== undefined && !this.#windows.has(it.slot)) this.#windows.set(it.slot, window);
          if (it.op.form === 'store_reg' && it.dst === 10 && known[it.src] && !spilled.has(it.off)) {
            spilled.set(it.off, known[it.src]!);
            changed = true;
          }
          for (const callee of this.#enter(plan, it, known)) others.add(callee);
          if (it.op.form === 'exit') for (const caller of this.#leave(plan, known[0])) others.add(caller);
          this.#carryOut(it, known, spilled);
        }
        for (const { to } of block.out) {
          const old = before[to.order];
          const now = either(old, known);
          changed ||= now !== old;
          before[to.order] = now;
        }
      }
    }
    return others;
  }
}
