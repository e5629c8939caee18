import { FORMS } from '../../isa/forms.js';
import type { Block, Graph, PlacedOp } from './graph.js';

/**
 * Sets of registers as bits: bit n for rn, r0 to r9. r10 follows from the frame, and r11 is in memory always.
 */
export type RegisterSet = number;
export const ALL: RegisterSet = 0x3ff;
export const ARGUMENTS: RegisterSet = 0x3e;
/** What a frame's record saves. */
export const SAVED: RegisterSet = 0x3c0;

/** What the calls of a function read. */
export interface CallReads {
  local(it: PlacedOp): RegisterSet;
  indirect(it: PlacedOp): RegisterSet;
  leaf(it: PlacedOp): RegisterSet;
}

const bit = (n: number): RegisterSet => (n < 10 ? 1 << n : 0);

function named(uses: readonly unknown[], it: PlacedOp): RegisterSet {
  let set = 0;
  for (const use of uses) {
    set |= bit(use === 'dst' ? it.dst : use === 'src' ? it.src : (use as number));
  }
  return set;
}

function readsOf(it: PlacedOp, calls: CallReads): RegisterSet {
  const { form } = it.op;
  const { flow, reads } = FORMS[form];
  if (flow === 'indirect') return ALL;
  if (flow !== 'call') return named(reads, it);
  if (form === 'call_local') return calls.local(it);
  if (form === 'call_helper') return calls.leaf(it);
  // Whatever the function turns out to be, and its address.
  return bit(it.dst) | calls.indirect(it);
}

export function writes(it: PlacedOp): RegisterSet {
  return named(FORMS[it.op.form].writes, it);
}

export const before = (it: PlacedOp, after: RegisterSet, calls: CallReads): RegisterSet =>
  (after & ~writes(it)) | readsOf(it, calls);

/** The registers that are read before they are written, at the beginning of every block. */
export function liveAtBlocks({ blocks }: Graph, calls: CallReads): Int32Array {
  const live = new Int32Array(blocks.length);
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = blocks.length - 1; i >= 0; i -= 1) {
      const block = blocks[i]!;
      let set = liveAfter(block, live);
      for (let k = block.ops.length - 1; k >= 0; k -= 1) set = before(block.ops[k]!, set, calls);
      if (set !== live[i]) {
        live[i] = set;
        changed = true;
      }
    }
  }
  return live;
}

/** The registers still needed after the last instruction of a block. */
export function liveAfter(block: Block, live: Int32Array): RegisterSet {
  let set = 0;
  for (const { to } of block.out) set |= live[to.order]!;
  return set;
}
