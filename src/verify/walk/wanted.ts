/** Registers and stack slots, by frame, whose origin is looked for. */
export class Wanted {
  frame: number;
  readonly #registers: Set<number>[] = [];
  readonly #slots: Set<number>[] = [];

  constructor(frame: number) {
    this.frame = frame;
  }

  #of(sets: Set<number>[], frame: number): Set<number> {
    let set = sets[frame];
    if (set === undefined) {
      set = new Set();
      sets[frame] = set;
    }
    return set;
  }

  add(frame: number, register: number): void {
    if (register < 10) this.#of(this.#registers, frame).add(register);
  }
  addSlot(frame: number, slot: number): void {
    this.#of(this.#slots, frame).add(slot);
  }
  drop(frame: number, register: number): boolean {
    return this.#registers[frame]?.delete(register) ?? false;
  }
  dropSlot(frame: number, slot: number): boolean {
    return this.#slots[frame]?.delete(slot) ?? false;
  }
  has(frame: number, register: number): boolean {
    return this.#registers[frame]?.has(register) ?? false;
  }
  hasSlot(frame: number, slot: number): boolean {
    return this.#slots[frame]?.has(slot) ?? false;
  }
  registers(frame: number): readonly number[] {
    return [...(this.#registers[frame] ?? [])].sort((a, b) => a - b);
  }
  slots(frame: number): readonly number[] {
    return [...(this.#slots[frame] ?? [])].sort((a, b) => a - b);
  }
  get isEmpty(): boolean {
    const none = (set: Set<number> | undefined): boolean => set === undefined || set.size === 0;
    return this.#registers.every(none) && this.#slots.every(none);
  }
}
