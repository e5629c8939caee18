import { type RawSlot, readSlot } from '../../isa/decode.js';
import { encodeProgram } from '../../isa/encode.js';
import type { AnyInsn } from '../../isa/insn.js';

/** A program as it is given to the kernel. What is left over at its end, less than eight bytes, is not. */
export function rawSlots(insns: readonly AnyInsn[]): readonly RawSlot[] {
  const bytes = encodeProgram(insns);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(bytes.length / 8) }, (_, slot) => readSlot(view, slot * 8));
}

/** Parts of an opcode (RFC 9669 section 3). */
export const CLASS = { ld: 0, ldx: 1, st: 2, stx: 3, alu: 4, jmp: 5, jmp32: 6, alu64: 7 } as const;
export const classOf = ({ opcode }: RawSlot): number => opcode & 7;
/** The operation of an arithmetic instruction or a jump. */
export const operationOf = ({ opcode }: RawSlot): number => opcode & 0xf0;
/** How a load or a store addresses memory. */
export const modeOf = ({ opcode }: RawSlot): number => opcode & 0xe0;
/** How many bytes a load or a store moves. */
export const sizeOf = ({ opcode }: RawSlot): number => opcode & 0x18;
/** Whether the second operand is a register. */
export const hasRegister = ({ opcode }: RawSlot): boolean => (opcode & 8) !== 0;

export const JUMP = { ja: 0x00, call: 0x80, exit: 0x90, mayGoto: 0xe0 } as const;
export const MODE = { imm: 0x00, abs: 0x20, ind: 0x40, mem: 0x60, memsx: 0x80, atomic: 0xc0 } as const;
export const SIZE = { word: 0x00, half: 0x08, byte: 0x10, double: 0x18 } as const;
const WIDE = CLASS.ld | MODE.imm | SIZE.double;

export const isWide = ({ opcode }: RawSlot): boolean => opcode === WIDE;
export const isJump = (raw: RawSlot): boolean => classOf(raw) === CLASS.jmp || classOf(raw) === CLASS.jmp32;
const isCallOf = (raw: RawSlot, src: number): boolean =>
  raw.opcode === (CLASS.jmp | JUMP.call) && raw.src === src;
export const isHelperCall = (raw: RawSlot): boolean => isCallOf(raw, 0);
/** Calls a function of the program. */
export const isLocalCall = (raw: RawSlot): boolean => isCallOf(raw, 1);
export const isKfuncCall = (raw: RawSlot): boolean => isCallOf(raw, 2);
/** Loads the address of a function of the program (BPF_PSEUDO_FUNC). */
export const isFunctionLoad = (raw: RawSlot): boolean => isWide(raw) && raw.src === 4;
/** Slots from the next to where a jump leads. */
export const jumpDistance = (raw: RawSlot): number =>
  raw.opcode === (CLASS.jmp32 | JUMP.ja) ? raw.imm : raw.off;
