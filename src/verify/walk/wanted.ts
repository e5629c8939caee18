/** Frames that call each other at most, in any release. */
const FRAMES = 16;

function* bitsOf(word: number, from: number): Generator<number> {
  for (let i = 0; i < 32; i++) if ((word & (1 << i)) !== 0) yield from + i;
}

/** Registers and stack slots, by frame, whose origin is looked for: a bit each, since this is asked at every instruction. */
export class Wanted {
  frame: number;
  readonly #registers = new Int32Array(FRAMES);
  readonly #near = new Int32Array(FRAMES);
  readonly #far = new Int32Array(FRAMES);

  constructor(frame: number) {
    this.frame = frame;
  }

  add(frame: number, register: number): void {
    if (register < 10) this.#registers[frame]! |= 1 << register;
  }
  addSlot(frame: number, slot: number): void {
    const half = slot < 32 ? this.#near : this.#far;
    half[frame]! |= 1 << (slot & 31);
  }
  /** Gives whether it was among them. */
  drop(frame: number, register: number): boolean {
    const was = this.has(frame, register);
    this.#registers[frame]! &= ~(1 << register);
    return was;
  }
  dropSlot(frame: number, slot: number): boolean {
    const was = this.hasSlot(frame, slot);
    const half = slot < 32 ? this.#near : this.#far;
    half[frame]! &= ~(1 << (slot & 31));
    return was;
  }
  has(frame: number, register: number): boolean {
    return (this.#registers[frame]! & (1 << register)) !== 0;
  }
  hasSlot(frame: number, slot: number): boolean {
    const half = slot < 32 ? this.#near : this.#far;
    return (half[frame]! & (1 << (slot & 31))) !== 0;
  }
  registers(frame: number): readonly number[] {
    return [...bitsOf(this.#registers[frame]!, 0)];
  }
  slots(frame: number): readonly number[] {
    return [...bitsOf(this.#near[frame]!, 0), ...bitsOf(this.#far[frame]!, 32)];
  }
  get isEmpty(): boolean {
    for (let i = 0; i < FRAMES; i++) {
      if ((this.#registers[i]! | this.#near[i]! | this.#far[i]!) !== 0) return false;
    }
    return true;
  }
}
