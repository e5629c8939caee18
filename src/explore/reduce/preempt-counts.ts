import type { Kernel } from '../../kernel/kernel.js';
import { TASK } from '../../kernel/layout.js';
import type { Thread } from '../../machine/thread.js';

/** Where preempt_count is: in a variable of each CPU on some architectures, in the current task on others. */
export class PreemptCounts {
  /** By CPU, the word of its variable. */
  readonly words: readonly (number | undefined)[];

  constructor({ percpu, percpuVariables, processors }: Kernel) {
    const variable = percpuVariables.get('__preempt_count');
    this.words = processors.map((c) => variable && percpu.at(variable, c.id) >> 2);
  }

  /** The word of the preempt_count that holds for a thread on a CPU. */
  wordOf(thread: Thread, cpu: number): number {
    return this.words[cpu] ?? (thread.current + TASK.fields.preempt_count.offset) >> 2;
  }
}
