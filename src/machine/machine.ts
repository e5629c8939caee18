import type { AlignmentRules, Reachable } from './access.js';
import type { Leaf, TimedHost } from './leaf.js';
import type { Memory } from './memory.js';
import { Text } from './text.js';
import type { Thread } from './thread.js';
import type { WriteTracker } from './write-tracker.js';

/** Everything an engine works on. All state of a run is in `memory`; the rest changes only between runs. */
export class Machine implements Reachable, TimedHost {
  readonly memory: Memory;
  readonly alignment: AlignmentRules;
  readonly text = new Text();
  readonly leaves: Leaf[] = [];
  /** Every thread there is; leaves wake them. */
  readonly threads: Thread[] = [];
  /** Instructions executed since boot, over all threads; the simulated clock counts these. */
  executed = 0;
  /** Simulated time an instruction takes, in whole nanoseconds. */
  nsPerInsn = 1;
  /** Nanoseconds in which nothing ran. */
  idleNs = 0;
  /** How often the loads in these slots read 0 in place of a fault. */
  readonly zeroReads = new Map<number, number>();

  /** What is looked at more closely while it runs. */
  tracker: WriteTracker | undefined;

  constructor(memory: Memory, alignment: AlignmentRules) {
    this.memory = memory;
    this.alignment = alignment;
  }

  /** The simulated clock, in nanoseconds since boot. */
  get now(): number {
    return this.executed * this.nsPerInsn + this.idleNs;
  }

  pass(ns: number): void {
    if (this.nsPerInsn !== 0) this.idleNs += ns;
  }

  /** Wakes what waits for the thing at an offset in memory. */
  signal(at: number): void {
    for (const thread of this.threads) if (thread.waitsFor === at) thread.waitsFor = 0;
  }

  addLeaf(leaf: Leaf): number {
    this.leaves.push(leaf);
    return this.leaves.length - 1;
  }
}
