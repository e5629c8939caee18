import type { Label } from './code.js';
import type { FunctionContext } from './context.js';
import { findDominators } from './dominators.js';
import type { Block, Edge, Graph } from './graph.js';
import { Flowing } from './knowledge.js';
import { liveAt } from './live.js';
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

/** The graph to nest, with short loops unrolled; undefined where it would be too deep. */
function nestable(cx: FunctionContext): Graph | undefined {
  const { graph } = cx.plan;
  const unrolled = cx.unit.options.fuel ? unroll(graph, (it) => cx.isTestedAlone(it)) : undefined;
  return [unrolled, graph].find((g) => g !== undefined && g.blocks.length <= MOST_NESTED);
}

/**
 * Writes a function as nested loops and blocks (after Ramsey, "Beyond Relooper", 2022): a block lies where its nearest
 * dominator is, those that several edges lead to after a `block` to branch out of, loops in a `loop`. False, and
 * nothing written, where that is impossible.
 */
export function writeStructured(cx: FunctionContext, write: WriteBlock): boolean {
  const graph = nestable(cx);
  if (graph === undefined) return false;
  const { parent, children, forward, heads, reducible } = findDominators(graph);
  if (!reducible) return false;
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
  return true;
}

/**
 * Writes a function as a loop around a jump table: every block can be gone to from every other. It expresses any graph,
 * and is slower than nesting: 2.0 against 1.3 times as long as C on the computing programs of bench/wasm.bench.ts.
 */
export function writeDispatched(cx: FunctionContext, write: WriteBlock, next: number): void {
  const { code, plan } = cx;
  const { blocks } = plan.graph;
  cx.flush();
  const loop = code.loop();
  const labels = blocks.map(() => code.block()).toReversed();
  code.get(next);
  code.brTable(labels);
  const flow: Flow = {
    merges: () => true,
    arriving: () => 0,
    go: (to) => {
      code.i32(to.order);
      code.set(next);
      code.br(loop);
    },
  };
  for (const block of blocks) {
    code.end();
    write(block, flow);
  }
  code.end();
}

/** Goes along an edge; where it leads back the budget is checked, and the thread left if it is used up. */
export function follow(cx: FunctionContext, edge: Edge, flow: Flow): void {
  const { code } = cx;
  if (edge.check) {
    cx.flush();
    if (cx.unit.options.fuel) {
      code.get(cx.fuel);
      code.i32(0);
      code.op('i32.le_s');
      code.if();
      cx.leaveAt({ kind: 'budget', slot: edge.to.slot, inlined: cx.inlined }, liveAt(edge.to, cx.plan.live));
      code.end();
    }
  }
  if (flow.merges(edge.to)) cx.flushTo(flow.arriving(edge.to, cx.pending));
  flow.go(edge.to);
}
