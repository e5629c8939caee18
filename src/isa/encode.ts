import { type AnyInsn, type Insn, slotsOf } from './insn.js';

function writeInsn(view: DataView, at: number, insn: Insn): void {
  const { op } = insn;
  const of = (field: 'src' | 'off' | 'imm'): number =>
    op.select?.field === field ? op.select.value : insn[field];
  view.setUint8(at, op.opcode);
  view.setUint8(at + 1, (of('src') << 4) | insn.dst);
  view.setInt16(at + 2, of('off'), true);
  view.setInt32(at + 4, of('imm'), true);
  if (slotsOf(insn) === 2) view.setInt32(at + 12, insn.hi, true);
}

/** Encodes instructions to little-endian bytes; an unknown one is written as the bytes it was. */
export function encodeProgram(insns: readonly AnyInsn[]): Uint8Array {
  const length = insns.reduce((sum, i) => sum + (i.op === undefined ? i.bytes.length : slotsOf(i) * 8), 0);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const insn of insns) {
    if (insn.op === undefined) {
      bytes.set(insn.bytes, at);
      at += insn.bytes.length;
    } else {
      writeInsn(view, at, insn);
      at += slotsOf(insn) * 8;
    }
  }
  return bytes;
}
