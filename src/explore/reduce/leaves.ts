import type { Access } from '../../machine/trap.js';

/** Leaves that tell which task is running. */
const CURRENT_LEAVES = ['get_current', 'bpf_get_current_task', 'bpf_get_current_pid_tgid'];
/** Leaves that change nothing anybody else can see, and read no arguments. */
export const PLAIN_LEAVES = [...CURRENT_LEAVES, 'bpf_get_smp_processor_id'];
const CLOCK_LEAVES = ['sched_clock', 'bpf_ktime_get_ns', 'bpf_ktime_get_boot_ns'];
const IRQ_LEAVES = ['local_irq_enable', 'local_irq_disable', 'local_irq_save', 'local_irq_restore'];

/** What a leaf does that others can see. */
export const LEAF = { other: 0, plain: 1, clock: 2, irq: 3, wakeup: 4, current: 5 } as const;

export function leafKind(name: string): number {
  if (CURRENT_LEAVES.includes(name)) return LEAF.current;
  if (PLAIN_LEAVES.includes(name)) return LEAF.plain;
  if (CLOCK_LEAVES.includes(name)) return LEAF.clock;
  if (IRQ_LEAVES.includes(name)) return LEAF.irq;
  if (name === 'wakeup_softirqd') return LEAF.wakeup;
  return LEAF.other;
}

/** Memory that the leaf which is running, or has just run, was pointed at. */
export interface Touch {
  readonly at: number;
  readonly size: number;
  readonly writes: boolean;
}

/** Keeps what a leaf was pointed at until it is known to have run. */
export class Touches {
  /** Instructions of the run before the leaf; -1 when no leaf is to be looked at. */
  step = -1;
  /** The same of the last leaf that was looked at. */
  last = -1;
  /** Where it was called. */
  slot = -1;
  /** Whether the choice to run it has been made. */
  isFirst = false;
  #list: Touch[] = [];

  forget(): void {
    this.step = -1;
    this.#list = [];
  }

  begin(step: number, slot: number, isFirst: boolean): void {
    this.step = step;
    this.slot = slot;
    this.isFirst = isFirst;
    this.#list = [];
  }

  note(at: number, size: number, access: Access): void {
    if (this.step >= 0 && size > 0) this.#list.push({ at, size, writes: access !== 'read' });
  }

  take(): readonly Touch[] {
    this.last = this.step;
    this.step = -1;
    return this.#list;
  }
}
