import type { Leaf } from '../leaf.js';
import { calleesOf, entryOf, type FunctionPlan } from './plan.js';
import type { UnitContext } from './unit-context.js';

const isAsked = ({ inline }: Leaf): boolean =>
  inline === 'current' || (typeof inline === 'object' && inline.kind === 'fields');

/** Whether a function asks for the current task, or a body in it does. */
export const asksForCurrent = (unit: UnitContext, plan: FunctionPlan): boolean => asksIn(unit, plan, plan);

/** The same of what is in place in `caller`, or in another body. */
function asksIn(unit: UnitContext, { graph }: FunctionPlan, caller: FunctionPlan | undefined): boolean {
  const { machine, seen, inlinable } = unit;
  const asks = graph.blocks.some(({ ops }) =>
    ops.some(({ op, imm }) => op.form === 'call_helper' && isAsked(machine.leaves[imm]!)),
  );
  return (
    asks ||
    calleesOf(graph, seen).some((fn) => {
      const body = inlinable(caller, entryOf(machine, fn).slot);
      return body !== undefined && asksIn(unit, body.plan, undefined);
    })
  );
}
