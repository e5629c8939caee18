import { encodeProgram } from '../../isa/encode.js';
import type { AnyInsn } from '../../isa/insn.js';

/** Eight bytes of a program, by the fields of `struct bpf_insn`. The second half of a 64-bit load is one of its own. */
export interface RawSlot {
  readonly code: number;
  readonly dst: number;
  readonly src: number;
  /** Signed. */
  readonly off: number;
  /** Signed. */
  readonly imm: number;
}

/** A program as it is given to the kernel. What is left over at its end, less than eight bytes, is not. */
export function rawSlots(insns: readonly AnyInsn[]): readonly RawSlot[] {
  const bytes = encodeProgram(insns);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(bytes.length / 8) }, (_, slot) => {
    const at = slot * 8;
    const registers = view.getUint8(at + 1);
    return {
      code: view.getUint8(at),
      dst: registers & 0xf,
      src: registers >> 4,
      off: view.getInt16(at + 2, true),
      imm: view.getInt32(at + 4, true),
    };
  });
}

/** Parts of an opcode (RFC 9669 section 3). */
export const CLASS = { ld: 0, ldx: 1, st: 2, stx: 3, alu: 4, jmp: 5, jmp32: 6, alu64: 7 } as const;
export const classOf = ({ code }: RawSlot): number => code & 7;
/** The operation of an arithmetic instruction or a jump. */
export const operationOf = ({ code }: RawSlot): number => code & 0xf0;
/** How a load or a store addresses memory. */
export const modeOf = ({ code }: RawSlot): number => code & 0xe0;
/** Whether the second operand is a register. */
export const hasRegister = ({ code }: RawSlot): boolean => (code & 8) !== 0;

export const JUMP = { ja: 0x00, call: 0x80, exit: 0x90, mayGoto: 0xe0 } as const;
export const MODE = { imm: 0x00, abs: 0x20, ind: 0x40, mem: 0x60, memsx: 0x80, atomic: 0xc0 } as const;
const WIDE = 0x18;

export const isWide = ({ code }: RawSlot): boolean => code === WIDE;
export const isJump = (raw: RawSlot): boolean => classOf(raw) === CLASS.jmp || classOf(raw) === CLASS.jmp32;
const isCallOf = (raw: RawSlot, src: number): boolean =>
  raw.code === (CLASS.jmp | JUMP.call) && raw.src === src;
export const isHelperCall = (raw: RawSlot): boolean => isCallOf(raw, 0);
/** Calls a function of the program. */
export const isLocalCall = (raw: RawSlot): boolean => isCallOf(raw, 1);
export const isKfuncCall = (raw: RawSlot): boolean => isCallOf(raw, 2);
/** Loads the address of a function of the program (BPF_PSEUDO_FUNC). */
export const isFunctionLoad = (raw: RawSlot): boolean => isWide(raw) && raw.src === 4;
/** Slots from the next to where a jump leads. */
export const jumpDistance = (raw: RawSlot): number =>
  raw.code === (CLASS.jmp32 | JUMP.ja) ? raw.imm : raw.off;
