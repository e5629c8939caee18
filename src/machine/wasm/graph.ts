import { type Flow, FORMS, slotsOfForm } from '../../isa/forms.js';
import type { Text } from '../text.js';
import { type Decoded, decodeSlot } from '../word.js';

/** An instruction as the machine's text holds it: linked. */
export interface PlacedOp extends Decoded {
  readonly slot: number;
  /** Slot of the instruction after it. */
  readonly next: number;
}

/** An edge of the graph. `check` marks a jump that goes back: the budget is checked there. */
export interface Edge {
  readonly to: Block;
  readonly check: boolean;
}

/** Instructions that are carried out one after the other, the first of which may be jumped to. */
export interface Block {
  readonly slot: number;
  readonly ops: PlacedOp[];
  /**
   * Where control goes after the last instruction: a conditional jump has the edge it takes first, then the other; an
   * indirect jump has those of the targets that have been seen.
   */
  readonly out: Edge[];
  /** Place in reverse postorder. */
  order: number;
  /** Of a block in a graph that was made of another: the block there that it stands for. */
  readonly origin?: Block;
  /** Set for a block without instructions that leads to the first edge where all is as some rounds of a loop need it. */
  readonly gate?: Gate;
  /** Accesses that a gate has tested, by their places. */
  readonly proved?: ReadonlySet<number>;
}

/** Accesses in some rounds of a loop that move by the same amount each round: tested together before the first round. */
export interface Stream {
  /** The registers that their addresses are sums of, each times a number, and where the bytes to test begin from there. */
  readonly times: ReadonlyMap<number, number>;
  readonly from: number;
  readonly span: number;
  /** The bytes that are accessed, from the first on: a bit each. */
  readonly bytes: bigint;
}

/** What some rounds of a loop need that ask for nothing themselves. */
export interface Gate {
  /** The most that they take off the budget. */
  readonly budget: number;
  readonly streams: readonly Stream[];
  /** Registers that must be at most so large, since the loop counts with their lower halves. */
  readonly below: ReadonlyMap<number, number>;
}

/** The part of a function that can be reached from a slot. */
export interface Graph {
  readonly root: Block;
  /** In reverse postorder. */
  readonly blocks: readonly Block[];
}

function placed(code: Int32Array, slot: number): PlacedOp {
  const { op, dst, src, off, imm, hi } = decodeSlot(code, slot);
  return { op, dst, src, off, imm, hi, slot, next: slot + slotsOfForm(op.form) };
}

/** Slots that control may go to after an instruction, in the order of `Block.out`. */
function successors(it: PlacedOp, seen: Seen): readonly number[] {
  const { flow } = FORMS[it.op.form];
  switch (flow) {
    case 'off':
      return [it.next + it.off];
    case 'imm':
      return [it.next + it.imm];
    case 'branch':
      return [it.next + it.off, it.next];
    case 'indirect':
      return seen(it.slot);
    case 'return':
    case 'fault':
      return [];
    case 'next':
    case 'call':
      return [it.next];
    default:
      return flow satisfies never;
  }
}

/** Tells the targets that the indirect jump or call in a slot has been seen to go to. */
export type Seen = (slot: number) => readonly number[];

const JUMPS: Readonly<Record<Flow, boolean>> = {
  next: false,
  off: true,
  imm: true,
  branch: true,
  indirect: true,
  call: false,
  return: false,
  fault: false,
};

const isJump = (it: PlacedOp): boolean => JUMPS[FORMS[it.op.form].flow];

/** The blocks that can be reached from `root`. The code must have passed the load-time checks. */
export function buildGraph(text: Text, root: number, seen: Seen): Graph {
  const ops = new Map<number, PlacedOp>();
  const leaders = new Set([root]);
  const work = [root];
  for (let slot = work.pop(); slot !== undefined; slot = work.pop()) {
    if (ops.has(slot)) continue;
    const it = placed(text.code, slot);
    ops.set(slot, it);
    const next = successors(it, seen);
    for (const to of next) {
      if (isJump(it)) leaders.add(to);
      work.push(to);
    }
  }
  const blocks = new Map<number, Block>();
  for (const slot of leaders) blocks.set(slot, { slot, ops: [], out: [], order: -1 });
  for (const block of blocks.values()) {
    let it = ops.get(block.slot)!;
    for (;;) {
      block.ops.push(it);
      const next = successors(it, seen);
      if (isJump(it)) {
        const conditional = FORMS[it.op.form].flow === 'branch';
        for (const [i, to] of next.entries()) {
          block.out.push({ to: blocks.get(to)!, check: to <= it.slot && !(conditional && i === 1) });
        }
        break;
      }
      if (next.length === 0) break;
      const after = blocks.get(next[0]!);
      if (after !== undefined) {
        block.out.push({ to: after, check: false });
        break;
      }
      it = ops.get(next[0]!)!;
    }
  }
  return { root: blocks.get(root)!, blocks: inReversePostorder(blocks.get(root)!) };
}

/** Numbers the blocks so that, back edges apart, every block comes after those that lead to it. */
export function inReversePostorder(root: Block): readonly Block[] {
  const done: Block[] = [];
  const entered = new Set([root]);
  const path = [{ block: root, next: 0 }];
  while (path.length > 0) {
    const top = path.at(-1)!;
    const edge = top.block.out[top.next];
    if (edge === undefined) {
      done.push(top.block);
      path.pop();
    } else {
      top.next += 1;
      if (!entered.has(edge.to)) {
        entered.add(edge.to);
        path.push({ block: edge.to, next: 0 });
      }
    }
  }
  done.reverse();
  done.forEach((block, i) => {
    block.order = i;
  });
  return done;
}
