import type { Kernel } from '../../src/kernel/kernel.js';
import { bootScenario } from '../../src/lab/boot.js';
import { parseOrThrow } from '../../src/lab/environment.js';
import type { RunOptions } from '../../src/lab/run.js';
import type { Stop } from '../../src/machine/engine.js';
import { startThread } from '../../src/machine/start.js';
import { environment } from './environment.js';

/** Boots a machine from a lab's text; its first scenario's settings count. */
export function boot(text: string, options: RunOptions = {}): Kernel {
  const lab = parseOrThrow({ name: 'test.bpf', text });
  const scenario = lab.declarations.find((d) => d.kind === 'scenario');
  const { kernel } = bootScenario(lab, scenario, environment, options);
  kernel.processors[0]!.current = kernel.tasks[0];
  return kernel;
}

/** Calls a function on a task, the first if none is given; the result is r0, signed. */
export function callFunction(
  kernel: Kernel,
  name: string,
  args: readonly bigint[],
  budget = 1e7,
  task = kernel.tasks[0]!,
): bigint {
  const { thread } = task;
  startThread(kernel.machine, thread, kernel.symbols.functionIndex(name), args);
  const stop: Stop = kernel.interpreter.run(thread, budget);
  if (stop.kind !== 'done') throw new Error(`${name} ended with ${stop.kind}`);
  return BigInt.asIntN(64, thread.getRegister(0));
}

/** Memory of a caller for the key and the value of a system call. */
export function buffers(kernel: Kernel): { readonly key: number; readonly value: number } {
  const { start, end } = kernel.arena;
  kernel.memory.unpoison(start, end - start);
  return { key: start, value: start + 512 };
}
