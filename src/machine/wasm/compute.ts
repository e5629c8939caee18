import { I64 } from './code.js';
import type { FunctionContext } from './context.js';
import type { PlacedOp } from './graph.js';
import { writeMeaning } from './template.js';

/** Pushes what an instruction computes, or whether its condition holds, or does not. */
export function writeComputed(
  cx: FunctionContext,
  it: PlacedOp,
  immediate: boolean,
  isOpposite = false,
): void {
  const { code } = cx;
  const { width } = it.op;
  const register = (n: number): void => (width === 64 ? cx.push(n) : cx.pushLow(n));
  writeMeaning(
    code,
    it.op,
    () => register(it.dst),
    () => {
      if (!immediate) register(it.src);
      else if (width === 64) code.i64(it.imm);
      else code.i32(it.imm);
    },
    isOpposite,
  );
}

/**
 * Divides by a constant: what fits into 32 bits as 32 bits, for which V8 multiplies; where it does not, the processor
 * divides.
 */
function divide(cx: FunctionContext, it: PlacedOp): void {
  const { code } = cx;
  cx.push(it.dst);
  code.i64(32);
  code.op('i64.shr_u');
  code.op('i64.eqz');
  code.if(I64);
  cx.pushLow(it.dst);
  code.i32(it.imm);
  code.op(it.op.text === '/=' ? 'i32.div_u' : 'i32.rem_u');
  code.op('i64.extend_i32_u');
  code.else();
  writeComputed(cx, it, true);
  code.end();
}

/** Gives an instruction's destination what it computes. */
export function compute(cx: FunctionContext, it: PlacedOp, immediate: boolean): void {
  const { op, dst } = it;
  cx.assign(dst, () => {
    if (immediate && op.width === 64 && it.imm > 0 && (op.text === '/=' || op.text === '%=')) divide(cx, it);
    else writeComputed(cx, it, immediate);
    if (op.width === 32) cx.code.op('i64.extend_i32_u');
  });
}
