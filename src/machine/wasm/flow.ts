import { isCall } from '../../isa/forms.js';
import type { Label } from './code.js';
import type { FunctionContext } from './context.js';
import { findDominators, type Nestable } from './dominators.js';
import type { Block, Edge, PlacedOp } from './graph.js';
import { Flowing } from './knowledge.js';
import { liveAt, type RegisterSet } from './live.js';
import { isInPlaceLeaf } from './plan.js';
import { unroll } from './unroll.js';

/** How control goes from one block to another. */
export interface Flow {
  /** True if control gets there from several places, which must have taken the same off the budget. */
  merges(to: Block): boolean;
  /**
   * Instructions carried out and not yet taken off the budget where control gets to a block that merges: as many as on
   * the first way there that is written, `pending` of them. None at a block that was written before, such as a loop's.
   */
  arriving(to: Block, pending: number): number;
  /** Writes the jump, or what is jumped to itself. */
  go(to: Block): void;
}

/** Writes the instructions of a block and all that follows from it through `flow`. */
export type WriteBlock = (block: Block, flow: Flow) => void;

/** Functions of more blocks than this are not nested: the nesting would be too deep. */
const MOST_NESTED = 1000;

/** The graph to nest, with short loops unrolled, and its dominators; undefined where it would be too deep, or cannot be. */
export function nestable(cx: FunctionContext): Nestable | undefined {
  const { graph: plain } = cx.plan;
  const { unit } = cx;
  const kinds = {
    isAlone: (it: PlacedOp) => cx.isTestedAlone(it),
    isShort: (it: PlacedOp) => !isCall(it.op.form) || isInPlaceLeaf(unit.machine, it),
  };
  const unrolled = unit.options.fuel ? unroll(plain, kinds) : undefined;
  const graph = [unrolled, plain].find((g) => g !== undefined && g.blocks.length <= MOST_NESTED);
  if (graph === undefined) return undefined;
  const dominators = findDominators(graph);
  return dominators.reducible ? { graph, dominators } : undefined;
}

/**
 * Writes a function as nested loops and blocks (after Ramsey, "Beyond Relooper", 2022): a block lies where its nearest
 * dominator is, those that several edges lead to after a `block` to branch out of, loops in a `loop`.
 */
export function writeStructured(
  cx: FunctionContext,
  { graph, dominators }: Nestable,
  write: WriteBlock,
): void {
  const { parent, children, forward, heads } = dominators;
  cx.flowAlong(new Flowing(graph, parent, cx.unit.isLoud));
  const { code } = cx;
  const labels = new Map<Block, Label>();
  const isMerge = (block: Block): boolean => forward[block.order]! > 1;
  const arriving = new Map<Block, number>();
  const flow: Flow = {
    merges: (to) => isMerge(to) || heads[to.order] === 1,
    arriving: (to, pending) => {
      if (heads[to.order] === 1) return 0;
      const known = arriving.get(to);
      if (known === undefined) arriving.set(to, pending);
      return known ?? pending;
    },
    go: (to) => {
      const label = labels.get(to);
      if (label === undefined) tree(to);
      else code.br(label);
    },
  };
  const tree = (block: Block): void => {
    const isHead = heads[block.order] === 1;
    const outer = labels.get(block);
    if (isHead) labels.set(block, code.loop());
    const merges = children[block.order]!.filter(isMerge);
    for (const merge of merges.toReversed()) labels.set(merge, code.block());
    write(block, flow);
    for (const merge of merges) {
      code.end();
      labels.delete(merge);
      tree(merge);
    }
    if (isHead) {
      code.end();
      if (outer === undefined) labels.delete(block);
      else labels.set(block, outer);
    }
  };
  if (flow.merges(graph.root)) cx.flush();
  tree(graph.root);
}

/** Leaves where the budget is used up, or where less is left than is needed up to the next check. */
export function leaveUnlessCovered(cx: FunctionContext, slot: number, need: number, live: RegisterSet): void {
  const { code, inlined } = cx;
  if (need > 0) {
    code.get(cx.fuel);
    code.i32(0);
    code.op('i32.gt_s');
    code.if();
    cx.leaveAt({ kind: 'interpret', slot, uncounted: 0, inlined }, live);
    code.end();
  }
  cx.leaveAt({ kind: 'budget', slot, inlined }, live);
}

/** Goes along an edge; where it leads back the budget is checked, and the thread left if it is used up. */
export function follow(cx: FunctionContext, edge: Edge, flow: Flow): void {
  const { code } = cx;
  if (edge.check) {
    cx.flush();
    if (cx.unit.options.fuel) {
      const need = cx.coverage?.need(edge.to) ?? 0;
      code.get(cx.fuel);
      code.i32(need);
      code.op('i32.le_s');
      code.if();
      leaveUnlessCovered(cx, edge.to.slot, need, liveAt(edge.to, cx.plan.live));
      code.end();
    }
  }
  if (flow.merges(edge.to)) cx.flushTo(flow.arriving(edge.to, cx.pending));
  flow.go(edge.to);
}
