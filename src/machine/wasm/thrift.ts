/**
 * What compiling a unit costs, in instructions that the interpreter carries out in that time: something for every unit, which
 * is mostly V8's and what makes optimised code later, and something for each of its instructions. Both as measured with
 * units of 12 to 1,000 instructions (`npm run bench -- compile`).
 */
const UNIT_COSTS = 100_000;
const INSN_COSTS = 250;

/** The part of what the interpreter would take that compiling may add. */
const MOST_ADDED = 0.2;
/** The part of what the interpreter would take that compiled code saves at least. */
const SAVED = 0.5;

const costOf = (size: number): number => UNIT_COSTS + INSN_COSTS * size;

/**
 * Sees to it that compiling never costs much more than it may save: a thread may end at any instruction, and then what was
 * compiled just before was in vain. A unit has to wait until what was carried out, and what compiled code has saved of that,
 * is worth its cost.
 */
export class Thrift {
  /** What compiling may cost now. */
  #credit = 0;
  /** Sizes of units, by the slots they begin at, so that one that has to wait need not be planned again to wait longer. */
  readonly #sizes = new Map<number, number>();

  /** So many instructions have been carried out. */
  passed(insns: number, isCompiled: boolean): void {
    this.#credit += insns * (isCompiled ? MOST_ADDED + SAVED : MOST_ADDED);
  }

  /**
   * Instructions for the interpreter until the unit that begins in a slot may be compiled; 0 if it may be now. Without a slot, or
   * as long as nobody has said how many instructions it has: until the smallest may be.
   */
  wait(slot?: number, size = slot === undefined ? undefined : this.#sizes.get(slot)): number {
    if (slot !== undefined && size !== undefined) this.#sizes.set(slot, size);
    return Math.max(0, Math.ceil((costOf(size ?? 0) - this.#credit) / MOST_ADDED));
  }

  /** Code has changed. */
  forgetSizes(): void {
    this.#sizes.clear();
  }

  /** A unit of so many instructions has been compiled. */
  pay(size: number): void {
    this.#credit -= costOf(size);
  }
}
