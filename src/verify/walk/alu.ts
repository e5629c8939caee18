import type { Insn } from '../../isa/insn.js';
import { arithmetic, byteSwap, negation } from '../range/alu.js';
import { type Arc, CIRCLE32, CIRCLE64, type Circle } from '../range/arc.js';
import { moved32, signExtended, signExtended32, widthOf } from '../range/resize.js';
import { constant, type Scalar, UNKNOWN } from '../range/scalar.js';
import { withLowHalf } from '../range/tnum.js';
import { ANY, type Register, scalarRegister } from '../state/register.js';
import { withId } from './linked.js';
import { operatorOf } from './operator.js';
import { addToPointer } from './pointer-alu.js';
import { markPrecise } from './precision.js';
import { refuse } from './refused.js';
import { checkScalarSanitation } from './speculation.js';
import type { Walk } from './walk.js';

/** The least signed number of 32 bits. */
const S32_MIN = -0x8000_0000;

const EXTENDED_BYTES = { s8: 1, s16: 2, s32: 4 } as const;

/** A copy of the source, which is tied to it if the copy is equal to it. */
function copied(walk: Walk, from: number, isEqual: boolean): Register {
  if (!isEqual) return walk.register(from).alone();
  const source = withId(walk, walk.register(from));
  walk.set(from, source);
  return source;
}

/** A number of the instruction. */
export function moveNumber(walk: Walk, { op, dst, imm }: Insn): void {
  walk.mayWrite(dst);
  walk.set(dst, walk.number(op.width === 64 ? imm : imm >>> 0));
}

/** A copy, whole, of the lower half, or with its sign extended (check_alu_op, as all here). */
export function move(walk: Walk, insn: Insn): void {
  const { op, dst, src } = insn;
  walk.read(src);
  walk.mayWrite(dst);
  const source = walk.register(src);
  if (op.form === 'mov_reg' && op.width === 64) {
    walk.set(dst, copied(walk, src, true));
    return;
  }
  if (walk.leaks(source)) {
    const what = op.width === 64 ? 'sign-extension part of pointer' : 'partial copy of pointer';
    refuse('EACCES', `R${src} ${what}`);
  }
  if (!source.isScalar) {
    walk.set(dst, op.width === 64 ? ANY : scalarRegister(moved32(ANY.scalar)));
    return;
  }
  if (op.form === 'mov_reg') {
    const copy = copied(walk, src, widthOf(source.scalar) <= 32);
    const { scalars, slot } = walk;
    const { scalar } = copy;
    const moved = scalars.of(slot, scalar, scalar) ?? scalars.keep(slot, scalar, scalar, moved32(scalar));
    walk.set(dst, copy.withScalar(moved));
    return;
  }
  const bytes = EXTENDED_BYTES[op.text as keyof typeof EXTENDED_BYTES];
  const copy = copied(walk, src, widthOf(source.scalar) < 8 * bytes);
  const scalar =
    op.width === 64 || bytes === 4 ? signExtended(copy.scalar, bytes) : signExtended32(copy.scalar, bytes);
  walk.set(dst, copy.withScalar(scalar));
}

/** Negation and byte order. */
export function unary(walk: Walk, insn: Insn): void {
  const { op, dst } = insn;
  const register = walk.read(dst);
  if (walk.leaks(register)) refuse('EACCES', `R${dst} pointer arithmetic prohibited`);
  walk.mayWrite(dst);
  if (!register.isScalar) {
    walk.set(dst, ANY);
    return;
  }
  if (op.form === 'neg') {
    const { scalars, slot } = walk;
    const { scalar } = register;
    const negative =
      scalars.of(slot, scalar, scalar) ?? scalars.keep(slot, scalar, scalar, negation(op.width, scalar));
    walk.set(dst, register.withScalar(negative));
    return;
  }
  const bits = op.text.endsWith('16') ? 16 : op.text.endsWith('32') ? 32 : 64;
  const swaps = !op.text.startsWith('le');
  const own = swaps || bits !== 64 ? register.alone() : register;
  const { scalars, slot } = walk;
  const { scalar } = own;
  const swapped =
    scalars.of(slot, scalar, scalar) ?? scalars.keep(slot, scalar, scalar, byteSwap(scalar, bits, swaps));
  walk.set(dst, own.withScalar(swapped));
}

/** Whether the bounds of an arc are -1 and 0. */
const isAllOrNothing = (circle: Circle, arc: Arc): boolean =>
  circle.signed(circle.smin(arc)) === -1n && circle.signed(circle.smax(arc)) === 0n;

/** Where one operand is all ones or all zeros, both are walked: what `&` and `|` make of them is more exact (maybe_fork_scalars). */
function splitMask(walk: Walk, dst: number): Register {
  const register = walk.register(dst);
  const { scalar } = register;
  const isWide = isAllOrNothing(CIRCLE64, scalar.r64);
  if (!isWide && !isAllOrNothing(CIRCLE32, scalar.r32)) return register;
  const as = (word: bigint): Register =>
    isWide
      ? register.with({ scalar: constant(word), id: 0 })
      : register.withScalar(withLowHalfKnown(scalar, word));
  const other = walk.fork(walk.slot);
  other.frame.registers[dst] = as(0n);
  const ones = as(-1n);
  walk.set(dst, ones);
  return ones;
}

function withLowHalfKnown(scalar: Scalar, word: bigint): Scalar {
  const known = constant(word);
  return scalar.with({
    bits: withLowHalf(scalar.bits, known.bits),
    r32: known.r32,
  });
}

/** Whether the result is the old value plus a number that is known, so that it stays tied to the old value's copies. */
function link(insn: Insn, before: Register, operand: Scalar, after: Register): Register {
  const { op } = insn;
  const is32 = op.width === 32;
  const isSum = op.text === '+=' || op.text === '-=';
  const isItself = op.form === 'alu_reg' && insn.src === insn.dst;
  if (!isSum || before.id === 0 || isItself) return after.alone();
  const { valueHigh, valueLow, maskHigh, maskLow } = operand.bits;
  const isKnown = is32 ? maskLow === 0 : (maskHigh | maskLow) === 0;
  const fits = is32 || valueHigh === valueLow >> 31;
  if (!isKnown || !fits) return after.alone();
  if (is32 && widthOf(before.scalar) > 32) return after.alone();
  if (op.text === '-=' && valueLow === S32_MIN) return after.alone();
  if (before.link !== 0) return after.alone();
  return after.withLink(op.width, op.text === '-=' ? -valueLow : valueLow);
}

function computed(walk: Walk, { op }: Insn, a: Scalar, b: Scalar): Scalar {
  if (DIVISIONS.has(op.text) && !walk.request.series.knowsQuotients) return UNKNOWN;
  const { scalars, slot } = walk;
  return scalars.of(slot, a, b) ?? scalars.keep(slot, a, b, arithmetic(op, a, b));
}

/** An operation with two operands. */
export function binary(walk: Walk, insn: Insn): void {
  const { op, dst, src } = insn;
  const isRegister = op.form === 'alu_reg';
  if (isRegister) walk.read(src);
  walk.read(dst);
  if (!isRegister) checkImmediate(insn);
  walk.mayWrite(dst);
  const target = walk.register(dst);
  const operand = isRegister ? walk.register(src) : walk.number(insn.imm);
  if (target.isPointer || operand.isPointer) {
    withPointer(walk, insn, target, operand);
    return;
  }
  if (isRegister && target.precise) markPrecise(walk, src);
  checkScalarSanitation(walk, insn);
  const splits = (op.text === '&=' || op.text === '|=') && operand.scalar.isConstant;
  const before = splits ? splitMask(walk, dst) : target;
  const after = before.withScalar(computed(walk, insn, before.scalar, operand.scalar));
  walk.set(dst, link(insn, before, operand.scalar, after));
}

const DIVISIONS: ReadonlySet<string> = new Set(['/=', 's/=', '%=', 's%=']);
const SHIFTS: ReadonlySet<string> = new Set(['<<=', '>>=', 's>>=']);

function checkImmediate({ op, imm }: Insn): void {
  if (imm === 0 && DIVISIONS.has(op.text)) refuse('EINVAL', 'div by zero');
  if ((imm < 0 || imm >= op.width) && SHIFTS.has(op.text)) {
    refuse('EINVAL', `invalid shift ${imm}`);
  }
}

function withPointer(walk: Walk, insn: Insn, target: Register, operand: Register): void {
  const { op, dst, src } = insn;
  if (target.kind === 'arena' || operand.kind === 'arena') {
    walk.set(dst, target.kind === 'arena' ? target : operand);
    return;
  }
  if (target.isPointer && operand.isPointer) {
    if (op.text === '-=' && walk.allowsLeaks) {
      walk.set(dst, ANY);
      return;
    }
    refuse('EACCES', `R${dst} pointer ${operatorOf(insn)} pointer prohibited`);
  }
  if (operand.isPointer) markPrecise(walk, dst);
  else if (op.form === 'alu_reg') markPrecise(walk, src);
  const [pointer, offset] = operand.isPointer ? [operand, target] : [target, operand];
  addToPointer(walk, insn, pointer, offset, operand.isPointer);
}
