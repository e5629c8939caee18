import type { Insn } from '../../isa/insn.js';
import { CIRCLE32, CIRCLE64 } from '../range/arc.js';
import { Scalar } from '../range/scalar.js';
import { addBits, subtractBits } from '../range/tnum.js';
import type { Word } from '../range/word.js';
import { S64_MIN, s64 } from '../range/words.js';
import type { RegisterKind } from '../state/kind.js';
import { ANY, type Register } from '../state/register.js';
import { MAX_OFFSET } from './limits.js';
import { operatorOf } from './operator.js';
import { refuse } from './refused.js';
import { checkPointerBounds, checkPointerSanitation } from './speculation.js';
import type { Walk } from './walk.js';

const MOVABLE: ReadonlySet<RegisterKind> = new Set<RegisterKind>([
  'ctx',
  'map_value',
  'map_key',
  'stack',
  'packet_meta',
  'packet',
  'tp_buffer',
  'btf',
  'mem',
  'buf',
  'func',
  'dynptr',
]);

function mayMove(pointer: Register, offset: Register, text: string): boolean {
  if (MOVABLE.has(pointer.kind)) return true;
  if (pointer.kind === 'flow_keys' && offset.scalar.isConstant) return true;
  const isKept = offset.scalar.isZero && text === '+=';
  return (pointer.kind === 'flow_keys' || pointer.kind === 'map_ptr') && isKept;
}

function isTooFar({ high, low }: Word): boolean {
  const fits = high === low >> 31;
  return !fits || low >= MAX_OFFSET || low <= -MAX_OFFSET;
}

function checkOffset(offset: Register, pointer: Register): void {
  const { isConstant, bits, r64 } = offset.scalar;
  if (!isTooFar(CIRCLE64.smin(r64))) return;
  // What is put into words is asked for only where something is refused.
  const { type } = pointer;
  if (isConstant && isTooFar(bits.value)) {
    refuse('EINVAL', `math between ${type} pointer and ${bits.value.signed} is not allowed`);
  }
  const { smin } = offset.scalar;
  if (smin === S64_MIN) {
    refuse('EINVAL', `math between ${type} pointer and register with unbounded min value is not allowed`);
  }
  refuse('EINVAL', `value ${smin} makes ${type} pointer be out of bounds`);
}

function checkPosition({ r64 }: Scalar, pointer: Register): void {
  const smin = CIRCLE64.smin(r64);
  if (isTooFar(smin)) refuse('EINVAL', `${pointer.type} pointer offset ${smin.signed} is not allowed`);
}

/** A packet pointer that has moved by something unknown is another pointer, and what was known of its end may not hold any more. */
function movedPacket(walk: Walk, pointer: Register, offset: Register, isAdded: boolean): Register {
  const isKnown = offset.scalar.isConstant;
  const own = isKnown ? pointer : pointer.with({ id: walk.newId() });
  const range = pointer.target.range ?? 0;
  const forgets = range < 0 || (!isKnown && (isAdded || offset.scalar.smin < 0n));
  return forgets ? own.with({ target: { ...own.target, range: 0 } }) : own;
}

/** A number that is known is added to what is known of the offset, where that is kept apart. */
function withFixedPart(walk: Walk, { op }: Insn, pointer: Register, { constant: by }: Scalar): Register {
  if (walk.request.series.hasOneOffset || by === undefined) return pointer;
  const delta = pointer.delta + (op.text === '-=' ? -1 : 1) * Number(s64(by));
  return pointer.with({ delta });
}

/** A pointer plus or minus a number (adjust_ptr_min_max_vals). `reversed`: the pointer is the second operand. */
export function addToPointer(
  walk: Walk,
  insn: Insn,
  pointer: Register,
  offset: Register,
  reversed: boolean,
): void {
  const { op, dst } = insn;
  const { scalar } = offset;
  if (op.width === 32) {
    if (op.text === '-=' && walk.allowsLeaks) {
      walk.set(dst, ANY);
      return;
    }
    refuse('EACCES', `R${dst} 32-bit pointer arithmetic prohibited`);
  }
  if (pointer.isNullable) {
    refuse('EACCES', `R${dst} pointer arithmetic on ${pointer.type} prohibited, null-check it first`);
  }
  if (!mayMove(pointer, offset, op.text)) {
    refuse('EACCES', `R${dst} pointer arithmetic on ${pointer.type} prohibited`);
  }
  walk.set(dst, pointer);
  if (pointer.kind === 'mem' && pointer.has('untrusted')) return;
  checkOffset(offset, pointer);
  checkPosition(pointer.scalar, pointer);
  const sanitation = checkPointerSanitation(walk, insn, pointer, offset);
  const from = pointer.scalar;
  // What is subtracted from depends on the pointer, too.
  const known = op.text === '+=' ? walk.scalars.of(walk.slot, from, scalar) : undefined;
  const moved =
    known ??
    walk.scalars.keep(walk.slot, from, scalar, movedBy(insn, from, scalar, reversed, pointer).inStep());
  checkPosition(moved, pointer);
  const base = pointer.isPacket ? movedPacket(walk, pointer, offset, op.text === '+=') : pointer;
  const result = withFixedPart(walk, insn, base, scalar).withScalar(moved);
  walk.set(dst, result);
  checkPointerBounds(walk, insn, result, sanitation);
}

function movedBy(insn: Insn, from: Scalar, by: Scalar, reversed: boolean, pointer: Register): Scalar {
  const { op, dst } = insn;
  switch (op.text) {
    case '+=':
      return new Scalar(addBits(from.bits, by.bits), CIRCLE64.add(from.r64, by.r64), CIRCLE32.all);
    case '-=': {
      if (reversed) refuse('EACCES', `R${dst} tried to subtract pointer from scalar`);
      if (pointer.kind === 'stack') {
        refuse('EACCES', `R${dst} subtraction from stack pointer prohibited`);
      }
      const r64 = CIRCLE64.add(from.r64, CIRCLE64.negate(by.r64));
      return new Scalar(subtractBits(from.bits, by.bits), r64, CIRCLE32.all);
    }
    case '&=':
    case '|=':
    case '^=':
      return refuse('EACCES', `R${dst} bitwise operator ${op.text} on pointer prohibited`);
    default:
      return refuse('EACCES', `R${dst} pointer arithmetic with ${operatorOf(insn)} operator prohibited`);
  }
}
