import { FORMS, type Form, type FormInfo, type RegisterUse } from '../../isa/forms.js';
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

/** What a form's row says of registers: those that its encoding fixes, and whether the fields name one. */
interface Named {
  readonly fixed: RegisterSet;
  readonly dst: boolean;
  readonly src: boolean;
}

const named = (uses: readonly RegisterUse[]): Named => ({
  fixed: uses.reduce<RegisterSet>((set, use) => (typeof use === 'number' ? set | bit(use) : set), 0),
  dst: uses.includes('dst'),
  src: uses.includes('src'),
});

const rows = Object.entries(FORMS) as [Form, FormInfo][];
/** What each form reads and writes, taken from its row once: this is asked of every instruction again and again. */
const READS = Object.fromEntries(rows.map(([form, row]) => [form, named(row.reads)])) as Record<Form, Named>;
const WRITES = Object.fromEntries(rows.map(([form, row]) => [form, named(row.writes)])) as Record<
  Form,
  Named
>;

function registersOf({ fixed, dst, src }: Named, it: PlacedOp): RegisterSet {
  return fixed | (dst ? bit(it.dst) : 0) | (src ? bit(it.src) : 0);
}

function readsOf(it: PlacedOp, calls: CallReads): RegisterSet {
  const { form } = it.op;
  const { flow } = FORMS[form];
  if (flow === 'indirect') return ALL;
  if (flow !== 'call') return registersOf(READS[form], it);
  if (form === 'call_local') return calls.local(it);
  if (form === 'call_helper') return calls.leaf(it);
  // Whatever the function turns out to be, and its address.
  return bit(it.dst) | calls.indirect(it);
}

export function writes(it: PlacedOp): RegisterSet {
  return registersOf(WRITES[it.op.form], it);
}

export const before = (it: PlacedOp, after: RegisterSet, calls: CallReads): RegisterSet =>
  (after & ~writes(it)) | readsOf(it, calls);

/** The registers that are read before they are written, at the beginning of every block. */
export function liveAtBlocks({ blocks }: Graph, calls: CallReads): Int32Array {
  const live = new Int32Array(blocks.length);
  // Of a block as a whole: what it does not write, and what is read before it is written.
  const kept = new Int32Array(blocks.length);
  const read = new Int32Array(blocks.length);
  for (const [i, { ops }] of blocks.entries()) {
    kept[i] = ops.reduce((set, it) => set & ~writes(it), ALL);
    read[i] = ops.reduceRight((set, it) => before(it, set, calls), 0);
  }
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = blocks.length - 1; i >= 0; i -= 1) {
      const set = (liveAfter(blocks[i]!, live) & kept[i]!) | read[i]!;
      if (set !== live[i]) {
        live[i] = set;
        changed = true;
      }
    }
  }
  return live;
}

/** The registers needed at the beginning of a block, which may stand for one of the graph that they were found for. */
export const liveAt = (block: Block, live: Int32Array): RegisterSet => live[(block.origin ?? block).order]!;

/** The registers still needed after the last instruction of a block. */
export function liveAfter(block: Block, live: Int32Array): RegisterSet {
  let set = 0;
  for (const { to } of block.out) set |= liveAt(to, live);
  return set;
}
