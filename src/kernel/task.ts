import { KIND, type Memory, type Region } from '../machine/memory.js';
import { STACK_SIZE, THREAD_SIZE, Thread } from '../machine/thread.js';
import { reserve } from './boot-context.js';
import { TASK } from './layout.js';

/** Bytes of a task's buffer for the keys and values of its system calls. */
export interface UserBuffer {
  readonly key: Region;
  readonly value: Region;
}

/** A task: a thread, its structure in memory, and a place for what it passes to the kernel. */
export interface Task {
  readonly name: string;
  readonly pid: number;
  /** Offset of its struct task_struct. */
  readonly at: number;
  readonly thread: Thread;
  readonly buffer: UserBuffer;
}

/** Memory one task takes, for sizing the machine. */
export function taskBytes(largestValue: number): number {
  return THREAD_SIZE + STACK_SIZE + TASK.size + 512 + largestValue + 1024;
}

export function createTask(memory: Memory, name: string, pid: number, largestValue: number): Task {
  const block = reserve(memory, `thread ${name}`, 'thread', THREAD_SIZE, 64);
  const stack = reserve(memory, `the kernel stack of ${name}`, 'stack', STACK_SIZE, 64);
  const structure = reserve(memory, `task_struct of ${name}`, 'structure', TASK.size);
  const key = reserve(memory, `the key buffer of ${name}`, 'memory', 512);
  const value = reserve(memory, `the value buffer of ${name}`, 'memory', largestValue);
  memory.unpoison(structure.start, TASK.size, KIND.object);
  memory.unpoison(key.start, 512, KIND.object);
  memory.unpoison(value.start, largestValue, KIND.object);
  const thread = new Thread(memory, name, block, stack);
  thread.current = structure.start;
  memory.writeU32(structure.start + TASK.fields.pid.offset, pid);
  memory.writeU32(structure.start + TASK.fields.tgid.offset, pid);
  return { name, pid, at: structure.start, thread, buffer: { key, value } };
}
