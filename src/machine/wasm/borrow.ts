import type { FunctionContext } from './context.js';
import type { PlacedOp } from './graph.js';

/** Unsigned comparisons: which operand is taken from the other, and whether 1 more, so that it is negative where they do not hold. */
const BORROWS: Readonly<Record<string, { readonly from: 'dst' | 'src'; readonly more: 0 | 1 }>> = {
  '>': { from: 'dst', more: 1 },
  '>=': { from: 'dst', more: 0 },
  '<': { from: 'src', more: 1 },
  '<=': { from: 'src', more: 0 },
};

/**
 * Pushes -1 where the condition of a jump does not hold, and 0 where it does: the upper half of a difference of 64 bits. False
 * for any condition but an unsigned comparison of 32 bits.
 */
export function writeBorrow(cx: FunctionContext, it: PlacedOp): boolean {
  const borrow = BORROWS[it.op.text];
  if (borrow === undefined || it.op.width !== 32) return false;
  const { code } = cx;
  const register = (n: number): void => {
    cx.pushLow(n);
    code.op('i64.extend_i32_u');
  };
  const dst = (): void => register(it.dst);
  const isConstant = it.op.form === 'jump_imm';
  const { from, more } = borrow;
  if (isConstant && from === 'dst') {
    dst();
    code.wide(BigInt((it.imm >>> 0) + more));
    code.op('i64.sub');
  } else {
    const src = (): void => register(it.src);
    const [first, second] = from === 'dst' ? [dst, src] : [src, dst];
    if (isConstant) code.wide(BigInt((it.imm >>> 0) - more));
    else first();
    second();
    code.op('i64.sub');
    if (more === 1 && !isConstant) {
      code.i64(-1);
      code.op('i64.add');
    }
  }
  code.i64(32);
  code.op('i64.shr_s');
  code.op('i32.wrap_i64');
  return true;
}
