import { PROGRAM_TYPE } from '../kinds.js';
import { s64 } from '../range/words.js';
import { checkBuffer, checkPacket } from './bounds.js';
import { accessBtf } from './btf.js';
import type { Call } from './call-facts.js';
import { markPrecise } from './precision.js';
import { refuse } from './refused.js';
import { checkMapAccess, checkMapMode, checkRegion } from './region.js';
import { checkStackBytes } from './stack-range.js';
import type { Walk } from './walk.js';

interface CallMemory {
  readonly register: number;
  readonly size: number;
  readonly zeroSize: boolean;
  /** The call fills it: it need not hold anything. */
  readonly isRaw: boolean;
}

/** Memory that a call reads or writes (check_helper_mem_access). */
export function checkCallMemory(
  walk: Walk,
  memory: CallMemory,
  mode: 'read' | 'write',
  call: Pick<Call, 'raw'>,
): void {
  const { register: number, size, zeroSize } = memory;
  const pointer = walk.register(number);
  const access = { register: number, offset: 0, size, zeroSize, by: 'helper' } as const;
  const cannotWrite = (): never => refuse('EACCES', `R${number} cannot write into ${pointer.type}`);
  switch (pointer.kind) {
    case 'packet':
    case 'packet_meta':
      checkPacket(pointer, access);
      return;
    case 'map_key':
      if (mode === 'write') cannotWrite();
      checkRegion(pointer, { ...access, zeroSize: false }, pointer.map.keySize);
      return;
    case 'map_value':
      checkMapMode(pointer, access, mode);
      checkMapAccess(pointer, access);
      return;
    case 'mem':
      if (mode === 'write' && pointer.has('readonly')) cannotWrite();
      checkRegion(pointer, access, pointer.target.size ?? 0);
      return;
    case 'buf':
      if (mode === 'write' && pointer.has('readonly')) cannotWrite();
      checkBuffer(pointer, access, pointer.has('readonly') ? 'rdonly' : 'rdwr');
      return;
    case 'stack': {
      const { forgetsWhatHelpersRead: forgets } = walk.request.series;
      const stack = { register: number, offset: 0, size, zeroSize, isRaw: memory.isRaw, forgets };
      const is = checkStackBytes(walk, pointer, stack, mode);
      if (is === 'raw') call.raw = { register: number, size };
      return;
    }
    case 'btf':
      accessBtf(walk, pointer, { register: number, offset: 0, size: 1, mode });
      return;
    case 'ctx':
      if (walk.request.kind.type === PROGRAM_TYPE.syscall) {
        checkRegion(pointer, access, 0xffff);
        return;
      }
      break;
    default:
      break;
  }
  if (zeroSize && size === 0 && pointer.isNull) return;
  refuse('EACCES', `R${number} type=${pointer.type} expected=fp`);
}

/** Sizes of memory that are to be below this (BPF_MAX_VAR_SIZ). */
const MAX_SIZE = 1n << 29n;

/** How a call uses memory whose size comes after it: reads it, fills it whatever was there, or both reads and writes it. */
export type SizedUse = 'reads' | 'fills' | 'changes';
const MODES = { reads: ['read'], fills: ['write'], changes: ['read', 'write'] } as const;

/** A size, and the memory in front of it (check_mem_size_reg). */
export function checkCallSize(
  walk: Walk,
  number: number,
  how: { readonly zeroSize: boolean; readonly use: SizedUse },
  call: Call,
): void {
  const { scalar } = walk.register(number);
  call.maxSize = scalar.umax;
  if (scalar.smin < 0n) {
    refuse('EACCES', `R${number} min value is negative, either use unsigned or 'var &= const'`);
  }
  if (scalar.umin === 0n && !how.zeroSize) {
    refuse('EACCES', `R${number} invalid zero-sized read: u64=[${scalar.umin},${s64(scalar.umax)}]`);
  }
  if (scalar.umax >= MAX_SIZE) {
    refuse('EACCES', `R${number} unbounded memory access, use 'var &= const' or 'if (var < const)'`);
  }
  const isRaw = how.use === 'fills' && scalar.isConstant;
  const memory = { register: number - 1, size: Number(scalar.umax), zeroSize: how.zeroSize, isRaw };
  for (const mode of MODES[how.use]) checkCallMemory(walk, memory, mode, call);
  markPrecise(walk, number);
}
