import type { Insn } from '../../isa/insn.js';
import { MAX_FRAME } from '../frame.js';
import { formatBits } from '../range/tnum.js';
import { s32, u32 } from '../range/words.js';
import type { Register } from '../state/register.js';
import { Refused, refuse } from './refused.js';
import { checkMapAccess } from './region.js';
import type { Walk } from './walk.js';

/**
 * What Linux asks of arithmetic on pointers in programs of those who may not see addresses, so that it can mask what a processor does ahead of
 * a bounds check (sanitize_ptr_alu, sanitize_check_bounds).
 */
interface Limit {
  /** How the instruction is to be masked. */
  readonly how: string;
  readonly limit: bigint;
}

const PROHIBITED = 'pointer arithmetic with it prohibited for !root';

const isSum = (insn: Insn): boolean => insn.op.text === '+=' || insn.op.text === '-=';
const needsMask = (walk: Walk, insn: Insn): boolean =>
  !walk.allowsLeaks && insn.op.form === 'alu_reg' && isSum(insn);

function remember(walk: Walk, insn: Insn, limit: Limit): void {
  const known = walk.limits.get(walk.slot);
  if (known === undefined) walk.limits.set(walk.slot, limit);
  else if (known.how !== limit.how || known.limit !== limit.limit) {
    const word = insn.op.text === '+=' ? 'add' : 'sub';
    refuse('EACCES', `R${insn.dst} tried to ${word} from different maps, paths or scalars, ${PROHIBITED}`);
  }
}

export function checkScalarSanitation(walk: Walk, insn: Insn): void {
  if (needsMask(walk, insn)) remember(walk, insn, { how: 'number', limit: 0n });
}

/** `isScalar`: the second operand is the number. */
function reach(insn: Insn, pointer: Register, toLeft: boolean, isScalar: boolean): bigint {
  const { dst, src } = insn;
  let max = 0n;
  let limit = 0n;
  if (pointer.kind === 'stack') {
    max = BigInt(MAX_FRAME + (toLeft ? 1 : 0));
    limit = u32(-pointer.scalar.bits.value.unsigned);
  } else if (pointer.kind === 'map_value' && pointer.flags === 0) {
    max = BigInt(pointer.map.valueSize);
    limit = u32(toLeft ? pointer.scalar.smin : pointer.scalar.umax);
  } else {
    const number = isScalar ? dst : src;
    refuse('EACCES', `R${number} has pointer with unsupported alu operation, ${PROHIBITED}`);
  }
  if (limit >= max) {
    const word = insn.op.text === '+=' ? 'add' : 'sub';
    refuse('EACCES', `R${dst} tried to ${word} beyond pointer bounds, ${PROHIBITED}`);
  }
  return limit;
}

export function checkPointerSanitation(
  walk: Walk,
  insn: Insn,
  pointer: Register,
  offset: Register,
): Limit | undefined {
  if (!needsMask(walk, insn)) return undefined;
  const { smin, smax, isConstant } = offset.scalar;
  if (!isConstant && smin < 0n !== smax < 0n) {
    const number = walk.register(insn.src).isScalar ? insn.src : insn.dst;
    refuse('EACCES', `R${number} has unknown scalar with mixed signed bounds, ${PROHIBITED}`);
  }
  const toLeft = insn.op.text === '+=' ? smin < 0n : smin >= 0n;
  const limit = reach(insn, pointer, toLeft, walk.register(insn.src).isScalar);
  return { how: `${smin < 0n ? '-' : '+'}${isConstant ? '#' : ''}${toLeft ? '<' : '>'}`, limit };
}

/** After the move: the pointer has to be inside what it points to, and the move is remembered. */
export function checkPointerBounds(
  walk: Walk,
  insn: Insn,
  pointer: Register,
  before: Limit | undefined,
): void {
  if (walk.allowsLeaks) return;
  const { dst } = insn;
  if (pointer.kind === 'stack') {
    const offset = pointer.scalar.constant;
    if (offset === undefined) {
      const bits = formatBits(pointer.scalar.bits);
      const off = Number(s32(pointer.scalar.bits.value.unsigned));
      refuse('EACCES', `R${dst} variable stack access prohibited for !root, var_off=${bits} off=${off}`);
    }
    const off = Number(s32(offset));
    if (off >= 0 || off < -MAX_FRAME) {
      refuse(
        'EACCES',
        `R${dst} stack pointer arithmetic goes out of range, prohibited for !root; off=${off}`,
      );
    }
  } else if (pointer.kind === 'map_value') {
    try {
      checkMapAccess(pointer, { register: dst, offset: 0, size: 1, zeroSize: false, by: 'helper' });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refuse(
        'EACCES',
        ...error.lines,
        `R${dst} pointer arithmetic of map value goes out of range, prohibited for !root`,
      );
    }
  }
  if (before === undefined) return;
  const toLeft = before.how.endsWith('<');
  const after = reach(insn, pointer, toLeft, walk.register(insn.src).isScalar);
  const limit = before.limit > after ? before.limit - after : after - before.limit;
  remember(walk, insn, { how: before.how, limit });
}
