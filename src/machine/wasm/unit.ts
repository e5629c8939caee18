import { isCall } from '../../isa/forms.js';
import type { SlotArray } from '../leaf.js';
import type { Machine } from '../machine.js';
import type { ExitSite } from './exit-site.js';
import { writeFunction } from './function.js';
import type { PlacedOp, Seen } from './graph.js';
import { importLeaves } from './imports.js';
import { type Body, Inliner } from './inline.js';
import type { RegisterSet } from './live.js';
import { ModuleBuilder } from './module.js';
import {
  calledFunctions,
  calleesOf,
  type Entry,
  entryOf,
  type FunctionPlan,
  isInlineLeaf,
  planUnit,
  quietFunctions,
  type UnitPlan,
} from './plan.js';
import { calleeKnown, Finder, type InPlace } from './pointers.js';
import type { Settled } from './settled.js';
import { type ClosedPart, closedPart } from './slots.js';
import { type CompileOptions, DEFAULT_COMPILE, signatureOf, type UnitContext } from './unit-context.js';
import { type Expectations, Windows } from './windows.js';
import { writesAnywhere } from './written.js';

export interface Compiled {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly sites: readonly ExitSite[];
  /** What has to be in memory when the unit is entered. */
  readonly settled: readonly Settled[];
  /** Leaves that the module imports, each as `leaf` and its number, and what they work on as `parts` and that. */
  readonly leaves: ReadonlySet<number>;
  /** Number of BPF instructions. */
  readonly size: number;
}

/** Compiles what the host enters there, with everything that calls from there reach, to a WebAssembly module. */
export function compileUnit(
  machine: Machine,
  entry: Entry,
  seen: Seen,
  indirect: () => RegisterSet,
  options: CompileOptions = DEFAULT_COMPILE,
): Compiled {
  return compilePlan(machine, planUnit(machine, entry, seen, indirect), seen, options);
}

/** Compiles a unit that has been planned. */
export function compilePlan(
  machine: Machine,
  plan: UnitPlan,
  seen: Seen,
  options: CompileOptions,
  expected?: Expectations,
): Compiled {
  const { wasm, isShared } = machine.memory;
  const builder = new ModuleBuilder(wasm.buffer.byteLength / 65536, isShared);
  const leaves = importLeaves(machine, builder, plan.leaves);
  const indices = new Map<number, number>();
  const rootIndex = builder.declare();
  const inliner = new Inliner(machine, plan, seen);
  const inlinable = (caller: FunctionPlan | undefined, at: number): Body | undefined => {
    if (!options.inline) return undefined;
    if (caller !== undefined && inliner.isCrowded(caller, () => calleesOf(caller.graph, seen)))
      return undefined;
    return inliner.within(caller, at);
  };
  const inPlace: InPlace = (scope, it, known) => {
    const fn = it.op.form === 'callx' ? calleeKnown(machine.text, seen(it.slot), known[it.dst]) : it.imm;
    if (fn === undefined) return undefined;
    return inlinable(scope?.inlined === undefined ? scope?.plan : undefined, entryOf(machine, fn).slot)?.plan;
  };
  const calls = calledFunctions(machine, plan, seen, (caller, at) => inlinable(caller, at) !== undefined);
  for (const { slot: entry } of calls) indices.set(entry, builder.declare());
  const quiet = quietFunctions(machine, plan.called);
  const isLoud = (it: PlacedOp): boolean =>
    isCall(it.op.form) &&
    !isInlineLeaf(machine, it) &&
    !(it.op.form === 'call_local' && quiet.has(entryOf(machine, it.imm).slot));
  const closed = new Map<FunctionPlan, ClosedPart>();
  for (const each of options.slots ? [plan.root, ...plan.called.values()] : []) {
    const part = closedPart(machine, each, isLoud);
    if (part !== undefined) closed.set(each, part);
  }
  const finder = new Finder(machine, inPlace);
  // Where plain accesses must be aligned, each has a second test of its own.
  const expects = options.windows && options.shadow && !machine.alignment.plain;
  const arraysOf = (leaf: number): readonly SlotArray[] | undefined => finder.arraysOf(leaf);
  const windows =
    expects && expected !== undefined ? new Windows(machine, plan, seen, arraysOf, expected) : undefined;
  const closedOf = (each: FunctionPlan): number => closed.get(each)?.size ?? 0;
  let writes: boolean | undefined;
  const unit: UnitContext = {
    machine,
    options,
    plan,
    seen,
    sites: [],
    settled: [],
    finder,
    writesAnywhere: () => (writes ??= writesAnywhere({ machine, plan, finder, seen, inPlace, closedOf })),
    windows,
    leafAt: (leaf) => leaves.get(leaf)!,
    thread: builder.global(),
    stackLow: builder.global(),
    functionAt: (at) => indices.get(at)!,
    inlinable,
    closedOf: (each) => closed.get(each),
    retries: closed.size > 0,
    isLoud,
    calleeAt: (at) => plan.called.get(at)!,
  };
  builder.define(rootIndex, signatureOf(plan.root), writeFunction(unit, plan.root), 'run');
  for (const called of calls) {
    builder.define(indices.get(called.slot)!, signatureOf(called), writeFunction(unit, called));
  }
  const { sites, settled } = unit;
  return { bytes: builder.finish(), sites, settled, leaves: plan.leaves, size: plan.size };
}
