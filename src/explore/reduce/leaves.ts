import type { LeafEffect } from '../../kernel/leaf-effect.js';
import { leafEffect } from '../../kernel/leaves.js';
import type { Machine } from '../../machine/machine.js';
import type { Access } from '../../machine/trap.js';
import type { Stretch } from '../state/store.js';

/** What a leaf is to the reduction. */
export const LEAF = { other: 0, plain: 1, clock: 2, irq: 3, wakeup: 4, current: 5 } as const;

const KIND_OF: Readonly<Record<LeafEffect, number>> = {
  current: LEAF.current,
  cpu: LEAF.plain,
  clock: LEAF.clock,
  irq_on: LEAF.irq,
  irq_off: LEAF.irq,
  irq_save: LEAF.irq,
  irq_restore: LEAF.irq,
  softirqd: LEAF.wakeup,
  timer: LEAF.other,
  memory: LEAF.other,
};

export const leafKind = (name: string): number => KIND_OF[leafEffect(name)];

/** By index, the leaves that change nothing anybody else can see, and read no arguments. */
export function plainLeaves({ leaves }: Machine): ReadonlySet<number> {
  const isPlain = (kind: number): boolean => kind === LEAF.plain || kind === LEAF.current;
  return new Set(leaves.flatMap(({ name }, i) => (isPlain(leafKind(name)) ? [i] : [])));
}

/** Memory that the leaf which is running, or has just run, was pointed at. */
export interface Touch extends Stretch {
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
  /** Whether this run has used a leaf that writes. */
  isUsed = false;
  /** What leaves of this run were pointed at and may have written. */
  written: Stretch[] = [];
  #list: Touch[] = [];

  forget(): void {
    this.step = -1;
    this.isUsed = false;
    this.written = [];
    this.#list = [];
  }

  begin(step: number, slot: number, isFirst: boolean): void {
    this.isUsed = true;
    this.step = step;
    this.slot = slot;
    this.isFirst = isFirst;
    this.#list = [];
  }

  note(at: number, size: number, access: Access): void {
    if (size === 0) return;
    if (this.step >= 0) this.#list.push({ at, size, writes: access !== 'read' });
    if (access !== 'read') this.written.push({ at, size });
  }

  take(): readonly Touch[] {
    this.last = this.step;
    this.step = -1;
    return this.#list;
  }
}
