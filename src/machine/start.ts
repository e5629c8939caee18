import type { Machine } from './machine.js';
import { NO_CALLER, pushFrame } from './stack.js';
import type { Thread } from './thread.js';

/** Puts a thread that has nothing to do at the entry of a function, with the arguments in r1 to r5. */
export function startThread(
  machine: Machine,
  thread: Thread,
  fn: number,
  args: readonly bigint[] = [],
): void {
  pushFrame(machine.memory, thread.word, machine.text.entries[fn * 2 + 1]!, NO_CALLER, fn);
  for (let n = 0; n <= 9; n += 1) thread.setRegister(n, n >= 1 && n <= 5 ? (args[n - 1] ?? 0n) : 0n);
  thread.pc = machine.text.entries[fn * 2]!;
}
