import { FRAME, NO_CALLER, walkFrames } from '../../machine/stack.js';
import { type Thread, WORD } from '../../machine/thread.js';

/** Whether a thread has one frame only. */
export function isOutermost(thread: Thread): boolean {
  const { i32 } = thread.memory;
  return i32[(i32[thread.word + WORD.r10]! + FRAME.returnSlot) >> 2]! === NO_CALLER;
}

/** The function whose frame is the innermost of a thread. */
export function functionOf(thread: Thread): number {
  const { i32 } = thread.memory;
  return i32[(i32[thread.word + WORD.r10]! + FRAME.function) >> 2]!;
}

/** The functions whose frames a thread has, innermost first. */
export function callers(thread: Thread): number[] {
  return walkFrames(thread.memory, thread.word, thread.pc).map((f) => f.fn);
}
