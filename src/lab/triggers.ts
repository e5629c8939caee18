import type { Kernel } from '../kernel/kernel.js';
import { TASKLET } from '../kernel/layout.js';
import type { Thread } from '../machine/thread.js';
import type { InterruptLevel } from '../syntax/lab-ast.js';
import type { Span } from '../text/source.js';
import type { PlannedEvent, PlannedPlace } from './planned.js';

/** An interrupt that waits until its CPU accepts it. */
export interface Pending {
  /** Number of its line: the position of the event in the scenario, or one of those below. */
  readonly line: number;
  readonly cpu: number;
  readonly level: InterruptLevel;
  readonly actions: bigint;
  readonly count: number;
  readonly text: string;
  /** A softirq's: offset of its `lab_tasklet` for CPU 0. */
  readonly tasklets?: number;
}

/** Of an interrupt that comes once, whatever waits: one raised by hand. */
export const NO_LINE = -1;
/** The hardware timer's. */
export const TIMER_LINE = -2;

/** What became of a scenario's interrupt in a run. */
export interface InterruptCount {
  /** As written. */
  readonly text: string;
  readonly span: Span;
  readonly level: Pending['level'];
  /** How often it came: `served` and `merged` together, and 1 for each CPU on which it still waits. */
  readonly arrived: number;
  /** How often its handler was begun. */
  readonly served: number;
  /** How often it came while it waited already: the two are one from then on. */
  readonly merged: number;
}

interface Armed {
  readonly line: number;
  readonly event: PlannedEvent;
  /** How often its place has been reached, or how many of its periods have passed. */
  count: number;
  served: number;
  merged: number;
}

/** An event whose moment has come on a CPU. */
interface Due {
  readonly line: number;
  readonly event: PlannedEvent;
  readonly cpu: number;
}

/** All that changes in a queue of events. */
export interface EventQueueState {
  readonly counts: readonly (readonly [count: number, served: number, merged: number])[];
  readonly pending: readonly Pending[];
  readonly due: readonly Due[];
  readonly stoppedAt: readonly (readonly [Thread, number])[];
}

/**
 * The events of a scenario: which are armed where, which are due, and interrupts that wait to be accepted. Each event is
 * an interrupt line, with one bit for each CPU that says whether it is pending there: further ones are merged with it, as
 * on real hardware, so no more are pending than there are lines and CPUs, however fast they come.
 */
export class EventQueue {
  readonly #kernel: Kernel;
  readonly #armed: readonly Armed[];
  readonly #periodic: readonly Armed[];
  readonly #pending: Pending[] = [];
  readonly #due: Due[] = [];
  #bySlot = new Map<number, Armed[]>();
  /** Where threads were stopped for an event: going on from there does not count as another visit. */
  readonly #stoppedAt = new Map<Thread, number>();

  constructor(kernel: Kernel, events: readonly PlannedEvent[]) {
    this.#kernel = kernel;
    this.#armed = events.map((event, line) => ({ line, event, count: 0, served: 0, merged: 0 }));
    this.#periodic = this.#armed.filter((a) => a.event.moment.kind === 'period');
    this.relocate();
  }

  save(): EventQueueState {
    return {
      counts: this.#armed.map((a) => [a.count, a.served, a.merged]),
      pending: [...this.#pending],
      due: [...this.#due],
      stoppedAt: [...this.#stoppedAt],
    };
  }

  restore(state: EventQueueState): void {
    this.#armed.forEach((a, i) => {
      [a.count, a.served, a.merged] = state.counts[i]!;
    });
    this.#pending.splice(0, Infinity, ...state.pending);
    this.#due.splice(0, Infinity, ...state.due);
    this.#stoppedAt.clear();
    for (const [thread, slot] of state.stoppedAt) this.#stoppedAt.set(thread, slot);
  }

  /** Finds the slots of all places again, after images have been made. */
  relocate(): void {
    this.#bySlot = new Map();
    for (const armed of this.#armed) {
      const { moment } = armed.event;
      if (moment.kind !== 'place') continue;
      const slot = this.#slotOf(moment.place);
      if (slot !== undefined) this.#bySlot.set(slot, [...(this.#bySlot.get(slot) ?? []), armed]);
    }
  }

  #slotOf({ fn, offset }: PlannedPlace): number | undefined {
    const found = this.#kernel.functionNamed(fn);
    return found === undefined ? undefined : this.#kernel.machine.text.liveSlot(found, offset);
  }

  /** Interrupts of the scenario, in its order. */
  get counts(): readonly InterruptCount[] {
    return this.#armed.flatMap(({ line, event, served, merged }) => {
      const { effect, text, span } = event;
      if (effect.kind !== 'interrupt') return [];
      const waiting = this.#pending.filter((p) => p.line === line).length;
      return [{ text, span, level: effect.level, arrived: served + merged + waiting, served, merged }];
    });
  }

  /** An interrupt comes. False if it waits on that CPU already: it is one with what waits. */
  raise(pending: Pending): boolean {
    if (pending.line !== NO_LINE && this.isPending(pending.cpu, pending.line)) return false;
    this.#pending.push(pending);
    return true;
  }

  #arrive({ line, event, cpu }: Due, effect: PlannedEvent['effect'] & { kind: 'interrupt' }): void {
    const { level, actions, count, tasklets } = effect;
    const { text } = event;
    const isNew = this.raise({ line, cpu, level, actions, count, text, ...(tasklets && { tasklets }) });
    if (!isNew) this.#armed[line]!.merged += 1;
  }

  isPending(cpu: number, line: number): boolean {
    for (const p of this.#pending) if (p.line === line && p.cpu === cpu) return true;
    return false;
  }

  #isAcceptable({ cpu, level, line }: Pending): boolean {
    const processor = this.#kernel.processors[cpu]!;
    return level === 'nmi'
      ? processor.accepts('nmi') && (line === NO_LINE || !processor.serves(line))
      : processor.accepts('hardirq');
  }

  /** The first waiting interrupt that its CPU accepts now. */
  takeAcceptable(): Pending | undefined {
    const i = this.#pending.findIndex((p) => this.#isAcceptable(p));
    if (i < 0) return undefined;
    const [taken] = this.#pending.splice(i, 1);
    const armed = this.#armed[taken!.line];
    if (armed !== undefined) this.#count(armed, taken!);
    return taken;
  }

  /** A handler begins: one that raises a softirq which is queued on its CPU already changes nothing. */
  #count(armed: Armed, { cpu, tasklets }: Pending): void {
    const { memory } = this.#kernel;
    const isQueued =
      tasklets !== undefined &&
      memory.readU32(tasklets + cpu * TASKLET.size + TASKLET.fields.queued.offset) !== 0;
    if (isQueued) armed.merged += 1;
    else armed.served += 1;
  }

  /** The thread has been asked about before the instruction in a slot: asking again there is not another visit. */
  stopAt(thread: Thread, slot: number): void {
    if (this.#bySlot.has(slot)) this.#stoppedAt.set(thread, slot);
  }

  /**
   * Whether a thread on a CPU has to be asked about before each of its instructions: it may come to a place, or make its
   * CPU accept what waits there. An NMI that waits does so until another is over, which no instruction in between
   * changes.
   */
  concerns(cpu: number): boolean {
    if (this.#bySlot.size > 0) return true;
    for (const p of this.#pending) if (p.cpu === cpu && p.level !== 'nmi') return true;
    return false;
  }

  /** Whether the thread has to stop before the instruction in a slot. */
  stopsBefore(thread: Thread, slot: number): boolean {
    for (const p of this.#pending) if (this.#isAcceptable(p)) return true;
    const armed = this.#bySlot.get(slot);
    if (armed === undefined) return false;
    if (this.#stoppedAt.get(thread) === slot) {
      this.#stoppedAt.delete(thread);
      return false;
    }
    const before = this.#due.length;
    for (const a of armed) {
      const { event } = a;
      if (event.moment.kind !== 'place' || !this.#concerns(event, thread)) continue;
      a.count += 1;
      const { nth, isEvery } = event.moment;
      if (isEvery ? a.count % nth === 0 : a.count === nth)
        this.#due.push({ line: a.line, event, cpu: thread.cpu });
    }
    if (this.#due.length === before) return false;
    this.#stoppedAt.set(thread, slot);
    return true;
  }

  #concerns(event: PlannedEvent, thread: Thread): boolean {
    if (event.cpu !== undefined && event.cpu !== thread.cpu) return false;
    return event.task === undefined || event.task === thread.name;
  }

  /**
   * Lets happen what has become due, places that were reached and periods that have passed: interrupts come. Tasks that
   * are to run now.
   */
  collect(): readonly string[] {
    return this.#takeDue().flatMap((due) => {
      const { effect } = due.event;
      if (effect.kind !== 'interrupt') return [effect.task];
      this.#arrive(due, effect);
      return [];
    });
  }

  #takeDue(): readonly Due[] {
    const { executed } = this.#kernel.machine;
    for (const armed of this.#periodic) {
      const { line, event } = armed;
      const { moment, effect, cpu } = event;
      if (moment.kind !== 'period') continue;
      const passed = Math.floor(executed / moment.insns);
      const more = passed - armed.count;
      armed.count = passed;
      if (more === 0) continue;
      this.#due.push({ line, event, cpu: cpu ?? 0 });
      // All but the first came while that waited.
      if (effect.kind === 'interrupt') armed.merged += more - 1;
    }
    return this.#due.length === 0 ? this.#due : this.#due.splice(0);
  }

  /**
   * Instructions until the next period has passed. Those of an interrupt that waits do not count: nobody has to stop for
   * what becomes one with it, it is enough to count it later.
   */
  untilPeriod(): number {
    const { executed } = this.#kernel.machine;
    let least = Infinity;
    for (const { line, event } of this.#periodic) {
      if (event.moment.kind !== 'period') continue;
      if (!this.isPending(event.cpu ?? 0, line))
        least = Math.min(least, event.moment.insns - (executed % event.moment.insns));
    }
    return least;
  }
}
