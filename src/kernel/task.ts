import type { Machine } from '../machine/machine.js';
import { KIND } from '../machine/memory.js';
import { STACK_SIZE, THREAD_SIZE, Thread } from '../machine/thread.js';
import { reserve } from './boot/context.js';
import { TASK } from './layout.js';

/** A task: a thread and its structure in memory. */
export interface Task {
  readonly name: string;
  readonly pid: number;
  /** Offset of its struct task_struct. */
  readonly at: number;
  readonly thread: Thread;
}

/** Memory one task takes, for sizing the machine. */
export const TASK_BYTES = THREAD_SIZE + STACK_SIZE + TASK.size + 512;

export function createTask(machine: Machine, name: string, pid: number): Task {
  const { memory } = machine;
  const block = reserve(memory, `thread ${name}`, 'thread', THREAD_SIZE, { align: 64 });
  const stack = reserve(memory, `the kernel stack of ${name}`, 'stack', STACK_SIZE, { align: 64 });
  const structure = reserve(memory, `task_struct of ${name}`, 'structure', TASK.size);
  memory.unpoison(structure.start, TASK.size, KIND.object);
  const thread = new Thread(memory, name, block, stack);
  thread.current = structure.start;
  memory.writeU32(structure.start + TASK.fields.pid.offset, pid);
  memory.writeU32(structure.start + TASK.fields.tgid.offset, pid);
  machine.threads.push(thread);
  return { name, pid, at: structure.start, thread };
}
