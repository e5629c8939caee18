import type { Branching } from '../range/compare.js';
import type { Scalar } from '../range/scalar.js';

interface Made<R> {
  a: Scalar;
  b: Scalar;
  result: R;
}

/**
 * What each instruction has made of scalars the last time. Rounds of a loop mostly ask the same of the same scalars again, and an answer that
 * is the same object makes states quick to compare. It is asked for with the operands themselves, not with equal ones.
 */
export class Results<R extends Scalar | Branching> {
  readonly #bySlot: (Made<R> | undefined)[];

  constructor(slots: number) {
    this.#bySlot = new Array<Made<R> | undefined>(slots).fill(undefined);
  }

  of(slot: number, a: Scalar, b: Scalar): R | undefined {
    const made = this.#bySlot[slot];
    return made !== undefined && made.a === a && made.b === b ? made.result : undefined;
  }

  keep(slot: number, a: Scalar, b: Scalar, result: R): R {
    const made = this.#bySlot[slot];
    if (made === undefined) this.#bySlot[slot] = { a, b, result };
    else {
      made.a = a;
      made.b = b;
      made.result = result;
    }
    return result;
  }
}
