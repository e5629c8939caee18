import type { RawSlot } from '../../isa/decode.js';
import { operationsOf } from '../../isa/table.js';
import type { Series } from '../series.js';
import { CLASS, classOf, JUMP, MODE, modeOf, operationOf, SIZE, sizeOf } from './raw.js';

const SWAP = 0xd7;
const CALL_REGISTER = 0x8d;
const GOTO_REGISTER = 0x0d;

/** Whether an opcode is one of the kernel's table (bpf_opcode_in_insntable, kernel/bpf/core.c), which grows with the series. */
export function isKnownOpcode(series: Series, raw: RawSlot): boolean {
  const { opcode } = raw;
  if (opcode === CALL_REGISTER || operationsOf(opcode).every((op) => op.isa === 'internal')) return false;
  // `gotol` is there already: 6.1.176 takes it.
  if (opcode === SWAP) return series.hasV4;
  if (opcode === GOTO_REGISTER) return series.hasIndirectJumps;
  if (opcode === (CLASS.jmp | JUMP.mayGoto)) return series.hasMayGoto;
  if (classOf(raw) === CLASS.ldx && modeOf(raw) === MODE.memsx) return series.hasV4;
  // Bytes and halves are only loaded and stored with an order.
  const isNarrow = sizeOf(raw) === SIZE.byte || sizeOf(raw) === SIZE.half;
  if (classOf(raw) === CLASS.stx && modeOf(raw) === MODE.atomic && isNarrow) return series.hasLoadAcquire;
  return operationOf(raw) !== JUMP.mayGoto || classOf(raw) !== CLASS.jmp32;
}
