import type { Form } from '../../isa/forms.js';
import type { Block, PlacedOp } from './graph.js';
import { writes } from './live.js';

/** More instructions than this are jumped over. */
const MOST_SKIPPED = 2;

const PLAIN: readonly Form[] = ['mov_imm', 'mov_reg', 'alu_imm', 'alu_reg', 'neg', 'extend'];

/** Something that can be carried out in vain: it changes a register, at once, and nothing else. */
const isHarmless = ({ op, dst }: PlacedOp): boolean =>
  PLAIN.includes(op.form) && dst < 10 && !/[/%]=$/.test(op.text);

/** What a conditional jump skips, if that is so little that carrying it out in vain costs less than guessing wrongly. */
export interface Skipped {
  readonly block: Block;
  /** Its instructions but for a jump to where both ways meet. */
  readonly ops: readonly PlacedOp[];
  /** Where both ways meet. */
  readonly next: Block;
  /** Registers that it changes, as bits. */
  readonly changes: number;
}

/** What the jump at a block's end skips. `isShared` tells blocks that several jumps lead to. */
export function skippedBy(block: Block, isShared: (block: Block) => boolean): Skipped | undefined {
  const [taken, other] = block.out;
  if (taken === undefined || other === undefined || taken.check || other.check) return undefined;
  const over = other.to;
  const [after, more] = over.out;
  if (after?.to !== taken.to || more !== undefined || after.check || over.gate !== undefined)
    return undefined;
  const form = over.ops.at(-1)?.op.form;
  const ops = form === 'goto' || form === 'gotol' ? over.ops.slice(0, -1) : over.ops;
  if (ops.length > MOST_SKIPPED || !ops.every(isHarmless) || isShared(over)) return undefined;
  return { block: over, ops, next: taken.to, changes: ops.reduce((set, it) => set | writes(it), 0) };
}
