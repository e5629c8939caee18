import type { Machine } from './machine.js';
import type { Thread } from './thread.js';
import type { Trap } from './trap.js';
import { dstWordOf, wordAt } from './word.js';

/** Whether an access that was not possible was a load that reads 0 then; if so, it has, and the thread is after it. */
export function readsZero(machine: Machine, thread: Thread, { kind, access }: Trap): boolean {
  const slot = thread.pc;
  if (kind !== undefined || access !== 'read' || !machine.text.isGuarded(slot)) return false;
  const register = thread.word + dstWordOf(wordAt(machine.text.code, slot));
  machine.memory.i32[register] = 0;
  machine.memory.i32[register + 1] = 0;
  machine.zeroReads.set(slot, (machine.zeroReads.get(slot) ?? 0) + 1);
  thread.pc = slot + 1;
  return true;
}
