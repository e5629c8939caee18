import type { Cover } from './knowledge.js';
import type { RegisterSet } from './live.js';
import type { Rotation } from './rotate.js';

/** What is known of the block that is being written. */
interface BlockState {
  /** Registers needed after each instruction. */
  readonly after: readonly RegisterSet[];
  readonly rotations: ReadonlyMap<number, Rotation>;
  /** Locals that keep what is rotated, by the instruction that would change it. */
  readonly kept: ReadonlyMap<number, number>;
  /** What tests accesses, by their places. */
  readonly covers: ReadonlyMap<number, Cover>;
  /** Accesses that have been tested before. */
  readonly proved: ReadonlySet<number>;
}

export const NO_BLOCK: BlockState = {
  ...{ after: [], rotations: new Map(), kept: new Map() },
  ...{ covers: new Map(), proved: new Set() },
};
