import type { AlignmentRules, Reachable } from './access.js';
import type { Leaf } from './leaf.js';
import type { Memory } from './memory.js';
import { Text } from './text.js';

/** Everything an engine works on. All state of a run is in `memory`; the rest changes only between runs. */
export class Machine implements Reachable {
  readonly memory: Memory;
  readonly alignment: AlignmentRules;
  readonly text = new Text();
  readonly leaves: Leaf[] = [];
  /** Instructions executed since boot, over all threads; the simulated clock counts these. */
  executed = 0;

  constructor(memory: Memory, alignment: AlignmentRules) {
    this.memory = memory;
    this.alignment = alignment;
  }

  addLeaf(leaf: Leaf): number {
    this.leaves.push(leaf);
    return this.leaves.length - 1;
  }
}
