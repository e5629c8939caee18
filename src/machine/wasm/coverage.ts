import type { Block, Graph, PlacedOp } from './graph.js';
import { entryOf, type FunctionPlan } from './plan.js';
import type { UnitContext } from './unit-context.js';

/** A budget larger than this is not asked for at once: what has less left would be interpreted. */
const MOST_AT_ONCE = 400;

/**
 * Where the budget is checked, it is checked for all that follows up to the next check, so that bodies in between need
 * no check of their own.
 */
export class Coverage {
  readonly #need = new Map<Block, number>();
  readonly #covered = new Set<Block>();

  /** Of a function as it is about to be written, on its own rather than in place of a call. */
  constructor(unit: UnitContext, plan: FunctionPlan, { root, blocks }: Graph) {
    const lengths = new Map(blocks.map((block) => [block, new Stretch(unit, plan, block)]));
    this.#findNeeds(blocks, lengths);
    this.#findCovered(root, blocks, lengths);
  }

  #findNeeds(blocks: readonly Block[], lengths: ReadonlyMap<Block, Stretch>): void {
    for (const block of blocks) this.#need.set(block, lengths.get(block)!.need);
    for (let changed = true; changed; ) {
      changed = false;
      for (const block of blocks.toReversed()) {
        const { length, ends } = lengths.get(block)!;
        if (ends) continue;
        let need = this.#need.get(block)!;
        for (const { to, check } of block.out) {
          const later = check ? 0 : this.#need.get(to)!;
          if (later > 0) need = Math.max(need, length + later);
        }
        // Too large is too large.
        need = Math.min(need, MOST_AT_ONCE + 1);
        changed ||= need !== this.#need.get(block);
        this.#need.set(block, need);
      }
    }
  }

  #findCovered(root: Block, blocks: readonly Block[], lengths: ReadonlyMap<Block, Stretch>): void {
    const isAsked = (block: Block): boolean => this.#need.get(block)! <= MOST_AT_ONCE;
    for (const block of blocks) if (block !== root || isAsked(block)) this.#covered.add(block);
    for (let changed = true; changed; ) {
      changed = false;
      for (const block of blocks) {
        const goesOn = this.#covered.has(block) && !lengths.get(block)!.ends;
        for (const { to, check } of block.out) {
          if (check ? isAsked(to) : goesOn) continue;
          changed = this.#covered.delete(to) || changed;
        }
      }
    }
  }

  /** The most that is taken off the budget from a block on where a check in a body could find it used up. */
  need(block: Block): number {
    const need = this.#need.get(block) ?? 0;
    return need > MOST_AT_ONCE ? 0 : need;
  }

  /** Whether there is enough of the budget for what a block needs, whichever way control gets there. */
  covers(block: Block): boolean {
    return this.#covered.has(block);
  }
}

/** What a block takes off the budget. */
class Stretch {
  /** Up to the last return from a body in it. */
  readonly need: number;
  readonly length: number;
  /** Whether there is a check of another kind in it, after which nothing is known. */
  readonly ends: boolean;

  constructor(unit: UnitContext, plan: FunctionPlan, block: Block) {
    let need = 0;
    let length = 0;
    let ends = block.gate !== undefined;
    for (const it of block.ops) {
      const body = longestBody(unit, plan, it);
      ends ||= body === undefined;
      if (ends) break;
      length += 1 + (body ?? 0);
      if (body !== undefined && body > 0) need = length;
    }
    this.need = need;
    this.length = length;
    this.ends = ends;
  }
}

/** The most that the body takes that an instruction enters, 0 for most instructions; undefined where it checks itself. */
export function longestBody(unit: UnitContext, plan: FunctionPlan, it: PlacedOp): number | undefined {
  const { form } = it.op;
  if (form !== 'call_local' && form !== 'callx') return 0;
  const callees = form === 'callx' ? unit.seen(it.slot) : [it.imm];
  let most = 0;
  for (const fn of callees) {
    const { slot } = entryOf(unit.machine, fn);
    const body = unit.machine.tracker?.isTracked(slot) === true ? undefined : unit.inlinable(plan, slot);
    if (body?.longest === undefined) return undefined;
    most = Math.max(most, body.longest);
  }
  return most === 0 ? undefined : most;
}
