import type { RawSlot } from '../../isa/decode.js';
import type { Series } from '../series.js';
import { CLASS, classOf, hasRegister, JUMP, MODE, modeOf, operationOf, SIZE, sizeOf } from './raw.js';

const ALU = { div: 0x30, neg: 0x80, mod: 0x90, mov: 0xb0, end: 0xd0 } as const;
/** `off` of a move that is a cast between address spaces (BPF_ADDR_SPACE_CAST). */
const CAST = 1;
/** Widths from which a move extends the sign. */
const MOVE_WIDTHS = { [CLASS.alu]: [8, 16], [CLASS.alu64]: [8, 16, 32] } as const;

const reserved = (name: string): string => `${name} uses reserved fields`;

function aluFields(series: Series, raw: RawSlot): string | undefined {
  const { src, off, imm } = raw;
  const isWide = classOf(raw) === CLASS.alu64;
  switch (operationOf(raw)) {
    case ALU.neg:
      return hasRegister(raw) || src !== 0 || off !== 0 || imm !== 0 ? reserved('BPF_NEG') : undefined;
    case ALU.end: {
      const isWidth = imm === 16 || imm === 32 || imm === 64;
      const isOther = isWide && hasRegister(raw);
      return src !== 0 || off !== 0 || !isWidth || isOther ? reserved('BPF_END') : undefined;
    }
    case ALU.mov: {
      if (!hasRegister(raw)) return src !== 0 || off !== 0 ? reserved('BPF_MOV') : undefined;
      if (isWide && off === CAST && series.hasCasts) {
        return imm === 1 || imm === 1 << 16
          ? undefined
          : 'addr_space_cast insn can only convert between address space 1 and 0';
      }
      const widths: readonly number[] = series.hasV4 ? MOVE_WIDTHS[isWide ? CLASS.alu64 : CLASS.alu] : [];
      return imm !== 0 || (off !== 0 && !widths.includes(off)) ? reserved('BPF_MOV') : undefined;
    }
    default: {
      const isDivision = operationOf(raw) === ALU.div || operationOf(raw) === ALU.mod;
      const isSigned = off === 1 && isDivision && series.hasV4;
      const isOff = off !== 0 && !isSigned;
      const isOther = hasRegister(raw) ? imm !== 0 : src !== 0;
      return isOff || isOther ? reserved('BPF_ALU') : undefined;
    }
  }
}

function jumpFields(raw: RawSlot): string | undefined {
  const { dst, src, off, imm } = raw;
  const isShort = classOf(raw) === CLASS.jmp;
  switch (operationOf(raw)) {
    case JUMP.call: {
      const isOff = src !== 2 && off !== 0;
      return hasRegister(raw) || isOff || src > 2 || dst !== 0 || !isShort ? reserved('BPF_CALL') : undefined;
    }
    case JUMP.ja:
      if (hasRegister(raw)) return src !== 0 || imm !== 0 || off !== 0 ? reserved('BPF_JA|BPF_X') : undefined;
      return src !== 0 || dst !== 0 || (isShort ? imm !== 0 : off !== 0) ? reserved('BPF_JA') : undefined;
    case JUMP.exit:
      return hasRegister(raw) || imm !== 0 || src !== 0 || dst !== 0 || !isShort
        ? reserved('BPF_EXIT')
        : undefined;
    case JUMP.mayGoto:
      return src !== 0 || dst !== 0 || imm !== 0 ? `invalid may_goto imm ${imm}` : undefined;
    default:
      return (hasRegister(raw) ? imm !== 0 : src !== 0) ? reserved('BPF_JMP/JMP32') : undefined;
  }
}

/** What a kernel says of loads to registers before it says anything of opcodes, in every series. */
export function loadFields(series: Series, raw: RawSlot): string | undefined {
  if (classOf(raw) !== CLASS.ldx) return undefined;
  const isMode = modeOf(raw) === MODE.mem || (modeOf(raw) === MODE.memsx && series.hasV4);
  return !isMode || raw.imm !== 0 ? reserved('BPF_LDX') : undefined;
}

/**
 * What a kernel says of fields that an instruction does not use and has all the same (check_insn_fields, kernel/bpf/verifier.c);
 * undefined if nothing.
 */
export function reservedFields(series: Series, raw: RawSlot): string | undefined {
  switch (classOf(raw)) {
    case CLASS.alu:
    case CLASS.alu64:
      return aluFields(series, raw);
    case CLASS.jmp:
    case CLASS.jmp32:
      return jumpFields(raw);
    case CLASS.ldx:
      return loadFields(series, raw);
    case CLASS.stx:
      if (modeOf(raw) === MODE.atomic) return undefined;
      return modeOf(raw) !== MODE.mem || raw.imm !== 0 ? reserved('BPF_STX') : undefined;
    case CLASS.st:
      return modeOf(raw) !== MODE.mem || raw.src !== 0 ? reserved('BPF_ST') : undefined;
    default: {
      const isAbsolute = modeOf(raw) === MODE.abs;
      if (!isAbsolute && modeOf(raw) !== MODE.ind) return undefined;
      return raw.dst !== 0 || raw.off !== 0 || (isAbsolute && raw.src !== 0)
        ? reserved('BPF_LD_[ABS|IND]')
        : undefined;
    }
  }
}

/** Operations on memory in one step: `imm` of each (RFC 9669 section 5.3), with the bit that has what was there fetched. */
const UPDATES: readonly number[] = [0x00, 0x01, 0x40, 0x41, 0x50, 0x51, 0xa0, 0xa1, 0xe1, 0xf1];
const ORDERED: readonly number[] = [0x100, 0x110];

/** What a kernel says of an atomic operation when the walk comes there (check_atomic). */
export function atomicFields(series: Series, raw: RawSlot): string | undefined {
  if (classOf(raw) !== CLASS.stx || modeOf(raw) !== MODE.atomic) return undefined;
  const { imm } = raw;
  if (UPDATES.includes(imm)) {
    const isWord = sizeOf(raw) === SIZE.double || sizeOf(raw) === SIZE.word;
    return isWord ? undefined : 'invalid atomic operand size';
  }
  if (ORDERED.includes(imm) && series.hasLoadAcquire) return undefined;
  return `BPF_ATOMIC uses invalid atomic opcode ${(imm >>> 0).toString(16).padStart(2, '0')}`;
}
