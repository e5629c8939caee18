import type { Operation } from '../isa/operation.js';
import { OPERATIONS, operation } from '../isa/table.js';

/**
 * An instruction as the machine's code holds it, four words a slot:
 *
 *     0  operation id | index of dst << 8 | index of src << 16     (indices count 32-bit words: 2 a register)
 *     1  off
 *     2  imm    of a call: index of the function or leaf
 *     3  upper half of a 64-bit immediate
 */
export const WORDS_PER_SLOT = 4;

/** Operation in place of those of tracked functions, where the interpreter does not observe. */
export const TRACKED_ID = 0xff;

if (OPERATIONS.length > TRACKED_ID)
  throw new Error(
    `${OPERATIONS.length} operations do not fit into the byte that a word of code has for them`,
  );

/** The first word of a slot. */
export function wordOf(op: Operation, dst: number, src: number): number {
  return op.id | ((dst * 2) << 8) | ((src * 2) << 16);
}

/** From the first word of a slot: the id of its operation, and where its registers lie among a thread's words. */
export const opIdOf = (word: number): number => word & 0xff;
export const dstWordOf = (word: number): number => (word >> 8) & 0xff;
export const srcWordOf = (word: number): number => word >> 16;

/** From the first word of a slot: the operation, and the numbers of the registers. */
export const opOf = (word: number): Operation => OPERATIONS[opIdOf(word)]!;
export const dstOf = (word: number): number => dstWordOf(word) >> 1;
export const srcOf = (word: number): number => srcWordOf(word) >> 1;

/** The operation of a call that goes to a leaf, once it has been placed. */
export const LEAF_CALL = operation('call').id;

/** And of one that goes to a function. */
export const LOCAL_CALL = operation('call_local').id;

/** What an instruction in a slot holds, linked: of a call, `imm` is the index of the function or leaf. */
export interface Decoded {
  readonly op: Operation;
  readonly dst: number;
  readonly src: number;
  readonly off: number;
  readonly imm: number;
  readonly hi: number;
}

export function decodeSlot(code: Int32Array | readonly number[], slot: number): Decoded {
  const at = slot * WORDS_PER_SLOT;
  const word = code[at]!;
  return {
    op: opOf(word),
    dst: dstOf(word),
    src: srcOf(word),
    off: code[at + 1]!,
    imm: code[at + 2]!,
    hi: code[at + 3]!,
  };
}

/** The first word of a slot, for those who look at nothing else. */
export const wordAt = (code: Int32Array, slot: number): number => code[slot * WORDS_PER_SLOT]!;
export const offAt = (code: Int32Array, slot: number): number => code[slot * WORDS_PER_SLOT + 1]!;
export const immAt = (code: Int32Array, slot: number): number => code[slot * WORDS_PER_SLOT + 2]!;
