import { FORMS, type Form } from '../../isa/forms.js';
import type { Machine } from '../machine.js';
import { FRAME } from '../stack.js';
import { findDominators } from './dominators.js';
import type { PlacedOp, Seen } from './graph.js';
import { type RegisterSet, SAVED, writes } from './live.js';
import { calleesOf, entryOf, type FunctionPlan, type UnitPlan } from './plan.js';

/** A function whose body can be inlined. */
export interface Body {
  readonly plan: FunctionPlan;
  /** Most instructions from its first to its return, those of bodies in it included; undefined where there is a loop. */
  readonly longest: number | undefined;
  /** Bytes of stack that it takes below its caller's frame. */
  readonly stack: number;
  /** Instructions of it and of all bodies in it. */
  readonly size: number;
  /** Registers out of r6 to r9 that it leaves changed if nobody saves them. */
  readonly changes: RegisterSet;
  /** Whether it calls itself, which it does by calls: only the function that it is of has it in place of those. */
  readonly isRecursive: boolean;
}

/**
 * Bodies larger than this are called; those with a loop, which is perhaps written several times, earlier. Larger ones are
 * inlined where few places call them, so that they come to so many instructions altogether.
 */
const LARGEST = 120;
const LARGEST_LOOP = 60;
const LARGEST_RECURSIVE = 60;
const LARGEST_COPIES = 1000;

/** Where the bodies in place of a function's calls would come to more than this, all are called. */
const MOST_IN_ONE = 4000;

/** What has something of its own in a frame's record, or goes where nobody knows; and what always faults. */
const isCalledOnly = (form: Form): boolean =>
  form === 'may_goto' || ['indirect', 'fault'].includes(FORMS[form].flow);

/** Tells which functions of a unit can be inlined: those that call no others, but leaves, and perhaps themselves. */
export class Inliner {
  readonly #machine: Machine;
  readonly #called: ReadonlyMap<number, FunctionPlan>;
  /** Undefined while a function is looked at, so that two that call each other are not inlined. */
  readonly #bodies = new Map<number, Body | undefined>();

  readonly #crowded = new Map<FunctionPlan, boolean>();

  readonly #seen: Seen;

  /** How many places call a function, by the slot it is entered at. */
  readonly #places = new Map<number, number>();

  constructor(machine: Machine, { root, called }: UnitPlan, seen: Seen) {
    this.#machine = machine;
    this.#called = called;
    this.#seen = seen;
    for (const { graph } of [root, ...called.values()]) {
      for (const fn of calleesOf(graph, seen)) {
        const { slot } = entryOf(machine, fn);
        this.#places.set(slot, (this.#places.get(slot) ?? 0) + 1);
      }
    }
  }

  /** The same, if it can be inlined in a function, or where there is none in another body. */
  within(caller: FunctionPlan | undefined, slot: number): Body | undefined {
    const body = this.at(slot);
    return body?.isRecursive === true && caller !== body.plan ? undefined : body;
  }

  /** The body of the function entered at a slot, if it can be inlined. */
  at(slot: number): Body | undefined {
    if (!this.#bodies.has(slot)) {
      this.#bodies.set(slot, undefined);
      const plan = this.#called.get(slot);
      this.#bodies.set(slot, plan && this.#examine(plan));
    }
    return this.#bodies.get(slot);
  }

  /** True if a function has more calls of inlinable functions than is worthwhile. */
  isCrowded(plan: FunctionPlan, callees: () => readonly number[]): boolean {
    let crowded = this.#crowded.get(plan);
    if (crowded === undefined) {
      let size = 0;
      for (const fn of callees()) size += this.at(entryOf(this.#machine, fn).slot)?.size ?? 0;
      crowded = size > MOST_IN_ONE;
      this.#crowded.set(plan, crowded);
    }
    return crowded;
  }

  /** The bodies that an instruction of a body enters, but for calls of itself; undefined where that is not all it may do. */
  #inner(it: PlacedOp): readonly Body[] | undefined {
    switch (it.op.form) {
      case 'call_helper':
        return this.#machine.leaves[it.imm]?.seesFrames === true ? undefined : [];
      case 'call_local':
      case 'callx': {
        const callees = it.op.form === 'callx' ? this.#seen(it.slot) : [it.imm];
        const bodies = callees.map((fn) => this.within(undefined, entryOf(this.#machine, fn).slot));
        return callees.length === 0 || bodies.includes(undefined) ? undefined : (bodies as Body[]);
      }
      default:
        return [];
    }
  }

  #callsItself({ slot }: FunctionPlan, { op, imm }: PlacedOp): boolean {
    return op.form === 'call_local' && entryOf(this.#machine, imm).slot === slot;
  }

  #examine(plan: FunctionPlan): Body | undefined {
    if (this.#machine.tracker?.isTracked(plan.slot) === true) return undefined;
    const { blocks } = plan.graph;
    let size = 0;
    let hasLoop = false;
    let isRecursive = false;
    let deepest = 0;
    let changes: RegisterSet = 0;
    const longest = new Int32Array(blocks.length);
    const most = Math.max(LARGEST, LARGEST_COPIES / this.#places.get(plan.slot)!);
    for (const block of blocks.toReversed()) {
      let length = 0;
      for (const it of block.ops) {
        if (isCalledOnly(it.op.form) || this.#machine.text.isGuarded(it.slot)) return undefined;
        length += 1;
        size += 1;
        changes |= writes(it) & SAVED;
        const callsItself = this.#callsItself(plan, it);
        isRecursive ||= callsItself;
        const inner = callsItself ? [] : this.#inner(it);
        if (inner === undefined) return undefined;
        length += Math.max(0, ...inner.map((body) => body.longest ?? 0));
        for (const body of inner) {
          hasLoop ||= body.longest === undefined;
          size += body.size;
          changes |= body.changes;
          deepest = Math.max(deepest, body.stack);
        }
      }
      for (const { to } of block.out) {
        longest[block.order] = Math.max(longest[block.order]!, longest[to.order]!);
      }
      longest[block.order]! += length;
      hasLoop ||= block.out.some((edge) => edge.check || edge.to.order <= block.order);
      if (size > most || (hasLoop && size > LARGEST_LOOP) || (isRecursive && size > LARGEST_RECURSIVE))
        return undefined;
    }
    // What cannot be nested is written around a jump table, which has to be entered at its beginning every time.
    if (hasLoop && !findDominators(plan.graph).reducible) return undefined;
    const stack = FRAME.record + plan.frameSize + deepest;
    return {
      ...{ plan, stack, size, changes, isRecursive },
      longest: hasLoop || isRecursive ? undefined : longest[0]!,
    };
  }
}
