import { KIND, toAddress } from '../../machine/memory.js';
import { type Diagnostic, errorAt } from '../../text/diagnostic.js';
import type { Span } from '../../text/source.js';
import type { Kernel, Program } from '../kernel.js';
import { reserve } from './context.js';

/** What iterators go over here; others would need objects that are not emulated. Nothing in place of a target is programs. */
const ITERATED: readonly string[] = ['bpf_prog', 'task'];

/** Why an iterator cannot be run: it is over something else. */
export function refuseIterated({ name, attach }: Program, span: Span): Diagnostic | undefined {
  const { kind, target } = attach;
  if (kind !== 'iter' || target === '' || ITERATED.includes(target)) return undefined;
  return errorAt('B0405', `\`${name}\` iterates over ${target}, which is not emulated`, {
    span,
    expected: `a program of ${ITERATED.map((t) => `iter/${t}`).join(', ')}`,
  });
}

/** Says which tasks there are: all to system calls; to programs that iterate over them the `count` first, which are the scenario's. */
export function listTasks(kernel: Kernel, count: number): void {
  kernel.mapTable.tasks.push(...kernel.tasks.map((t) => t.at));
  const isWanted = [...kernel.programs.values()].some(
    ({ attach }) => attach.kind === 'iter' && attach.target === 'task',
  );
  if (!isWanted) return;
  const { memory } = kernel;
  const { start } = reserve(memory, 'the list of tasks', 'structure', count * 8);
  memory.unpoison(start, count * 8, KIND.object);
  for (const [i, task] of kernel.tasks.slice(0, count).entries())
    memory.writeU64(start + 8 * i, toAddress(task.at));
  kernel.taskList = { start, count };
}
