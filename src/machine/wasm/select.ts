import { writeBorrow } from './borrow.js';
import { I32, I64 } from './code.js';
import type { FunctionContext } from './context.js';
import type { PlacedOp } from './graph.js';
import type { Skipped } from './skip.js';
import { registersOf } from './unit-context.js';

/** Pushes whether a condition holds, or does not. */
export type Condition = (isOpposite: boolean) => void;

/** Gives back what has been taken off the budget for so many instructions where they are skipped. */
function giveBack(cx: FunctionContext, isSkipped: number, count: number): void {
  const { code } = cx;
  if (!cx.unit.options.fuel) return;
  code.get(cx.fuel);
  code.get(isSkipped);
  if (count > 1) {
    code.i32(count);
    code.op('i32.mul');
  }
  code.op('i32.add');
  code.set(cx.fuel);
}

/** Takes off the budget what so many instructions take where they are not skipped. */
function payUnlessSkipped(cx: FunctionContext, jump: PlacedOp, count: number, condition: Condition): void {
  const { code } = cx;
  if (!cx.unit.options.fuel) return;
  // Not by the same comparison as what is selected: V8 selects at once by one that is used once.
  code.get(cx.fuel);
  const isBorrow = writeBorrow(cx, jump);
  if (!isBorrow) condition(true);
  if (count > 1) {
    code.i32(count);
    code.op('i32.mul');
  }
  code.op(isBorrow ? 'i32.add' : 'i32.sub');
  code.set(cx.fuel);
}

/**
 * Carries out what a jump skips in any case, and keeps what it has changed where it is not to be skipped. `condition`
 * pushes whether it is, or whether it is not.
 */
export function writeSkipped(
  cx: FunctionContext,
  jump: PlacedOp,
  { block, ops, changes, bit }: Skipped,
  condition: Condition,
  write: (it: PlacedOp, k: number) => void,
): void {
  const { code } = cx;
  const isSkipped = code.local(I32);
  condition(false);
  code.set(isSkipped);
  if (bit !== undefined) {
    cx.begin(block);
    cx.pending += block.ops.length;
    giveBack(cx, isSkipped, block.ops.length);
    cx.assign(bit.register, () => {
      code.get(isSkipped);
      if (bit.skipped === 0) code.op('i32.eqz');
      code.op('i64.extend_i32_u');
    });
    for (const it of ops) cx.learn(it);
    return;
  }
  payUnlessSkipped(cx, jump, block.ops.length, condition);
  const before = registersOf(changes).map((n) => ({ n, local: code.local(I64) }));
  for (const { n, local } of before) {
    cx.push(n);
    code.set(local);
  }
  cx.begin(block);
  const { pending } = cx;
  for (const [k, it] of ops.entries()) write(it, k);
  cx.pending = pending;
  for (const { n, local } of before) {
    cx.assign(n, () => {
      code.get(local);
      cx.push(n);
      code.get(isSkipped);
      code.op('select');
    });
  }
}
