import { BLOCKED, type Leaf, LeafCall, TAIL_CALL, type TimedCall, YIELD } from '../leaf.js';
import type { Machine } from '../machine.js';
import { BLOCK } from '../thread.js';
import { Trap } from '../trap.js';
import { EXTERN, I32 } from './code.js';
import type { FunctionContext } from './context.js';
import type { PlacedOp } from './graph.js';
import { ARGUMENTS, type RegisterSet, SAVED } from './live.js';
import type { ModuleBuilder, Signature } from './module.js';
import type { UnitPlan } from './plan.js';
import type { ImportedLeaf } from './unit-context.js';

/** Imports leaves: those that are called directly with what they are given, others with the budget that is left. */
export function importLeaves(
  machine: Machine,
  builder: ModuleBuilder,
  leaves: UnitPlan['leaves'],
): ReadonlyMap<number, ImportedLeaf> {
  const isDirect = (leaf: number): boolean => machine.leaves[leaf]!.direct !== undefined;
  const any = [...leaves].some(isDirect)
    ? {
        call: builder.importThing('call'),
        isTrap: builder.importFunction('isTrap', { params: [], results: [I32] }),
      }
    : undefined;
  return new Map(
    [...leaves].map((leaf) => {
      const name = `leaf${leaf}`;
      if (any === undefined || !isDirect(leaf))
        return [leaf, { fn: builder.importFunction(name, { params: [I32], results: [I32] }) }];
      const returns = machine.leaves[leaf]!.direct === 'returns';
      const signature: Signature = { params: [EXTERN, EXTERN], results: returns ? [I32] : [] };
      const direct = { ...any, parts: builder.importThing(`parts${leaf}`), returns };
      return [leaf, { fn: builder.importFunction(name, signature), direct }];
    }),
  );
}

/** What a leaf that did not simply return wants of the host. */
type Interruption =
  | { readonly kind: 'blocked' | 'recompile' | 'tail_call' | 'yield' }
  | { readonly kind: 'trap'; readonly trap: Trap };

/** What modules import: the memory, a function for every leaf that compiled code has called, and what leaves are given. */
export class Imports {
  readonly call: TimedCall;
  readonly #machine: Machine;
  readonly #values: Record<string, WebAssembly.ImportValue>;
  /** The count of instructions at which the slice ends that is run, and the version of the code that runs. */
  end = 0;
  version = -1;
  interruption: Interruption = { kind: 'blocked' };

  constructor(machine: Machine) {
    this.#machine = machine;
    this.call = new LeafCall(machine);
    this.#values = {
      memory: machine.memory.wasm,
      call: this.call,
      isTrap: () => this.#isTrap(),
    };
  }

  /** The imports of a module that calls some leaves. */
  of(leaves: ReadonlySet<number>): Record<string, WebAssembly.ImportValue> {
    for (const index of leaves) {
      const leaf = this.#machine.leaves[index]!;
      this.#values[`leaf${index}`] ??= leaf.direct === undefined ? this.#stopping(leaf) : leaf.run;
      this.#values[`parts${index}`] = leaf.parts;
    }
    return this.#values;
  }

  #interrupt(interruption: Interruption): number {
    this.interruption = interruption;
    return 1;
  }

  /** Whether what compiled code has caught is a trap, which is kept. */
  #isTrap(): number {
    const trap = Trap.latest;
    Trap.latest = undefined;
    return trap === undefined ? 0 : this.#interrupt({ kind: 'trap', trap });
  }

  /**
   * What compiled code calls for a leaf that is not called directly: with the budget that is left, r0 being 0. Not 0 if
   * the code has to be left.
   */
  #stopping(leaf: Leaf): (left: number) => number {
    const machine = this.#machine;
    return (left) => {
      machine.executed = this.end - left;
      try {
        const outcome = leaf.run(this.call, leaf.parts);
        if (typeof outcome === 'number') this.call.giveNumber(outcome);
        if (outcome === BLOCKED) return this.#interrupt({ kind: 'blocked' });
        if (outcome === TAIL_CALL) return this.#interrupt({ kind: 'tail_call' });
        if (outcome === YIELD) return this.#interrupt({ kind: 'yield' });
      } catch (e) {
        if (!(e instanceof Trap)) throw e;
        return this.#interrupt({ kind: 'trap', trap: e });
      }
      return machine.text.version === this.version ? 0 : this.#interrupt({ kind: 'recompile' });
    };
  }
}

/** Calls a leaf of which compiled code does nothing itself. `after` are the registers that are needed then. */
export function callLeaf(cx: FunctionContext, it: PlacedOp, after: RegisterSet): void {
  const { code, unit } = cx;
  const { fn, direct } = unit.leafAt(it.imm);
  const leave = (): void => cx.leaveAt({ kind: 'leaf', slot: it.slot, inlined: cx.inlined }, after & SAVED);
  cx.flush();
  cx.spill(ARGUMENTS);
  if (direct?.returns !== true) {
    cx.thread();
    code.i64(0);
    code.access('i64.store', BLOCK.r0, 3);
  }
  if (direct === undefined) {
    code.get(cx.fuel);
    code.call(fn);
    code.if();
    leave();
  } else {
    const caught = code.try();
    code.getGlobal(direct.call);
    code.getGlobal(direct.parts);
    code.call(fn);
    if (direct.returns) code.set(cx.at);
    code.catchAll();
    code.call(direct.isTrap);
    code.if();
    leave();
    code.end();
    code.rethrow(caught);
  }
  code.end();
  if ((after & 1) === 0) return;
  cx.assign(0, () => {
    if (direct?.returns === true) {
      code.get(cx.at);
      code.op('i64.extend_i32_s');
      return;
    }
    cx.thread();
    code.access('i64.load', BLOCK.r0, 3);
  });
}
