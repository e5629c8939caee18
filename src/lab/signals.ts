import type { Kernel } from '../kernel/kernel.js';
import { TASK } from '../kernel/layout.js';
import { type Diagnostic, warningAt } from '../text/diagnostic.js';

const SIGKILL = 9;

/** Says that numbers were given for tasks, where Linux's functions hand over tasks. */
export function madeUpTaskWarnings({ mapTable }: Kernel): Diagnostic[] {
  return [...mapTable.madeUpTasks].map((address) =>
    warningAt(
      'B0419',
      `storage of a task was asked for at 0x${BigInt.asUintN(64, address).toString(16)}, where there is no task: it had none, as of a null pointer`,
      {
        help: 'Linux hands over tasks; so does `current` as an argument, or the name of a task: `call f(current)`',
      },
    ),
  );
}

/** The signals of a set of pending ones. */
function signalsOf(pending: bigint): number[] {
  return Array.from({ length: 64 }, (_, i) => i + 1).filter((n) => ((pending >> BigInt(n - 1)) & 1n) !== 0n);
}

/** Says of tasks that were sent signals that nothing came of it: a task of a scenario goes on as if there were none. */
export function signalWarnings(kernel: Kernel): Diagnostic[] {
  return kernel.tasks.flatMap(({ name, at }) => {
    const signals = signalsOf(kernel.memory.readU64(at + TASK.fields.pending.offset));
    if (signals.length === 0) return [];
    const what = `${signals.length === 1 ? 'signal' : 'signals'} ${signals.join(', ')}`;
    return [
      warningAt('B0418', `\`${name}\` was sent ${what}, and goes on: tasks of a scenario take no signals`, {
        help: signals.includes(SIGKILL)
          ? 'in Linux it would end on its way back to user space'
          : 'in Linux it would take them on its way back to user space',
      }),
    ];
  });
}
