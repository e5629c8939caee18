import { type Dominators, dominates, findDominators } from './dominators.js';
import { type Block, type Edge, type Graph, inReversePostorder, type PlacedOp } from './graph.js';
import { findStreams } from './streams.js';

/** Instructions that the rounds of a short loop have together at most. */
const MOST_TOGETHER = 128;
const MOST_ROUNDS = 8;

/** What has to be known of instructions. */
interface Kinds {
  /** Whether an access has to be tested on its own. */
  readonly isAlone: (it: PlacedOp) => boolean;
  /** Whether an instruction is one that is written where it is, and changes nothing of what can be touched: no call. */
  readonly isShort: (it: PlacedOp) => boolean;
}

/** A loop without another in it, and how many rounds of it are written one after the other. */
interface ShortLoop {
  readonly head: Block;
  readonly body: ReadonlySet<Block>;
  readonly rounds: number;
  /** Most instructions of a round. */
  readonly longest: number;
  /** Tells blocks that every round goes through. */
  readonly isSure: (block: Block) => boolean;
}

/** The blocks that lead back to a loop's head without passing it, and the head. */
function bodyOf(head: Block, into: readonly (readonly Block[])[]): ReadonlySet<Block> {
  const body = new Set([head]);
  const work = into[head.order]!.filter((from) => from.order >= head.order);
  for (let block = work.pop(); block !== undefined; block = work.pop()) {
    if (body.has(block)) continue;
    body.add(block);
    work.push(...into[block.order]!);
  }
  return body;
}

/** Most instructions from the head on, until control leaves the body or comes back to the head. */
function longestRound(head: Block, body: ReadonlySet<Block>): number {
  const longest = new Map<Block, number>();
  for (const block of [...body].toSorted((a, b) => b.order - a.order)) {
    let most = 0;
    for (const { to } of block.out) if (to !== head) most = Math.max(most, longest.get(to) ?? 0);
    longest.set(block, most + block.ops.length);
  }
  return longest.get(head)!;
}

/** Loops whose instructions are so few that checking the budget, and V8's stack guard, cost as much as they do. */
function shortLoops(
  { blocks }: Graph,
  { heads, parent }: Dominators,
  isShort: Kinds['isShort'],
): ShortLoop[] {
  const into: Block[][] = blocks.map(() => []);
  for (const block of blocks) for (const { to } of block.out) into[to.order]!.push(block);
  return blocks.flatMap((head) => {
    if (heads[head.order] !== 1) return [];
    const body = bodyOf(head, into);
    const ops = [...body].flatMap((block) => block.ops);
    const rounds = Math.min(MOST_ROUNDS, Math.floor(MOST_TOGETHER / ops.length));
    const isInnermost = [...body].every((b) => b === head || heads[b.order] !== 1);
    const isPlain = ops.every((it) => it.op.form !== 'gotox' && it.op.form !== 'may_goto' && isShort(it));
    if (rounds < 2 || !isInnermost || !isPlain) return [];
    const last = into[head.order]!.filter((from) => body.has(from));
    const isSure = (block: Block): boolean => last.every((b) => dominates(parent, block.order, b.order));
    return [{ head, body, rounds, longest: longestRound(head, body), isSure }];
  });
}

/**
 * A graph that does the same, in which some rounds of a short loop follow each other without a look at the budget, for as
 * long as it is more than they take. They are entered through a gate, and so is the loop as it was, which is for the
 * rest. Undefined where there is no such loop. The graph's own blocks are left as they are. Of accesses for which
 * `isAlone` is not true the gate tests as many as it can.
 */
export function unroll(graph: Graph, { isAlone, isShort }: Kinds): Graph | undefined {
  const dominators = findDominators(graph);
  const loops = dominators.reducible ? shortLoops(graph, dominators, isShort) : [];
  if (loops.length === 0) return undefined;
  const copy = (origin: Block, proved?: ReadonlySet<number>): Block => ({
    ...{ slot: origin.slot, ops: origin.ops, out: [], order: -1, origin },
    ...(proved && { proved }),
  });
  const copies = new Map(graph.blocks.map((block) => [block, copy(block)]));
  // Where an edge from outside, or from the loop as it was, leads.
  const entry = new Map(copies);
  const proofs = new Map(loops.map((loop) => [loop.head, findStreams({ ...loop, isAlone })]));
  for (const { head, rounds, longest } of loops)
    entry.set(head, { ...copy(head), ops: [], gate: { budget: rounds * longest, ...proofs.get(head)! } });
  for (const [block, { out }] of copies)
    for (const edge of block.out) out.push({ to: entry.get(edge.to)!, check: edge.check });
  for (const { head, body, rounds } of loops) {
    const gate = entry.get(head)!;
    const { proved } = proofs.get(head)!;
    const unrolled = Array.from(
      { length: rounds },
      () => new Map([...body].map((b) => [b, copy(b, proved.get(b))])),
    );
    for (const [i, round] of unrolled.entries()) {
      const follow = ({ to, check }: Edge): Edge => {
        if (to === head) return { to: unrolled[i + 1]?.get(head) ?? gate, check: false };
        return round.has(to) ? { to: round.get(to)!, check: false } : { to: entry.get(to)!, check };
      };
      for (const [block, { out }] of round) out.push(...block.out.map(follow));
    }
    const fast = unrolled[0]!.get(head)!;
    gate.out.push({ to: fast, check: false }, { to: copies.get(head)!, check: false });
  }
  const root = entry.get(graph.root)!;
  return { root, blocks: inReversePostorder(root) };
}
