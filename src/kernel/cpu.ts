import type { Machine } from '../machine/machine.js';
import type { Memory, Region } from '../machine/memory.js';
import { startThread } from '../machine/start.js';
import { LEVELS, STACK_SIZE, THREAD_SIZE, Thread, WORD } from '../machine/thread.js';
import { reserve } from './boot/context.js';
import type { KernelModel } from './model.js';
import { createTask, placeTask, setParent, type Task, taskBytes } from './task.js';

const NMI = LEVELS.indexOf('nmi');

/** Nested interrupts on one CPU: 15 hardirqs and 15 NMIs are the kernel's limits (4-bit counts). */
const MAX_DEPTH = 30;

/**
 * What a CPU is doing, in memory. Byte offsets:
 *
 *       0  current      index of the task it runs, plus 1; 0 when idle
 *       4  depth        interrupts on top of it
 *       8  irqs off     1 while interrupts are disabled
 *      12  softirqd     1 when ksoftirqd is to run
 */
export const CPU_SIZE = 16;
export const CPU_FIELD = { current: 0, depth: 4, irqsOff: 8, softirqd: 12 } as const;

/** Memory one CPU takes besides its per-CPU unit, for sizing the machine. */
export const cpuBytes = (taskSize: number): number =>
  CPU_SIZE + 2 * (STACK_SIZE + 128) + MAX_DEPTH * (THREAD_SIZE + 128) + 2 * taskBytes(taskSize);

/**
 * Which CPU it is, where its state is kept, and what is added to a per-CPU pointer on it; `tasks` are all tasks, whose
 * structures have `taskSize` bytes.
 */
export interface CpuSpec {
  readonly id: number;
  readonly at: number;
  readonly percpuOffset: bigint;
  readonly tasks: Task[];
  readonly taskSize: number;
}

/** One CPU: the task it runs, and a stack of interrupts on top of it. All that changes is in memory. */
export class Cpu {
  readonly id: number;
  /** The task of an idle CPU: interrupts on it need a `current`. */
  readonly idle: Task;
  /** The thread that serves softirqs where interrupts do not (PREEMPT_RT, or too many rounds). */
  readonly ksoftirqd: Task;
  readonly #memory: Memory;
  readonly #machine: Machine;
  /** Offset of what the CPU is doing. */
  readonly at: number;
  readonly #tasks: readonly Task[];
  /** What interrupts run in, from the first on top of a task. */
  readonly contexts: readonly Thread[];
  /** Where interrupts and NMIs have their frames; one and the same where the architecture has it so. */
  readonly irqStack: Region;
  readonly nmiStack: Region;
  readonly #maxNmis: number;

  constructor(machine: Machine, model: KernelModel, { id, at, percpuOffset, tasks, taskSize }: CpuSpec) {
    const { memory } = machine;
    this.id = id;
    this.#machine = machine;
    this.#memory = memory;
    this.at = at;
    this.#tasks = tasks;
    this.irqStack = reserve(memory, `the interrupt stack of CPU ${id}`, 'stack', STACK_SIZE, { align: 64 });
    // x86 has a stack for NMIs (IST); on arm64 they go on using the stack they find.
    this.nmiStack =
      model.arch === 'amd64'
        ? reserve(memory, `the NMI stack of CPU ${id}`, 'stack', STACK_SIZE, { align: 64 })
        : this.irqStack;
    this.#maxNmis = model.maxNmis;
    this.contexts = Array.from({ length: MAX_DEPTH }, (_, i) => {
      const block = reserve(memory, `the registers of interrupt ${i} of CPU ${id}`, 'thread', THREAD_SIZE, {
        align: 64,
      });
      const thread = new Thread(memory, `an interrupt on CPU ${id}`, block, this.irqStack);
      thread.setCpu(id, percpuOffset);
      machine.threads.push(thread);
      return thread;
    });
    const kernelTask = { isKernel: true, size: taskSize, arch: model.arch };
    this.idle = createTask(machine, `swapper/${id}`, { ...kernelTask, pid: 0 });
    this.ksoftirqd = createTask(machine, `ksoftirqd/${id}`, { ...kernelTask, pid: 10 + id });
    for (const task of [this.idle, this.ksoftirqd]) placeTask(task, id, percpuOffset);
    setParent(memory, this.ksoftirqd.at, this.idle.at);
    tasks.push(this.ksoftirqd);
  }

  #get(field: keyof typeof CPU_FIELD): number {
    return this.#memory.readU32(this.at + CPU_FIELD[field]);
  }

  #set(field: keyof typeof CPU_FIELD, value: number): void {
    this.#memory.writeU32(this.at + CPU_FIELD[field], value);
  }

  /** The task it runs; undefined when idle. */
  get current(): Task | undefined {
    return this.#tasks[this.#get('current') - 1];
  }

  /** Switches to a task, or to none; the caller has made sure that it may. */
  set current(task: Task | undefined) {
    this.#set('current', task === undefined ? 0 : this.#tasks.indexOf(task) + 1);
  }

  get depth(): number {
    return this.#get('depth');
  }

  /** Only for code that restores a state that the CPU has been in. */
  restore(current: Task | undefined, depth: number): void {
    this.current = current;
    this.#set('depth', depth);
  }

  get irqsOff(): boolean {
    return this.#get('irqsOff') !== 0;
  }

  /** Whether ksoftirqd has been woken and has not begun yet. */
  get isSoftirqdWoken(): boolean {
    return this.#get('softirqd') !== 0;
  }

  /** True once after ksoftirqd has been woken. */
  takeSoftirqdWakeup(): boolean {
    if (!this.isSoftirqdWoken) return false;
    this.#set('softirqd', 0);
    return true;
  }

  /** The innermost context: the newest interrupt, else the task; the idle task's thread when there is nothing. */
  get top(): Thread {
    const { depth } = this;
    return depth > 0 ? this.contexts[depth - 1]! : (this.current ?? this.idle).thread;
  }

  /** Contexts from the task outwards. */
  get stack(): readonly Thread[] {
    return [(this.current ?? this.idle).thread, ...this.contexts.slice(0, this.depth)];
  }

  /**
   * Whether an interrupt can come now: a hardirq while interrupts are on, an NMI always, except on top of another one
   * where the processor holds it back; neither without limit.
   */
  accepts(level: 'hardirq' | 'nmi'): boolean {
    if (this.depth === MAX_DEPTH) return false;
    if (level === 'hardirq') return !this.irqsOff;
    let nested = 0;
    for (let i = 0; i < this.depth; i += 1) if (this.contexts[i]!.level === NMI) nested += 1;
    return nested < this.#maxNmis;
  }

  /** Whether an NMI is being served that came on a line: until it is over, the line's next one waits. */
  serves(line: number): boolean {
    for (let i = 0; i < this.depth; i += 1) {
      const thread = this.contexts[i]!;
      if (thread.level === NMI && this.#memory.i32[thread.word + WORD.line] === line + 1) return true;
    }
    return false;
  }

  /** Interrupts what runs now: `fn` is entered on a stack of the CPU, with interrupts off. */
  interrupt(level: 'hardirq' | 'nmi', fn: number, args: readonly bigint[], line = -1): Thread {
    const below = this.top;
    const thread = this.contexts[this.depth]!;
    const stack = level === 'nmi' ? this.nmiStack : this.irqStack;
    const isSame = this.#memory.i32[below.word + WORD.stackLow] === stack.start;
    thread.place(stack, isSame ? below.sp : stack.end);
    this.#memory.i32[thread.word + WORD.line] = Math.max(0, line + 1);
    thread.level = LEVELS.indexOf(level);
    thread.current = below.current;
    this.#memory.i32[thread.word + WORD.interrupts] = this.#get('irqsOff');
    this.#set('irqsOff', 1);
    this.#set('depth', this.depth + 1);
    startThread(this.#machine, thread, fn, args);
    return thread;
  }

  /** Leaves the innermost interrupt, whose function has returned. */
  returnFromInterrupt(): void {
    const thread = this.top;
    this.#set('irqsOff', this.#memory.i32[thread.word + WORD.interrupts]!);
    this.#set('depth', this.depth - 1);
  }
}
