import type { Block, PlacedOp } from './graph.js';
import { writes } from './live.js';

/** A value shifted by a constant. */
interface Shifted {
  readonly value: number;
  readonly left: boolean;
  readonly by: number;
  /** The instruction that shifted it: before it, its destination holds the value. */
  readonly at: number;
}

/** The two halves of a rotation meet: what is left is the value kept before instruction `kept`, rotated. */
export interface Rotation {
  readonly kept: number;
  readonly by: number;
}

const isShift = ({ op, imm }: PlacedOp): boolean =>
  op.form === 'alu_imm' && op.width === 64 && (op.text === '<<=' || op.text === '>>=') && imm > 0 && imm < 64;

const joins = ({ op }: PlacedOp): boolean =>
  op.form === 'alu_reg' && op.width === 64 && (op.text === '|=' || op.text === '+=' || op.text === '^=');

/**
 * BPF has no rotation: compilers make one of two shifts of the same value and an or. The machine has one, and V8 does
 * not find it in 64 bits. Returns the instructions that complete a rotation, by their place in the block.
 */
export function findRotations(block: Block): ReadonlyMap<number, Rotation> {
  const found = new Map<number, Rotation>();
  if (!block.ops.some(joins)) return found;
  const values = Array.from({ length: 12 }, (_, n) => n);
  const shifted: (Shifted | undefined)[] = [];
  let next = 12;
  for (const [k, it] of block.ops.entries()) {
    const { dst, src } = it;
    if (it.op.form === 'mov_reg' && it.op.width === 64) {
      values[dst] = values[src]!;
      shifted[dst] = shifted[src];
      continue;
    }
    const [a, b] = [shifted[dst], shifted[src]];
    if (joins(it) && a !== undefined && b !== undefined) {
      const isRotation = a.value === b.value && a.left !== b.left && a.by + b.by === 64;
      if (isRotation) found.set(k, { kept: a.at, by: a.left ? a.by : b.by });
    }
    const before = values[dst]!;
    const changed = writes(it);
    for (let n = 0; n < 12; n += 1) {
      if (n < 10 ? (changed & (1 << n)) === 0 : n !== dst && n !== src) continue;
      values[n] = next++;
      shifted[n] = undefined;
    }
    if (isShift(it)) shifted[dst] = { value: before, left: it.op.text === '<<=', by: it.imm, at: k };
  }
  return found;
}
