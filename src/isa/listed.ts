import { hexByte, hexBytes } from '../text/numbers.js';
import type { Span } from '../text/source.js';
import { swapByteOrder } from './byte-order.js';
import { decodeProgram } from './decode.js';
import { encodeProgram } from './encode.js';
import type { Insn } from './insn.js';
import type { LowerContext } from './lower/context.js';
import type { Lowered } from './lower/insn.js';
import { isSameInstruction } from './same-instruction.js';

/** A listing's line: the bytes are the instruction; its text must say the same, as far as text can. Throws `InputError`. */
export function listedInsn(cx: LowerContext, bytes: Uint8Array, lowered: Lowered, at: Span): Insn {
  const said = lowered.insn;
  // A listing does not say of which byte order its object was: it is the one in which bytes and text agree.
  const read = [bytes, swapByteOrder(bytes)].map((b) => decodeProgram(b)[0]);
  const listed = read.filter((insn) => insn !== undefined && insn.op !== undefined) as readonly Insn[];
  const [first] = listed;
  if (first === undefined) {
    return cx.fail('B0105', 'the bytes are not an instruction, but the text is', {
      span: at,
      help: 'correct one of the two',
    });
  }
  const target =
    lowered.target?.kind === 'relative' ? Number(cx.tryEvaluate(lowered.target.offset) ?? 0n) : undefined;
  const expected: Insn = {
    ...said,
    ...(target === undefined ? {} : said.op.form === 'gotol' ? { imm: target } : { off: target }),
  };
  const same = listed.find((insn) => isSameInstruction(insn, expected, lowered));
  if (same === undefined) {
    const hex = (i: Insn): string => hexBytes(encodeProgram([i]));
    return cx.fail('B0105', 'text and bytes of this listing line disagree', {
      span: at,
      notes: [`the bytes are ${hex(first)}`, `the text says ${hex(expected)}`],
      help: 'correct one of the two, or leave the bytes out',
    });
  }
  return { ...same, span: at };
}

/** The `(b7)` of a kernel listing. Throws `InputError`. */
export function checkOpcode(cx: LowerContext, insn: Insn, opcode: number, at: Span): void {
  if (insn.op.opcode === opcode) return;
  const what = `the opcode before it is ${hexByte(opcode)}, but that of the text is ${hexByte(insn.op.opcode)}`;
  cx.fail('B0105', what, { span: at, help: 'correct one of the two, or leave the opcode out' });
}
