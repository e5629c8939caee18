import { BASE, type FunctionContext } from './context.js';
import type { PlacedOp } from './graph.js';
import type { AccessGroup } from './knowledge.js';
import type { RegisterSet } from './live.js';

/**
 * Tests that bytes which begin at a register plus `from` are where they are expected to be, and leaves to the interpreter if
 * they are not: with the offset in memory of the first of them in `at`. False if nothing is expected of them.
 */
export function testInWindow(
  cx: FunctionContext,
  it: PlacedOp,
  base: number,
  { from, span }: Pick<AccessGroup, 'from' | 'span'>,
  live: RegisterSet,
): boolean {
  const { code, unit, pending, inlined } = cx;
  const window = unit.windows?.at(it.slot);
  const most = window === undefined ? -1 : window.size - span - Math.max(0, from);
  if (window === undefined || most < 0) return false;
  cx.push(base);
  code.wide(-BASE - BigInt(window.from));
  code.op('i64.add');
  if (from < 0) {
    code.i64(from);
    code.op('i64.add');
  }
  code.i64(most);
  code.op('i64.gt_u');
  code.if();
  cx.leaveAt({ kind: 'interpret', slot: it.slot, uncounted: pending - 1, misses: true, inlined }, live);
  code.end();
  cx.pushLow(base);
  if (from !== 0) {
    code.i32(from);
    code.op('i32.add');
  }
  code.set(cx.at);
  return true;
}
