import { type Insn, makeInsn } from '../../isa/insn.js';
import { operation, operationsOf } from '../../isa/table.js';
import { malformed } from '../malformed.js';
import type { Resolution } from './resolve.js';

/** The helper that does not exist which libbpf calls in place of what it could not relocate (0xbad2310). */
const POISON = 0xbad_2310;

/** The same kind of load or store with another size. */
function resized(insn: Insn, size: number): Insn | undefined {
  const SIZE_BITS = 0x18;
  for (const bits of [0x00, 0x08, 0x10, 0x18]) {
    const op = operationsOf((insn.op.opcode & ~SIZE_BITS) | bits).find(
      (o) => o.form === insn.op.form && o.size === size,
    );
    if (op !== undefined) return { ...insn, op };
  }
  return undefined;
}

const isAccess = (insn: Insn): boolean =>
  insn.op.form === 'load' || insn.op.form === 'store_imm' || insn.op.form === 'store_reg';

/** What the instruction holds in the field that is relocated; undefined if it has none. */
function heldValue(insn: Insn): bigint | undefined {
  if (isAccess(insn)) return BigInt(insn.off);
  if (insn.op.form === 'mov_imm' || insn.op.form === 'alu_imm') return BigInt(insn.imm);
  if (insn.op.name === 'lddw') return (BigInt(insn.hi) << 32n) | BigInt(insn.imm >>> 0);
  return undefined;
}

/**
 * The instruction with the value of the target in it, as bpf_core_patch_insn of libbpf does it; undefined where the
 * value does not fit or the access cannot be made that wide. Throws `InputError` if the instruction cannot hold a value
 * or holds another one than the object's own types say.
 */
export function patched(insn: Insn, to: Resolution, place: string): Insn | undefined {
  const held = heldValue(insn);
  if (held === undefined) throw malformed('B1007', `${place}: \`${insn.op.name}\` has no value to relocate`);
  const bits = insn.op.name === 'lddw' ? 64 : 32;
  if (to.before !== undefined && BigInt.asIntN(bits, held) !== BigInt.asIntN(bits, to.before))
    throw malformed(
      'B1007',
      `${place}: the instruction holds ${held}, and the object's types say ${to.before}`,
    );
  const { value } = to;
  if (isAccess(insn)) {
    if (to.width === 'impossible' || value > 0x7fffn) return undefined;
    const off = Number(value);
    return to.width === 'same' ? { ...insn, off } : resized({ ...insn, off }, to.width.size);
  }
  if (bits === 64) {
    const low = Number(BigInt.asIntN(32, value));
    return { ...insn, imm: low, hi: Number(BigInt.asIntN(32, value >> 32n)) };
  }
  if (BigInt.asIntN(32, value) !== value && BigInt.asUintN(32, value) !== value) return undefined;
  return { ...insn, imm: Number(BigInt.asIntN(32, value)) };
}

/** What is in place of an instruction that could not be relocated, slot by slot. */
export function poison(insn: Insn, missing: string): Insn {
  return makeInsn(operation('call'), { imm: POISON, missing, ...(insn.span && { span: insn.span }) });
}
