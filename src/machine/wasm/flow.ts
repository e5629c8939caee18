import { isCall } from '../../isa/forms.js';
import type { Label } from './code.js';
import type { FunctionContext } from './context.js';
import { findDominators } from './dominators.js';
import type { Block, Edge } from './graph.js';

/** How control goes from one block to another. */
export interface Flow {
  /** True if the budget must be up to date when control goes there. */
  merges(to: Block): boolean;
  /** Rounds of a loop to write one after the other, in front of the loop's own; 0 for none. */
  rounds(block: Block): number;
  /** Writes the jump, or what is jumped to itself. */
  go(to: Block): void;
}

/** Writes the instructions of a block and all that follows from it through `flow`. */
export type WriteBlock = (block: Block, flow: Flow) => void;

/** Functions of more blocks than this are not nested: the nesting would be too deep. */
const MOST_NESTED = 1000;

/** Instructions that the rounds of a short loop have together at most. */
const ROUNDS = 32;

/**
 * How often a loop of one block is unrolled: its instructions are so few that checking the budget, and V8's stack
 * guard, would cost as much as they do. Not at all where the budget may be checked inside.
 */
function roundsOf(block: Block): number {
  const [taken] = block.out;
  const form = block.ops.at(-1)?.op.form;
  const isJump = form === 'jump_imm' || form === 'jump_reg';
  if (taken?.to !== block || !isJump || block.ops.some((it) => isCall(it.op.form))) return 0;
  const rounds = Math.min(4, Math.floor(ROUNDS / block.ops.length));
  return rounds < 2 ? 0 : rounds;
}

/**
 * Writes a function as nested loops and blocks (after Ramsey, "Beyond Relooper", 2022): a block lies where its nearest
 * dominator is, those that several edges lead to after a `block` to branch out of, loops in a `loop`. False, and
 * nothing written, where that is impossible.
 */
export function writeStructured(cx: FunctionContext, write: WriteBlock): boolean {
  const { graph } = cx.plan;
  if (graph.blocks.length > MOST_NESTED) return false;
  const { children, forward, heads, reducible } = findDominators(graph);
  if (!reducible) return false;
  const { code } = cx;
  const labels = new Map<Block, Label>();
  // Several rounds of a loop leave it at several places.
  const exits = new Set(graph.blocks.filter((b) => roundsOf(b) > 0).map((b) => b.out[1]!.to));
  const isMerge = (block: Block): boolean => forward[block.order]! > 1 || exits.has(block);
  const flow: Flow = {
    merges: (to) => isMerge(to) || heads[to.order] === 1,
    rounds: roundsOf,
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
  const loop = code.loop();
  const labels = blocks.map(() => code.block()).toReversed();
  code.get(next);
  code.brTable(labels);
  const flow: Flow = {
    merges: () => true,
    rounds: () => 0,
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
      cx.leaveAt({ kind: 'budget', slot: edge.to.slot }, cx.plan.live[edge.to.order]!);
      code.end();
    }
  } else if (flow.merges(edge.to)) cx.flush();
  flow.go(edge.to);
}
