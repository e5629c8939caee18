/** Numbered labels, which may be defined again and again: `1b` is the nearest before, `1f` the nearest after. */
export class LocalLabels {
  readonly #slots = new Map<number, number[]>();

  /** Slots come in ascending order. */
  define(number: number, slot: number): void {
    const slots = this.#slots.get(number);
    if (slots === undefined) this.#slots.set(number, [slot]);
    else slots.push(slot);
  }

  /** The slot of the one that is meant from an instruction in a slot. */
  find(number: number, forward: boolean, slot: number): number | undefined {
    const slots = this.#slots.get(number) ?? [];
    const before = countUpTo(slots, slot);
    return slots[forward ? before : before - 1];
  }
}

function countUpTo(ascending: readonly number[], limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
