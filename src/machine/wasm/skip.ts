import type { Form } from '../../isa/forms.js';
import type { Block, Edge, PlacedOp } from './graph.js';
import { writes } from './live.js';

/** More instructions than this are jumped over, but for copies, which take no time. */
const MOST_SKIPPED = 2;
const MOST_WITH_COPIES = 4;

const PLAIN: readonly Form[] = ['mov_imm', 'mov_reg', 'alu_imm', 'alu_reg', 'neg', 'extend'];

const isCopy = ({ op }: PlacedOp): boolean => op.form === 'mov_reg' && op.width === 64;

/** Something that can be carried out in vain: it changes a register, at once, and nothing else. */
const isHarmless = ({ op, dst }: PlacedOp): boolean =>
  PLAIN.includes(op.form) && dst < 10 && !/[/%]=$/.test(op.text);

/** A bit that is one where a jump skips what sets the other: what compilers for BPF make of a condition that is a value. */
interface SkippedBit {
  readonly register: number;
  /** What the register is where the jump skips. */
  readonly skipped: 0 | 1;
}

/** What a conditional jump skips, if that is so little that carrying it out in vain costs less than guessing wrongly. */
export interface Skipped {
  readonly block: Block;
  /** Its instructions but for a jump to where both ways meet. */
  readonly ops: readonly PlacedOp[];
  /** How control goes on where both ways meet. */
  readonly next: Edge;
  /** Registers that it changes, as bits. */
  readonly changes: number;
  /** Set where that is a bit. */
  readonly bit: SkippedBit | undefined;
}

const bitOf = (it: PlacedOp | undefined): 0 | 1 | undefined =>
  it?.op.form === 'mov_imm' && (it.imm === 0 || it.imm === 1) ? it.imm : undefined;

/** Whether a register is one bit after `block` and another after what its jump skips. */
function skippedBit({ ops }: Block, [set, ...more]: readonly PlacedOp[]): SkippedBit | undefined {
  if (set === undefined || more.length > 0) return undefined;
  const register = set.dst;
  const skipped = bitOf(ops.findLast((it) => (writes(it) & (1 << register)) !== 0));
  return skipped !== undefined && bitOf(set) === 1 - skipped ? { register, skipped } : undefined;
}

/** What the jump at a block's end skips. `isShared` tells blocks that several jumps lead to. */
export function skippedBy(block: Block, isShared: (block: Block) => boolean): Skipped | undefined {
  const [taken, other] = block.out;
  if (taken === undefined || other === undefined || other.check) return undefined;
  const over = other.to;
  const [after, more] = over.out;
  if (after?.to !== taken.to || more !== undefined || over.gate !== undefined) return undefined;
  // Where both lead back, the budget is checked once they have met.
  if (after.check !== taken.check) return undefined;
  const form = over.ops.at(-1)?.op.form;
  const ops = form === 'goto' || form === 'gotol' ? over.ops.slice(0, -1) : over.ops;
  const length = ops.filter((it) => !isCopy(it)).length;
  if (length > MOST_SKIPPED || ops.length > MOST_WITH_COPIES) return undefined;
  if (!ops.every(isHarmless) || isShared(over)) return undefined;
  const changes = ops.reduce((set, it) => set | writes(it), 0);
  return { block: over, ops, next: taken, changes, bit: skippedBit(block, ops) };
}
