import { type Field, FORMS } from './forms.js';
import { type AnyInsn, type Insn, slotsOf } from './insn.js';
import type { Operation } from './operation.js';
import { operationsOf } from './table.js';

/** Eight bytes of a program, by the fields of `struct bpf_insn`. The second half of a 64-bit load is one of its own. */
export interface RawSlot {
  readonly opcode: number;
  readonly dst: number;
  readonly src: number;
  /** Signed. */
  readonly off: number;
  /** Signed. */
  readonly imm: number;
}

/** Reads the slot at byte `at`. */
export function readSlot(view: DataView, at: number): RawSlot {
  const regs = view.getUint8(at + 1);
  return {
    opcode: view.getUint8(at),
    dst: regs & 0xf,
    src: regs >> 4,
    off: view.getInt16(at + 2, true),
    imm: view.getInt32(at + 4, true),
  };
}

const FIELDS = ['dst', 'src', 'off', 'imm'] as const;
const isRegister = (n: number): boolean => n <= 11;

function matches(op: Operation, raw: RawSlot): boolean {
  return op.select === undefined || raw[op.select.field] === op.select.value;
}

/** The first field that must be zero in `op` and is not. */
function reservedField(op: Operation, raw: RawSlot): Field | undefined {
  const uses: readonly Field[] = FORMS[op.form].uses;
  return FIELDS.find((f) => !uses.includes(f) && op.select?.field !== f && raw[f] !== 0);
}

/** callx had its register in imm in early LLVM; both forms mean the same. */
function foldOldCallx(op: Operation, raw: RawSlot): RawSlot {
  const old = op.form === 'callx' && raw.dst === 0 && raw.imm > 0 && raw.imm <= 10;
  return old ? { ...raw, dst: raw.imm, imm: 0 } : raw;
}

/** Decodes the instruction at byte `at`; at least 8 bytes must be there. Never throws for any bytes. */
function decodeAt(view: DataView, bytes: Uint8Array, at: number): AnyInsn {
  const first = readSlot(view, at);
  const op = operationsOf(first.opcode).find((o) => matches(o, first));
  const unknown = (length: number): AnyInsn => ({ op: undefined, bytes: bytes.slice(at, at + length) });
  if (op === undefined) return unknown(8);
  const raw = foldOldCallx(op, first);
  const field = reservedField(op, raw);
  if (field !== undefined && field !== 'hi') {
    return { op: undefined, bytes: bytes.slice(at, at + 8), reserved: { op, field, value: raw[field] } };
  }
  const uses: readonly Field[] = FORMS[op.form].uses;
  if ((uses.includes('dst') && !isRegister(raw.dst)) || (uses.includes('src') && !isRegister(raw.src)))
    return unknown(8);
  let hi = 0;
  if (uses.includes('hi')) {
    if (at + 16 > view.byteLength) return unknown(8);
    const second = readSlot(view, at + 8);
    const bad = second.opcode !== 0 ? 'opcode' : FIELDS.find((f) => f !== 'imm' && second[f] !== 0);
    if (bad !== undefined) {
      return {
        op: undefined,
        bytes: bytes.slice(at, at + 16),
        reserved: {
          op,
          field: `${bad} of the second slot`,
          value: bad === 'opcode' ? second.opcode : second[bad],
        },
      };
    }
    hi = second.imm;
  }
  const of = (f: 'dst' | 'src' | 'off' | 'imm'): number => (uses.includes(f) ? raw[f] : 0);
  const insn: Insn = { op, dst: of('dst'), src: of('src'), off: of('off'), imm: of('imm'), hi };
  return insn;
}

/**
 * Decodes a program of little-endian instructions. Bytes that are not an instruction become a value that prints as bytes;
 * nothing is thrown. A tail of fewer than 8 bytes becomes one such value.
 */
export function decodeProgram(bytes: Uint8Array): AnyInsn[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out: AnyInsn[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 8 > bytes.length) {
      out.push({ op: undefined, bytes: bytes.slice(at) });
      break;
    }
    const insn = decodeAt(view, bytes, at);
    out.push(insn);
    at += insn.op === undefined ? insn.bytes.length : slotsOf(insn) * 8;
  }
  return out;
}
