import { FORMS } from '../../isa/forms.js';
import type { Machine } from '../machine.js';
import type { PlacedOp, Seen } from './graph.js';
import { entryOf, type FunctionPlan, type UnitPlan } from './plan.js';
import { type Finder, type InPlace, NOTHING_KNOWN } from './pointers.js';
import { type Frame, type KnownRegisters, usesFrame } from './scope.js';

/** What of a unit has to be known to tell where it writes. */
export interface Writers {
  readonly machine: Machine;
  readonly plan: UnitPlan;
  readonly finder: Finder;
  readonly seen: Seen;
  readonly inPlace: InPlace;
  /** Bytes of a function's frame that are closed. */
  closedOf(plan: FunctionPlan): number;
}

/** Tells whether functions of a unit may write to memory other than frames and slots of arrays, directly or in a leaf. */
class Written {
  readonly #unit: Writers;
  /** Functions that have been looked at with nothing known of their arguments. */
  readonly #alone = new Set<FunctionPlan>();

  constructor(unit: Writers) {
    this.#unit = unit;
  }

  /** As a function that is entered with nothing known; one that has been looked at, or is being, adds nothing. */
  alone(plan: FunctionPlan): boolean {
    if (this.#alone.has(plan)) return false;
    this.#alone.add(plan);
    const frame = { plan, placed: plan.root || usesFrame(plan), closed: this.#unit.closedOf(plan) };
    return this.#writes(frame, plan, NOTHING_KNOWN);
  }

  /** As a function that is in a frame, or whose frame is not known, entered with what `entry` says. */
  #writes(frame: Frame | undefined, plan: FunctionPlan, entry: KnownRegisters): boolean {
    const { finder } = this.#unit;
    const before = finder.atBlocks(frame, plan.graph, entry);
    return plan.graph.blocks.some(({ order, ops }) => {
      let known = before[order]!;
      return ops.some((it) => {
        if (this.#does(frame, plan, it, known)) return true;
        known = finder.after(frame, it, known);
        return false;
      });
    });
  }

  /** Whether an instruction does. */
  #does(frame: Frame | undefined, plan: FunctionPlan, it: PlacedOp, known: KnownRegisters): boolean {
    const { machine, finder } = this.#unit;
    const { op, imm, dst, off } = it;
    const { touches } = FORMS[op.form];
    switch (touches) {
      case 'leaf': {
        const { inline, arrays } = machine.leaves[imm]!;
        return inline === undefined && arrays === undefined;
      }
      case 'store':
      case 'update': {
        if (dst === 10) return off < -plan.frameSize || off + op.size > 0;
        const to = known[dst];
        return typeof to?.base !== 'object' || !finder.isSure(to, off, op.size);
      }
      case 'percpu_update':
        return true;
      case 'nothing':
      case 'load':
      case 'return':
        return this.#calls(frame, it, known);
      default:
        return touches satisfies never;
    }
  }

  #calls(frame: Frame | undefined, it: PlacedOp, known: KnownRegisters): boolean {
    const { machine, plan, seen, inPlace } = this.#unit;
    const { form } = it.op;
    if (form !== 'call_local' && form !== 'callx') return false;
    const body = inPlace(frame, it, known);
    if (body !== undefined) return this.#writes(undefined, body, known);
    const callees = form === 'callx' ? seen(it.slot) : [it.imm];
    return callees.some((fn) => this.alone(plan.called.get(entryOf(machine, fn).slot)!));
  }
}

/** Whether something in a unit may write to memory that is neither a frame's nor in the slot of an array. */
export function writesAnywhere(unit: Writers): boolean {
  return new Written(unit).alone(unit.plan.root);
}
