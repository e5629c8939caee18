import type { Insn } from '../isa/insn.js';
import type { Compute } from '../isa/operation.js';
import { compute, type Expression, type Operand, promela } from './operators.js';
import { ALL32, constant, loseAll, lost, roundUp, type Value } from './values.js';

/** A value, and the expression that computes it where it is to be put into a variable. */
export type Result =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'expression'; readonly expression: Expression }
  /** An address plus what a variable holds. */
  | { readonly kind: 'indexed'; readonly base: bigint; readonly offset: Expression };

const scratch = new Int32Array(4);

/** What the instruction table's own function computes. */
function fold(run: Compute, a: bigint, b: bigint): bigint {
  [a, b].forEach((n, i) => {
    scratch[2 * i] = Number(BigInt.asIntN(32, n));
    scratch[2 * i + 1] = Number(BigInt.asIntN(32, n >> 32n));
  });
  run(scratch, 0, 2);
  return (BigInt(scratch[1]! >>> 0) << 32n) | BigInt(scratch[0]! >>> 0);
}

const value = (v: Value): Result => ({ kind: 'value', value: v });

const isOperand = (v: Value): v is Operand => v.kind === 'const' || v.kind === 'var' || v.kind === 'wide';

/** Addresses that are added to or subtracted from; undefined for anything else. */
function onAddress(text: string, a: Value, b: Value): Result | undefined {
  if (text === '+=' && a.kind !== 'stack' && a.kind !== 'current' && a.kind !== 'index') {
    if (b.kind === 'stack' || b.kind === 'current' || b.kind === 'index') return onAddress(text, b, a);
  }
  if ((text === '+=' || text === '-=') && b.kind === 'const') {
    const by = text === '+=' ? BigInt.asIntN(64, b.value) : -BigInt.asIntN(64, b.value);
    if (a.kind === 'stack' || a.kind === 'current') return value({ ...a, offset: a.offset + Number(by) });
    if (a.kind === 'index') return value({ ...a, base: BigInt.asUintN(64, a.base + by) });
  }
  if (text !== '+=') return undefined;
  const [base, by] = a.kind === 'const' ? [a, b] : [b, a];
  if (base.kind === 'const' && base.value > ALL32 && by.kind === 'var')
    return { kind: 'indexed', base: base.value, offset: { text: promela(by), isC: false, max: by.max } };
  if (a.kind === 'index' && b.kind === 'var' && a.max + b.max <= ALL32) {
    const max = roundUp(a.max + b.max);
    return { kind: 'indexed', base: a.base, offset: { text: `${a.name} + ${b.name}`, isC: false, max } };
  }
  return undefined;
}

/** What an instruction without memory makes of its operands; undefined if the model has no words for it. */
export function arithmetic(insn: Insn, dst: Value, src: Value): Result | undefined {
  const { op } = insn;
  const isUnary = op.form === 'neg' || op.form === 'swap';
  const isCopy = op.form === 'mov_imm' || op.form === 'mov_reg' || op.form === 'cast';
  if (isCopy && op.width === 64) return value(src);
  const [a, b] = isUnary ? [dst, dst] : isCopy || op.form === 'extend' ? [src, src] : [dst, src];
  const unknown = loseAll([a, b]);
  if (unknown !== undefined) return value(unknown);
  if (a.kind === 'const' && b.kind === 'const') {
    if (op.compute === undefined) return undefined;
    return value(constant(fold(op.compute, dst.kind === 'const' ? dst.value : 0n, b.value)));
  }
  if (op.width === 64) {
    const address = onAddress(op.text, a, b);
    if (address !== undefined) return address;
  }
  if (!isOperand(a) || !isOperand(b)) return value(lost('arithmetic on an address'));
  if (isCopy) {
    if (a.kind === 'var') return value(a);
    const text = a.kind === 'wide' ? `(u32)@->${a.name}` : promela(a);
    return { kind: 'expression', expression: { text, isC: a.kind === 'wide', max: ALL32 } };
  }
  const expression = compute(op, a, b);
  return expression === undefined ? undefined : { kind: 'expression', expression };
}
