import type { Kernel } from '../../kernel/kernel.js';
import { TASK } from '../../kernel/layout.js';
import type { Thread } from '../../machine/thread.js';

/** Where each CPU has its preempt_count: in a variable of its own on some architectures, in the current task on others. */
export class PreemptCounts {
  readonly #kernel: Kernel;
  /** By CPU, its variable. */
  readonly #at: readonly (number | undefined)[];

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    const { percpu, percpuVariables, processors } = kernel;
    const variable = percpuVariables.get('__preempt_count');
    this.#at = processors.map((c) => variable && percpu.at(variable, c.id));
  }

  /** The word of the preempt_count that holds for a thread on a CPU. */
  wordOf(thread: Thread, cpu: number): number {
    return (this.#at[cpu] ?? thread.current + TASK.fields.preempt_count.offset) >> 2;
  }

  /** preempt_count of a CPU where the architecture has it there; else 0. */
  ofCpu(cpu: number): number {
    const at = this.#at[cpu];
    return at === undefined ? 0 : this.#kernel.memory.i32[at >> 2]!;
  }
}
