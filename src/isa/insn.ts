import type { Span } from '../text/source.js';
import { type RegisterUse, slotsOfForm } from './forms.js';
import type { Operation } from './operation.js';

/** A name in the place of a number that is known once the program is linked. */
export interface Reference {
  readonly name: string;
  /** Added to the address of the name. */
  readonly addend: bigint;
  readonly span: Span | undefined;
}

/** A decoded instruction. Sub-opcodes are folded into `op`; the fields hold operands only, and 0 where `op` has none. */
export interface Insn {
  readonly op: Operation;
  /** Register number 0 to 11. */
  readonly dst: number;
  /** Register number 0 to 11. */
  readonly src: number;
  /** Signed 16 bits: a jump distance in slots, or a byte offset. */
  readonly off: number;
  /** Signed 32 bits. */
  readonly imm: number;
  /** Signed 32 bits: the upper half of a 64-bit immediate. */
  readonly hi: number;
  readonly ref?: Reference;
  /** What it needs of the kernel and the kernel does not have, where it takes the place of the instruction that did. */
  readonly missing?: string;
  readonly span?: Span;
}

/** Bytes that are not an instruction of the table. Prints as bytes, and is refused at load. */
export interface UnknownInsn {
  readonly op: undefined;
  readonly bytes: Uint8Array;
  /** Set where a known operation has a non-zero field that it does not use. */
  readonly reserved?: { readonly op: Operation; readonly field: string; readonly value: number };
  readonly span?: Span;
}

export type AnyInsn = Insn | UnknownInsn;

export function makeInsn(op: Operation, fields: Partial<Omit<Insn, 'op'>> = {}): Insn {
  return { dst: 0, src: 0, off: 0, imm: 0, hi: 0, ...fields, op };
}

/** Slots of 8 bytes an instruction takes: jumps and listings count in these. */
export function slotsOf(insn: AnyInsn): 1 | 2 {
  if (insn.op === undefined) return insn.bytes.length > 8 ? 2 : 1;
  return slotsOfForm(insn.op.form);
}

/** Number of a register that an instruction reads or writes. */
export const registerOf = ({ dst, src }: Pick<Insn, 'dst' | 'src'>, use: RegisterUse): number =>
  use === 'dst' ? dst : use === 'src' ? src : use;

/** The 64-bit immediate of a wide load, unsigned. */
export function wideValue(insn: Insn): bigint {
  return (BigInt(insn.hi >>> 0) << 32n) | BigInt(insn.imm >>> 0);
}
