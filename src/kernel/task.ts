import type { Machine } from '../machine/machine.js';
import { KIND, type Memory, toAddress } from '../machine/memory.js';
import { STACK_SIZE, THREAD_SIZE, Thread } from '../machine/thread.js';
import { PT_REGS } from './attach/probe.js';
import { reserve } from './boot/context.js';
import { TASK, TASK_COMM_LEN } from './layout.js';
import type { Arch } from './model.js';

/** A task: a thread and its structure in memory. */
export interface Task {
  readonly name: string;
  readonly pid: number;
  /** Offset of its struct task_struct. */
  readonly at: number;
  readonly thread: Thread;
}

/** What a task is, besides its name and number. */
interface TaskSpec {
  readonly pid: number;
  /** It is one of the kernel's own. */
  readonly isKernel?: boolean;
  /** Bytes of its structure. */
  readonly size: number;
  readonly arch: Arch;
}

/** include/linux/sched.h */
export const PF_KTHREAD = 0x0020_0000;
/** The count of a task that need not be rescheduled: the flag is inverted (arch/arm64/include/asm/preempt.h). */
const NO_NEED_RESCHED = 1;

/** Bytes of the largest struct pt_regs. */
const USER_REGS = Math.max(...Object.values(PT_REGS).map((regs) => regs.size));

/** Memory one task takes, for sizing the machine; its structure has `size` bytes. */
export const taskBytes = (size: number): number => THREAD_SIZE + STACK_SIZE + size + USER_REGS + 640;

/** What a task is called where 16 bytes hold the name. */
function commOf(name: string): Uint8Array {
  return new TextEncoder().encode(name).subarray(0, TASK_COMM_LEN - 1);
}

/** Makes a structure of a task: it leads its group, and its parent is itself until `setParent` says otherwise. */
export function createTaskStruct(memory: Memory, name: string, spec: TaskSpec): number {
  const { pid, size, isKernel = false, arch } = spec;
  const { start } = reserve(memory, `task_struct of ${name}`, 'structure', size);
  memory.unpoison(start, size, KIND.object);
  const { fields } = TASK;
  for (const field of ['pid', 'tgid'] as const) memory.writeU32(start + fields[field].offset, pid);
  memory.writeU32(start + fields.rcu_users.offset, 1);
  memory.writeU32(start + fields.flags.offset, isKernel ? PF_KTHREAD : 0);
  if (arch === 'arm64') memory.writeU32(start + fields.need_resched.offset, NO_NEED_RESCHED);
  memory.writeU64(start + fields.group_leader.offset, toAddress(start));
  memory.u8.set(commOf(name), start + fields.comm.offset);
  const regs = reserve(memory, `user registers of ${name}`, 'structure', PT_REGS[arch].size);
  memory.unpoison(regs.start, PT_REGS[arch].size, KIND.object);
  memory.writeU64(start + fields.user_regs.offset, toAddress(regs.start));
  setParent(memory, start, start);
  return start;
}

/** Says which task started another. */
export function setParent(memory: Memory, task: number, parent: number): void {
  for (const field of ['real_parent', 'parent'] as const)
    memory.writeU64(task + TASK.fields[field].offset, toAddress(parent));
}

export function createTask(machine: Machine, name: string, spec: TaskSpec): Task {
  const { memory } = machine;
  const block = reserve(memory, `thread ${name}`, 'thread', THREAD_SIZE, { align: 64 });
  const stack = reserve(memory, `the kernel stack of ${name}`, 'stack', STACK_SIZE, { align: 64 });
  const at = createTaskStruct(memory, name, spec);
  const thread = new Thread(memory, name, block, stack);
  thread.current = at;
  machine.threads.push(thread);
  return { name, pid: spec.pid, at, thread };
}

/** Puts a task on a CPU. */
export function placeTask({ at, thread }: Task, cpu: number, percpuOffset: bigint): void {
  thread.setCpu(cpu, percpuOffset);
  thread.memory.writeU32(at + TASK.fields.cpu.offset, cpu);
}
