import { HRTIMER_SOFTIRQ } from '../kernel/boot/constants.js';
import type { Kernel } from '../kernel/kernel.js';
import type { Task } from '../kernel/task.js';
import { nextExpiry } from '../kernel/timer.js';
import { beginCall, type Call, CallArena } from './calls.js';
import type { Recorder } from './recorder.js';
import type { RunQueue } from './run-queue.js';
import { type EventQueue, TIMER_LINE } from './triggers.js';

/** What the hardware timer's interrupt is called in a timeline. */
const TIMER = 'timer';

/** What the machine does by itself: it wakes softirq threads, and its timers expire. */
export class Wakeups {
  /** Simulated time at which the next timer expires, of those queued at the last check. */
  nextExpiry = Infinity;
  readonly #kernel: Kernel;
  readonly #queue: RunQueue;
  readonly #events: EventQueue;
  readonly #recorder: Recorder | undefined;
  readonly #softirqd = new Map<Task, Call>();
  /** Whether any code can queue a timer. Trampolines, which may be generated later, cannot. */
  readonly #hasTimers: boolean;
  readonly #timerInterrupt: { readonly actions: bigint; readonly count: number };

  constructor(kernel: Kernel, queue: RunQueue, events: EventQueue, recorder: Recorder | undefined) {
    this.#kernel = kernel;
    this.#queue = queue;
    this.#events = events;
    this.#recorder = recorder;
    this.#hasTimers = kernel.calls('bpf_timer_start');
    const arena = new CallArena(kernel, kernel.ownArena);
    this.#timerInterrupt = { actions: arena.list([arena.named('hrtimer_interrupt', [])]), count: 1 };
    for (const cpu of kernel.processors) this.#softirqd.set(cpu.ksoftirqd, arena.named('run_ksoftirqd', []));
  }

  /** Starts softirq threads that have been woken, and raises the interrupts of timers that have expired. */
  wake(): void {
    const kernel = this.#kernel;
    this.nextExpiry = Infinity;
    for (const cpu of kernel.processors) {
      if (!cpu.ksoftirqd.thread.isBusy && cpu.takeSoftirqdWakeup()) this.#start(cpu.ksoftirqd);
      if (!this.#hasTimers) continue;
      // A pending softirq serves all timers that expire before it is served.
      const isRaised =
        this.#events.isPending(cpu.id, TIMER_LINE) || kernel.isSoftirqPending(cpu.id, HRTIMER_SOFTIRQ);
      const expiry = nextExpiry(kernel.memory, kernel.timers, cpu.id) ?? Infinity;
      if (expiry > kernel.machine.now) this.nextExpiry = Math.min(this.nextExpiry, expiry);
      else if (!isRaised)
        this.#events.raise({
          line: TIMER_LINE,
          cpu: cpu.id,
          level: 'hardirq',
          ...this.#timerInterrupt,
          text: TIMER,
        });
    }
  }

  #start(task: Task): void {
    const call = this.#softirqd.get(task)!;
    beginCall(this.#kernel, task.thread, call);
    this.#recorder?.start(task.thread, call.fn);
    const script = this.#queue.scriptOf(task) ?? { task, steps: [], step: 0, done: 0, wakeAt: 0 };
    // Under PREEMPT_RT it is a real-time thread, otherwise a task like any other.
    this.#queue.move(script, this.#kernel.model.rt ? 'front' : 'end');
  }
}
