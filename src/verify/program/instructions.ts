import { decodeProgram, type RawSlot } from '../../isa/decode.js';
import { type AnyInsn, type Insn, slotsOf } from '../../isa/insn.js';
import type { Refusal, VerifyRequest } from '../request.js';
import { atomicFields, loadFields, reservedFields } from './fields.js';
import { isKnownOpcode } from './opcodes.js';
import { isWide } from './raw.js';
import { refuseHalf, refuseWide } from './references.js';

const REGISTERS = 11;

const invalid = (message: string, slot: number): Refusal => ({ errno: 'EINVAL', message, slot });

function badRegister({ dst, src }: RawSlot): string | undefined {
  if (dst >= REGISTERS) return `R${dst} is invalid`;
  return src >= REGISTERS ? `R${src} is invalid` : undefined;
}

/**
 * What is wrong with single instructions. Since 7.0 Linux looks at all of each before anything else (`first`); older ones look at
 * opcodes and at what has to be found, and at the rest when the walk comes there (`later`).
 */
export interface InstructionFaults {
  readonly first?: Refusal;
  readonly later: ReadonlyMap<number, Refusal>;
}

export function instructionFaults(request: VerifyRequest, raws: readonly RawSlot[]): InstructionFaults {
  const { series } = request;
  const later = new Map<number, Refusal>();
  for (let slot = 0; slot < raws.length; slot += 1) {
    const raw = raws[slot]!;
    const register = badRegister(raw);
    if (register !== undefined && series.checksFieldsFirst) return { first: invalid(register, slot), later };
    const load = series.checksFieldsFirst ? undefined : loadFields(series, raw);
    if (load !== undefined) return { first: invalid(load, slot), later };
    if (isWide(raw)) {
      const wrong = refuseWide(request, raw, raws[slot + 1]);
      if (wrong !== undefined) return { first: { ...wrong, slot }, later };
      if (raw.off !== 0) later.set(slot, invalid('BPF_LD_IMM64 uses reserved fields', slot));
      else if (register !== undefined) later.set(slot, invalid(register, slot));
      slot += 1;
      continue;
    }
    if (!isKnownOpcode(series, raw))
      return { first: invalid(`unknown opcode ${raw.opcode.toString(16).padStart(2, '0')}`, slot), later };
    const fields = reservedFields(series, raw);
    if (fields !== undefined && series.checksFieldsFirst) return { first: invalid(fields, slot), later };
    const wrong = fields ?? register ?? atomicFields(series, raw);
    if (wrong !== undefined) later.set(slot, invalid(wrong, slot));
  }
  return { later };
}

/** The last instruction, where it is the first half of a 64-bit load: since 7.0 that is seen before anything else. */
export function refuseLastHalf(raws: readonly RawSlot[]): Refusal | undefined {
  let slot = 0;
  while (slot < raws.length - 1) slot += isWide(raws[slot]!) ? 2 : 1;
  const isHalf = slot < raws.length && isWide(raws[slot]!);
  return isHalf ? { ...refuseHalf(undefined)!, slot } : undefined;
}

/** An instruction with `off` that it does not use and the kernel does not look at, such as that of `exit`, without it. */
function withoutOffset({ bytes }: { readonly bytes: Uint8Array }): Insn | undefined {
  const copy = bytes.slice();
  copy.fill(0, 2, 4);
  const [insn] = decodeProgram(copy);
  return insn?.op === undefined ? undefined : insn;
}

/** Instructions at the slots at which they begin; undefined for second halves and for what is refused where it is met. */
export function bySlot(insns: readonly AnyInsn[]): readonly (Insn | undefined)[] {
  return insns.flatMap((insn) => {
    const known = insn.op === undefined ? withoutOffset(insn) : insn;
    return slotsOf(insn) === 2 ? [known, undefined] : [known];
  });
}
