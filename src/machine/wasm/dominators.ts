import type { Block, Graph } from './graph.js';

/** Who dominates whom in a graph: the blocks that every path from the root to a block goes through. */
export interface Dominators {
  /** The nearest dominator of each block, by its order; the root's is itself. */
  readonly parent: Int32Array;
  readonly children: readonly (readonly Block[])[];
  /** Edges into each block that do not come from a loop it heads. */
  readonly forward: Int32Array;
  /** 1 for blocks that an edge goes back to. */
  readonly heads: Uint8Array;
  /** False where a loop can be entered at more than one block, so that no nesting of loops expresses it. */
  readonly reducible: boolean;
}

/** A graph that can be written as nested loops and blocks. */
export interface Nestable {
  readonly graph: Graph;
  readonly dominators: Dominators;
}

/** Whether every path to block `b` goes through `a`; both by their order. */
export function dominates(parent: Int32Array, a: number, b: number): boolean {
  let at = b;
  while (at > a) at = parent[at]!;
  return at === a;
}

/** After Cooper, Harvey and Kennedy: on blocks in reverse postorder one pass is enough for most graphs. */
export function findDominators({ blocks }: Graph): Dominators {
  const count = blocks.length;
  const into: number[][] = blocks.map(() => []);
  for (const block of blocks) for (const { to } of block.out) into[to.order]!.push(block.order);
  const parent = new Int32Array(count).fill(-1);
  parent[0] = 0;
  const meet = (a: number, b: number): number => {
    let [x, y] = [a, b];
    while (x !== y) {
      while (x > y) x = parent[x]!;
      while (y > x) y = parent[y]!;
    }
    return x;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = 1; i < count; i += 1) {
      let nearest = -1;
      for (const from of into[i]!) {
        if (parent[from] === -1) continue;
        nearest = nearest === -1 ? from : meet(nearest, from);
      }
      if (parent[i] !== nearest) {
        parent[i] = nearest;
        changed = true;
      }
    }
  }
  const forward = new Int32Array(count);
  const heads = new Uint8Array(count);
  let reducible = true;
  for (const [to, sources] of into.entries()) {
    for (const from of sources) {
      if (from < to) forward[to]! += 1;
      else {
        heads[to] = 1;
        if (!dominates(parent, to, from)) reducible = false;
      }
    }
  }
  const children: Block[][] = blocks.map(() => []);
  for (let i = 1; i < count; i += 1) children[parent[i]!]!.push(blocks[i]!);
  return { parent, children, forward, heads, reducible };
}
