import type { SlotArray } from '../leaf.js';
import { type Memory, toAddress } from '../memory.js';
import type { Block, Graph, PlacedOp } from './graph.js';
import { type Frame, isSame, type Known, type KnownRegisters, Lookup } from './scope.js';

/** A word of settled memory, and what is in it while code is written that relies on it. */
export interface Settled {
  readonly at: number;
  readonly low: number;
  readonly high: number;
}

/** The word that a load takes out of settled memory, if it does. */
export function settledBy(memory: Memory, it: PlacedOp, known: KnownRegisters): Settled | undefined {
  if (it.op.form !== 'load' || it.op.size !== 8) return undefined;
  const base = known[it.src];
  if (base?.base !== 'memory') return undefined;
  const at = base.plus + it.off;
  if (!memory.isSettled(at)) return undefined;
  return { at, low: memory.i32[at >> 2]!, high: memory.i32[(at >> 2) + 1]! };
}

/** The array that r1 is known to be the address of. */
export function arrayAt(arrays: readonly SlotArray[], known: Known | undefined): SlotArray | undefined {
  return known?.base === 'memory' ? arrays.find((a) => a.address === toAddress(known.plus)) : undefined;
}

/** What follows what is known through a function. */
interface Following {
  atBlocks(scope: Frame | undefined, graph: Graph, entry: KnownRegisters): readonly KnownRegisters[];
  through(scope: Frame | undefined, block: Block, known: KnownRegisters): KnownRegisters;
}

/** What a lookup has given that a function returns whose graph is that, called with what `entry` says. */
export function returned(finder: Following, graph: Graph, entry: KnownRegisters): Known | undefined {
  const before = finder.atBlocks(undefined, graph, entry);
  const [first, ...others] = graph.blocks
    .filter((block) => block.ops.at(-1)?.op.form === 'exit')
    .map((block) => finder.through(undefined, block, before[block.order]!)[0]);
  return first?.base instanceof Lookup && others.every((other) => isSame(first, other)) ? first : undefined;
}
