import { KERNEL_HIGH, type Memory, toAddress } from './memory.js';
import { WORD } from './thread.js';
import { Trap } from './trap.js';

/**
 * Frames grow downwards. A call stores a record below the caller's frame and opens the callee's frame below that:
 *
 *     caller's frame   … sp
 *     record           r6 r7 r8 r9 r10 of the caller (40 bytes), return slot, function,
 *                      may_goto count, tail calls made, 8 spare
 *     callee's frame   <- r10 of the callee; as large as the function needs, zeroed
 *                      <- new sp
 *
 * Records are poisoned, so they are the redzones between frames; everything below sp is poisoned too. Offsets in bytes.
 */
export const RECORD = 64;
const SAVED_R10 = 32;
const RETURN = 40;
const FUNCTION = 44;
const MAY_GOTO = 48;
const TAIL_CALLS = 52;
const SPARE = 56;

/** The same, for compiled code and for those who look at stacks. */
export const FRAME = {
  record: RECORD,
  savedR10: SAVED_R10,
  returnSlot: RETURN,
  function: FUNCTION,
  mayGoto: MAY_GOTO,
  tailCalls: TAIL_CALLS,
  spare: SPARE,
} as const;

/** The return slot of a thread's first frame. */
export const NO_CALLER = -1;

/** What r1 to r5 hold after a call: nothing anyone should use. */
export const CLOBBERED = BigInt.asIntN(64, 0xdead0000ca11ed00n);

/** Marks r1 to r5 as not to be used after a call. */
export function clobberArguments(memory: Memory, r: number): void {
  const { i64 } = memory;
  const r0 = r >> 1;
  i64[r0 + 1] = CLOBBERED;
  i64[r0 + 2] = CLOBBERED;
  i64[r0 + 3] = CLOBBERED;
  i64[r0 + 4] = CLOBBERED;
  i64[r0 + 5] = CLOBBERED;
}

/** True for a value that a call left in r1 to r5. */
export function isClobbered(value: bigint): boolean {
  const far = BigInt.asIntN(64, value - CLOBBERED);
  return far > -0x10000n && far < 0x10000n;
}

/** Opens a frame of `size` bytes (a multiple of 8). `r` is the index of the thread's r0. */
export function pushFrame(memory: Memory, r: number, size: number, returnSlot: number, fn: number): void {
  const w = memory.i32;
  const sp = w[r + WORD.sp]!;
  const top = sp - RECORD;
  const bottom = top - size;
  if (bottom < w[r + WORD.stackLow]!)
    throw new Trap('stack_overflow', toAddress(Math.max(0, bottom)), size + RECORD, 'write');
  const record = top >> 2;
  const { i64 } = memory;
  const from = (r + WORD.r6) >> 1;
  const to = top >> 3;
  i64[to] = i64[from]!;
  i64[to + 1] = i64[from + 1]!;
  i64[to + 2] = i64[from + 2]!;
  i64[to + 3] = i64[from + 3]!;
  i64[to + 4] = i64[from + 4]!;
  w[record + RETURN / 4] = returnSlot;
  w[record + FUNCTION / 4] = fn;
  w[record + MAY_GOTO / 4] = 0;
  w[record + TAIL_CALLS / 4] = 0;
  for (let i = bottom >> 2; i < record; i += 1) w[i] = 0;
  const { poison } = memory;
  for (let i = bottom >> 3; i < top >> 3; i += 1) poison[i] = 0;
  w[r + WORD.r10] = top;
  w[r + WORD.r10 + 1] = KERNEL_HIGH;
  w[r + WORD.sp] = bottom;
}

/**
 * Fills in the record of a frame that is open below the innermost, and makes it the innermost. Registers are not saved:
 * compiled code has done that, or what it had in them is gone.
 */
export function fillFrame(memory: Memory, r: number, size: number, returnSlot: number, fn: number): void {
  const w = memory.i32;
  const top = w[r + WORD.sp]! - RECORD;
  w[(top + SAVED_R10) >> 2] = w[r + WORD.r10]!;
  w[(top + SAVED_R10 + 4) >> 2] = KERNEL_HIGH;
  w[(top + RETURN) >> 2] = returnSlot;
  w[(top + FUNCTION) >> 2] = fn;
  w[(top + MAY_GOTO) >> 2] = 0;
  w[(top + TAIL_CALLS) >> 2] = 0;
  w[r + WORD.r10] = top;
  w[r + WORD.sp] = top - size;
}

/** Closes the innermost frame and returns the slot to go on at, or `NO_CALLER`. */
export function popFrame(memory: Memory, r: number): number {
  const w = memory.i32;
  const top = w[r + WORD.r10]!;
  const record = top >> 2;
  const { poison } = memory;
  for (let i = w[r + WORD.sp]! >> 3; i < top >> 3; i += 1) poison[i] = 0xff;
  const { i64 } = memory;
  const from = top >> 3;
  const to = (r + WORD.r6) >> 1;
  i64[to] = i64[from]!;
  i64[to + 1] = i64[from + 1]!;
  i64[to + 2] = i64[from + 2]!;
  i64[to + 3] = i64[from + 3]!;
  i64[to + 4] = i64[from + 4]!;
  w[r + WORD.sp] = top + RECORD;
  clobberArguments(memory, r);
  return w[record + RETURN / 4]!;
}

/**
 * Gives the innermost frame to another function: what was saved of the caller and where to return stay, the frame
 * becomes as large as `fn` needs and is zeroed. r1 is handed on; the other argument registers are lost.
 */
export function replaceFrame(memory: Memory, r: number, size: number, fn: number): void {
  const w = memory.i32;
  const top = w[r + WORD.r10]!;
  const bottom = top - size;
  if (bottom < w[r + WORD.stackLow]!)
    throw new Trap('stack_overflow', toAddress(Math.max(0, bottom)), size, 'write');
  const { poison } = memory;
  for (let i = w[r + WORD.sp]! >> 3; i < bottom >> 3; i += 1) poison[i] = 0xff;
  for (let i = bottom >> 3; i < top >> 3; i += 1) poison[i] = 0;
  w.fill(0, bottom >> 2, top >> 2);
  w[(top + FUNCTION) >> 2] = fn;
  w[(top + MAY_GOTO) >> 2] = 0;
  w[r + WORD.sp] = bottom;
  const ctx = memory.i64[(r + WORD.r1) >> 1]!;
  clobberArguments(memory, r);
  memory.i64[(r + WORD.r1) >> 1] = ctx;
}

/** Tail calls one invocation of a program may make (MAX_TAIL_CALL_CNT, linux/bpf.h). */
const MAX_TAIL_CALLS = 33;

/**
 * The word that counts an invocation's tail calls: it is in the record of the frame that was not called by a program, so that a
 * tail call in a function of a program counts with the program's. `isProgram` tells whether the code in a slot is a program's.
 */
function tailCallCount(memory: Memory, r: number, isProgram: (slot: number) => boolean): number {
  const w = memory.i32;
  let top = w[r + WORD.r10]!;
  for (let back = w[(top + RETURN) >> 2]!; back !== NO_CALLER; back = w[(top + RETURN) >> 2]!) {
    if (!isProgram(back - 1)) break;
    top = w[(top + SAVED_R10) >> 2]!;
  }
  return (top + TAIL_CALLS) >> 2;
}

/** Whether the invocation has made as many tail calls as it may. */
export const isOutOfTailCalls = (memory: Memory, r: number, isProgram: (slot: number) => boolean): boolean =>
  memory.i32[tailCallCount(memory, r, isProgram)]! >= MAX_TAIL_CALLS;

/** Counts a tail call; false when the invocation has made as many as it may. */
export function countTailCall(memory: Memory, r: number, isProgram: (slot: number) => boolean): boolean {
  if (isOutOfTailCalls(memory, r, isProgram)) return false;
  memory.i32[tailCallCount(memory, r, isProgram)]! += 1;
  return true;
}

/** Iterations a `may_goto` loop may make (BPF_MAX_LOOPS, linux/bpf.h). */
export const MAX_LOOPS = 8 * 1024 * 1024;

/** Counts a pass of `may_goto` in the innermost frame; true when the loop has to end. */
export function mayGotoEnds(memory: Memory, r: number): boolean {
  const w = memory.i32;
  const count = (w[r + WORD.r10]! + MAY_GOTO) >> 2;
  if (w[count]! >= MAX_LOOPS) return true;
  w[count]! += 1;
  return false;
}

/** A frame as a backtrace shows it. */
export interface FrameInfo {
  /** Index of the function in the machine's table. */
  readonly fn: number;
  /** Slot the frame is at: of the faulting instruction in the innermost, of the call in all others. */
  readonly slot: number;
  /** Offsets of the frame's first byte and of the byte after its last. */
  readonly bottom: number;
  readonly top: number;
}

/** The live frames of a thread, innermost first. `slot` is where the innermost is. */
export function walkFrames(memory: Memory, r: number, slot: number): FrameInfo[] {
  const w = memory.i32;
  const frames: FrameInfo[] = [];
  let top = w[r + WORD.r10]!;
  let bottom = w[r + WORD.sp]!;
  let at = slot;
  const high = w[r + WORD.stackHigh]!;
  while (top > 0 && top < high) {
    const record = top >> 2;
    frames.push({ fn: w[record + FUNCTION / 4]!, slot: at, bottom, top });
    const back = w[record + RETURN / 4]!;
    if (back === NO_CALLER) break;
    at = back - 1;
    bottom = top + RECORD;
    top = w[(top + SAVED_R10) >> 2]!;
  }
  return frames;
}
