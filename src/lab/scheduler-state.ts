import type { Cpu } from '../kernel/cpu.js';
import type { Kernel } from '../kernel/kernel.js';
import { nextExpiry } from '../kernel/timer.js';
import { backtrace } from '../machine/make-fault.js';
import type { Thread } from '../machine/thread.js';
import { lockWaits } from './lock-waits.js';
import type { ResultsState } from './results.js';
import type { RunQueue, RunQueueState } from './run-queue.js';
import type { Outcome, Script, Stopped } from './script.js';
import type { EventQueueState } from './triggers.js';

/** What the scheduler has decided: the innermost context of a CPU runs for about so many instructions. */
export interface TimeSlice {
  readonly cpu: Cpu;
  readonly thread: Thread;
  /** Instructions left; if not exact, the slice lasts until an engine next checks its budget. */
  readonly left: number;
  /** Events have to be checked before each instruction. */
  readonly exact: boolean;
}

/** All that a scheduler keeps besides the machine's memory. */
export interface SchedulerState {
  readonly results: ResultsState;
  readonly queue: RunQueueState;
  readonly events: EventQueueState;
  readonly left: number;
  readonly givesWay: boolean;
  readonly last: Script | undefined;
  readonly slice: TimeSlice | undefined;
}

/** The outcome of a run that does not come to its end: where it stopped. */
export function stopped(kernel: Kernel, queue: RunQueue, kind: Stopped['kind']): Outcome {
  const { machine, processors } = kernel;
  const waiting = queue.unfinished.find((s) => s.task.thread.waitsFor !== 0)?.task.thread;
  const running = processors.find((cpu) => cpu.depth > 0 || cpu.current !== undefined)?.top;
  const thread = (kind === 'blocked' ? waiting : running) ?? running;
  const where = thread?.isBusy ? backtrace(machine, thread, thread.pc) : [];
  const unfinished = queue.unfinished.flatMap(({ task, steps, step: i }) => {
    // A task that sleeps in its last step still has that to do.
    const step = steps[i] ?? steps.at(-1);
    return step === undefined ? [] : [{ task: task.name, text: step.text, span: step.span }];
  });
  return { kind, executed: machine.executed, where, unfinished, waits: lockWaits(kernel) };
}

/** The next moment at which a task wakes or a timer expires; undefined if nothing will ever happen again. */
export function nextMoment(kernel: Kernel, queue: RunQueue): number | undefined {
  const { now } = kernel.machine;
  const moments = [
    ...queue.unfinished.map((s) => s.wakeAt),
    ...kernel.processors.map((cpu) => nextExpiry(kernel.memory, kernel.timers, cpu.id)),
  ].filter((t) => t !== undefined && t > now) as number[];
  return moments.length === 0 ? undefined : Math.min(...moments);
}
