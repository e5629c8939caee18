import type { Machine } from '../machine.js';
import type { Relocatable } from '../relocatable.js';
import type { Placement, Text } from '../text.js';
import { buildGraph, type Seen } from './graph.js';
import { ARGUMENTS, type CallReads, liveAtBlocks, type RegisterSet } from './live.js';

const NONE_SEEN: Seen = () => [];
const justArguments = (): RegisterSet => ARGUMENTS;
/** As if all that is called read its arguments and nothing else. */
const ASSUMED: CallReads = { local: justArguments, indirect: justArguments, leaf: justArguments };

/** What has been found of code as it was placed, in whatever text: registers are the same in all of them. */
const found = new WeakMap<Relocatable, RegisterSet>();

/** What code reads itself that begins in a slot, before it writes it. */
const readsFrom = (text: Text, slot: number): RegisterSet =>
  liveAtBlocks(buildGraph(text, slot, NONE_SEEN), ASSUMED)[0]!;

/** The same for all functions that were placed at once. */
function readsOf(text: Text, placement: Placement): RegisterSet {
  const { start, code } = placement;
  const isAsPlaced = !text.isPatched(placement);
  const known = isAsPlaced ? found.get(code) : undefined;
  if (known !== undefined) return known;
  const reads = code.functions.reduce((set, f) => set | readsFrom(text, start + f.start), 0);
  if (isAsPlaced) found.set(code, reads);
  return reads;
}

/**
 * What any function that an indirect call can reach may read: normally nothing but arguments. One that reads more finds
 * there what its caller left, so callers have to leave it there. Calling such a function, another may read no more than it
 * does, so it is enough to look at what each reads itself.
 */
export function indirectReads({ text }: Machine): RegisterSet {
  const ofPlaced = text.placements.reduce((set, placement) => set | readsOf(text, placement), ARGUMENTS);
  return text.functions.reduce((set, { index }) => {
    const slot = text.entries[index * 2]!;
    // Calls can be redirected to the middle of something.
    return slot < 0 || text.functionStartingAt(slot) !== undefined ? set : set | readsFrom(text, slot);
  }, ofPlaced);
}
