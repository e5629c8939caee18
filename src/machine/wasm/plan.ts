import { isCall } from '../../isa/forms.js';
import type { Machine } from '../machine.js';
import { buildGraph, type Graph, type PlacedOp, type Seen } from './graph.js';
import { ARGUMENTS, type CallReads, liveAtBlocks, type RegisterSet } from './live.js';

/**
 * A function to be compiled. A unit has one that the host enters, with registers and frame in memory (`root`, at any
 * slot of the function), and those that it calls, which are entered at their beginning with registers as parameters.
 */
export interface FunctionPlan {
  readonly root: boolean;
  readonly slot: number;
  readonly frameSize: number;
  readonly graph: Graph;
  /** Registers live at the beginning of each block. */
  live: Int32Array;
}

/** What a unit consists of, and what is known of its calls. */
export interface UnitPlan {
  readonly root: FunctionPlan;
  /** Called functions by the slot they are entered at. */
  readonly called: ReadonlyMap<number, FunctionPlan>;
  /** Leaves that are called out to. */
  readonly leaves: ReadonlySet<number>;
  readonly reads: CallReads;
  readonly size: number;
}

/** The function a local or seen indirect call enters. */
export function entryOf(machine: Machine, fn: number): { readonly slot: number; readonly frameSize: number } {
  const { entries } = machine.text;
  return { slot: entries[fn * 2]!, frameSize: entries[fn * 2 + 1]! };
}

/** Functions that the calls of a graph enter. */
export function calleesOf(graph: Graph, seen: Seen): number[] {
  return graph.blocks.flatMap((block) =>
    block.ops.flatMap((it) =>
      it.op.form === 'call_local' ? [it.imm] : it.op.form === 'callx' ? [...seen(it.slot)] : [],
    ),
  );
}

const hasIndirectCall = (graph: Graph): boolean =>
  graph.blocks.some((b) => b.ops.some((it) => it.op.form === 'callx'));

/** Collects what a set of functions calls, until nothing new turns up. */
function collect(
  machine: Machine,
  seen: Seen,
  first: readonly Graph[],
  called: Map<number, FunctionPlan>,
): void {
  const work = first.flatMap((graph) => calleesOf(graph, seen));
  for (let fn = work.pop(); fn !== undefined; fn = work.pop()) {
    const { slot, frameSize } = entryOf(machine, fn);
    if (called.has(slot)) continue;
    const graph = buildGraph(machine.text, slot, seen);
    called.set(slot, { root: false, slot, frameSize, graph, live: new Int32Array(graph.blocks.length) });
    work.push(...calleesOf(graph, seen));
  }
}

/** By the slot a function is entered at: those that call it by name. */
function callersOf(machine: Machine, plans: readonly FunctionPlan[]): Map<number, Set<FunctionPlan>> {
  const callers = new Map<number, Set<FunctionPlan>>();
  for (const plan of plans) {
    for (const fn of calleesOf(plan.graph, () => [])) {
      const { slot } = entryOf(machine, fn);
      callers.set(slot, (callers.get(slot) ?? new Set()).add(plan));
    }
  }
  return callers;
}

/**
 * Finds the live registers of functions that call each other: of all of `plans` at first, callees before callers where
 * that can be, then again of the callers of what has turned out to read more.
 */
function settle(
  machine: Machine,
  plans: readonly FunctionPlan[],
  called: ReadonlyMap<number, FunctionPlan>,
  indirect: () => RegisterSet,
): CallReads {
  const reads: CallReads = {
    local: (it: PlacedOp) => called.get(entryOf(machine, it.imm).slot)?.live[0] ?? 0,
    indirect,
    leaf: (it: PlacedOp) => leafReads(machine, it.imm),
  };
  const callers = callersOf(machine, plans);
  const work = new Set(plans.toReversed());
  for (const plan of work) {
    work.delete(plan);
    const before = plan.live[0];
    plan.live = liveAtBlocks(plan.graph, reads);
    // Nobody calls the root, since it may begin anywhere.
    if (plan.root || plan.live[0] === before) continue;
    for (const caller of callers.get(plan.slot) ?? []) work.add(caller);
  }
  return reads;
}

/** The registers a leaf reads: r1 to r5, unless compiled code knows better. */
function leafReads(machine: Machine, leaf: number): RegisterSet {
  const { inline } = machine.leaves[leaf]!;
  if (inline === undefined) return ARGUMENTS;
  return typeof inline === 'object' && inline.kind === 'cpu_word' && inline.to === 'argument' ? 1 << 1 : 0;
}

/** Whether an instruction calls a leaf of which compiled code does all that there is to do: it changes no shadow. */
export function isInlineLeaf({ leaves }: Machine, { op, imm }: PlacedOp): boolean {
  return op.form === 'call_helper' && leaves[imm]!.inline !== undefined;
}

/** The same, or one that finds slots of arrays, which compiled code does: it writes nothing and always comes back, or faults. */
export function isInPlaceLeaf(machine: Machine, it: PlacedOp): boolean {
  const isLookup = it.op.form === 'call_helper' && machine.leaves[it.imm]!.arrays !== undefined;
  return isLookup || isInlineLeaf(machine, it);
}

/** The functions of a unit that have to be there on their own: those called where their body cannot be inlined. */
export function calledFunctions(
  machine: Machine,
  plan: UnitPlan,
  seen: Seen,
  isInlined: (caller: FunctionPlan, slot: number) => boolean,
): readonly FunctionPlan[] {
  const found = new Set<FunctionPlan>();
  const work = [plan.root];
  for (let from = work.pop(); from !== undefined; from = work.pop()) {
    for (const fn of calleesOf(from.graph, seen)) {
      const { slot } = entryOf(machine, fn);
      const callee = plan.called.get(slot)!;
      if (found.has(callee) || isInlined(from, slot) || machine.tracker?.isTracked(slot) === true) continue;
      found.add(callee);
      work.push(callee);
    }
  }
  return [...found];
}

/**
 * The functions, by the slots they are entered at, that call no leaf but such as compiled code does itself, and no others
 * that do: what could be touched before a call of one can be touched after it.
 */
export function quietFunctions(machine: Machine, called: UnitPlan['called']): ReadonlySet<number> {
  const quiet = new Set(called.keys());
  const isQuiet = (it: PlacedOp): boolean =>
    !isCall(it.op.form) ||
    isInlineLeaf(machine, it) ||
    (it.op.form === 'call_local' && quiet.has(entryOf(machine, it.imm).slot));
  for (let before = -1; before !== quiet.size; ) {
    before = quiet.size;
    for (const [slot, { graph }] of called)
      if (!graph.blocks.every((block) => block.ops.every(isQuiet))) quiet.delete(slot);
  }
  return quiet;
}

/** Where the host enters a unit, and how large the frame is of the function that is in. */
export type Entry = Pick<FunctionPlan, 'slot' | 'frameSize'>;

/** Plans the unit of an entry. */
export function planUnit(
  machine: Machine,
  { slot, frameSize }: Entry,
  seen: Seen,
  indirect: () => RegisterSet,
): UnitPlan {
  const graph = buildGraph(machine.text, slot, seen);
  const root: FunctionPlan = {
    root: true,
    slot,
    frameSize,
    graph,
    live: new Int32Array(graph.blocks.length),
  };
  const called = new Map<number, FunctionPlan>();
  collect(machine, seen, [graph], called);
  const plans = [root, ...called.values()];
  const any = plans.some((plan) => hasIndirectCall(plan.graph));
  const reads = settle(machine, plans, called, any ? indirect : () => ARGUMENTS);
  const ops = plans.flatMap((plan) => plan.graph.blocks.flatMap((block) => block.ops));
  const leaves = new Set(ops.filter((it) => it.op.form === 'call_helper').map((it) => it.imm));
  for (const leaf of leaves) {
    const { inline, seesFrames } = machine.leaves[leaf]!;
    if (inline !== undefined || seesFrames === true) leaves.delete(leaf);
  }
  return { root, called, leaves, reads, size: ops.length };
}
