import type { Kernel } from '../kernel/kernel.js';
import type { Thread } from '../machine/thread.js';
import type { PlannedEvent, PlannedPlace } from './planned.js';

/** An interrupt that is to come. */
export interface Pending {
  readonly cpu: number;
  readonly level: 'softirq' | 'hardirq' | 'nmi';
  readonly actions: bigint;
  readonly count: number;
  readonly text: string;
}

interface Armed {
  readonly event: PlannedEvent;
  /** How often its place has been reached, or how many of its periods have passed. */
  count: number;
}

interface Due {
  readonly event: PlannedEvent;
  readonly cpu: number;
}

/** All that changes in a queue of events. */
export interface EventQueueState {
  readonly counts: readonly number[];
  readonly pending: readonly Pending[];
  readonly due: readonly Due[];
  readonly stoodAt: readonly (readonly [Thread, number])[];
}

/** The events of a scenario: which are armed where, which are due, and interrupts that wait to be accepted. */
export class EventQueue {
  readonly #kernel: Kernel;
  readonly #armed: readonly Armed[];
  readonly #pending: Pending[] = [];
  readonly #due: Due[] = [];
  #bySlot = new Map<number, Armed[]>();
  /** Where threads stand that were stopped for an event: going on there is not another visit. */
  readonly #stoodAt = new Map<Thread, number>();

  constructor(kernel: Kernel, events: readonly PlannedEvent[]) {
    this.#kernel = kernel;
    this.#armed = events.map((event) => ({ event, count: 0 }));
    this.relocate();
  }

  save(): EventQueueState {
    return {
      counts: this.#armed.map((a) => a.count),
      pending: [...this.#pending],
      due: [...this.#due],
      stoodAt: [...this.#stoodAt],
    };
  }

  restore(state: EventQueueState): void {
    this.#armed.forEach((a, i) => {
      a.count = state.counts[i]!;
    });
    this.#pending.splice(0, Infinity, ...state.pending);
    this.#due.splice(0, Infinity, ...state.due);
    this.#stoodAt.clear();
    for (const [thread, slot] of state.stoodAt) this.#stoodAt.set(thread, slot);
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
    return found === undefined ? undefined : found.start + offset;
  }

  raise(pending: Pending): void {
    this.#pending.push(pending);
  }

  isPending(cpu: number, text: string): boolean {
    return this.#pending.some((p) => p.cpu === cpu && p.text === text);
  }

  get hasPending(): boolean {
    return this.#pending.length > 0;
  }

  #isAcceptable(p: Pending): boolean {
    return this.#kernel.processors[p.cpu]!.accepts(p.level === 'nmi' ? 'nmi' : 'hardirq');
  }

  /** The first waiting interrupt that its CPU accepts now. */
  takeAcceptable(): Pending | undefined {
    const i = this.#pending.findIndex((p) => this.#isAcceptable(p));
    return i < 0 ? undefined : this.#pending.splice(i, 1)[0];
  }

  /** The thread has been asked about before the instruction in a slot: asking again there is not another visit. */
  standAt(thread: Thread, slot: number): void {
    if (this.#bySlot.has(slot)) this.#stoodAt.set(thread, slot);
  }

  /** Whether the thread has to stop before the instruction in a slot. */
  stopsBefore(thread: Thread, slot: number): boolean {
    if (this.#pending.some((p) => this.#isAcceptable(p))) return true;
    const armed = this.#bySlot.get(slot);
    if (armed === undefined) return false;
    if (this.#stoodAt.get(thread) === slot) {
      this.#stoodAt.delete(thread);
      return false;
    }
    const before = this.#due.length;
    for (const a of armed) {
      const { event } = a;
      if (event.moment.kind !== 'place' || !this.#concerns(event, thread)) continue;
      a.count += 1;
      const { nth, isEvery } = event.moment;
      if (isEvery ? a.count % nth === 0 : a.count === nth) this.#due.push({ event, cpu: thread.cpu });
    }
    if (this.#due.length === before) return false;
    this.#stoodAt.set(thread, slot);
    return true;
  }

  #concerns(event: PlannedEvent, thread: Thread): boolean {
    if (event.cpu !== undefined && event.cpu !== thread.cpu) return false;
    return event.task === undefined || event.task === thread.name;
  }

  /** Takes what has become due: places that were reached, periods that have passed. */
  due(): Due[] {
    const { executed } = this.#kernel.machine;
    for (const armed of this.#armed) {
      const { event } = armed;
      if (event.moment.kind !== 'period') continue;
      const passed = Math.floor(executed / event.moment.insns);
      if (passed > armed.count) this.#due.push({ event, cpu: event.cpu ?? 0 });
      armed.count = passed;
    }
    return this.#due.splice(0);
  }

  /** Instructions until the next period has passed. */
  untilPeriod(): number {
    const { executed } = this.#kernel.machine;
    const left = this.#armed.map(({ event }) =>
      event.moment.kind === 'period' ? event.moment.insns - (executed % event.moment.insns) : Infinity,
    );
    return Math.min(Infinity, ...left);
  }
}
