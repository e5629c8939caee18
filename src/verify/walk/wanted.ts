import type { Traced } from '../state/state.js';

/** Frames that call each other at most, in any release. */
const FRAMES = 16;

/**
 * Registers and stack slots, by frame, whose origin is looked for: a bit each, since this is asked at every instruction. A walk has one,
 * which begins anew each time.
 */
export class Wanted {
  frame = 0;
  readonly #registers = new Int32Array(FRAMES);
  readonly #near = new Int32Array(FRAMES);
  readonly #far = new Int32Array(FRAMES);
  /** What was given as traced last: from one instruction to the next little changes, and notes can share it. */
  #last: Traced = { frame: 0, registers: 0, near: 0, far: 0 };
  /** A bit for each frame of which something is wanted. */
  #frames = 0;

  /** Nothing yet, looked for from a frame. */
  begin(frame: number): this {
    this.frame = frame;
    for (; this.#frames !== 0; this.#frames &= this.#frames - 1) {
      const one = lowestBit(this.#frames);
      this.#registers[one] = 0;
      this.#near[one] = 0;
      this.#far[one] = 0;
    }
    return this;
  }

  #half(slot: number): Int32Array {
    return slot < 32 ? this.#near : this.#far;
  }
  #settle(frame: number): void {
    if ((this.#registers[frame]! | this.#near[frame]! | this.#far[frame]!) === 0) {
      this.#frames &= ~(1 << frame);
    }
  }

  add(frame: number, register: number): void {
    if (register >= 10) return;
    this.#registers[frame]! |= 1 << register;
    this.#frames |= 1 << frame;
  }
  addSlot(frame: number, slot: number): void {
    this.#half(slot)[frame]! |= 1 << (slot & 31);
    this.#frames |= 1 << frame;
  }
  /** Gives whether it was among them. */
  drop(frame: number, register: number): boolean {
    if (!this.has(frame, register)) return false;
    this.#registers[frame]! &= ~(1 << register);
    this.#settle(frame);
    return true;
  }
  dropSlot(frame: number, slot: number): boolean {
    if (!this.hasSlot(frame, slot)) return false;
    this.#half(slot)[frame]! &= ~(1 << (slot & 31));
    this.#settle(frame);
    return true;
  }
  has(frame: number, register: number): boolean {
    return (this.#registers[frame]! & (1 << register)) !== 0;
  }
  hasSlot(frame: number, slot: number): boolean {
    return (this.#half(slot)[frame]! & (1 << (slot & 31))) !== 0;
  }
  /** Those of a frame, as bits. */
  registers(frame: number): number {
    return this.#registers[frame]!;
  }
  /** The same of slots: of the 32 next to the frame pointer, or of those below them. */
  slots(frame: number, from: 0 | 32): number {
    return from === 0 ? this.#near[frame]! : this.#far[frame]!;
  }
  get isEmpty(): boolean {
    return this.#frames === 0;
  }

  /** Whether all of it is among what has been traced before. */
  isWithin({ frame, registers, near, far }: Traced): boolean {
    return (
      this.#frames === 1 << frame &&
      (this.#registers[frame]! & ~registers) === 0 &&
      (this.#near[frame]! & ~near) === 0 &&
      (this.#far[frame]! & ~far) === 0
    );
  }
  /** With what has been traced before, as far as that is of the same frame; only what is of one frame is remembered. */
  addedTo(traced: Traced | undefined): Traced | undefined {
    const frame = lowestBit(this.#frames);
    if (this.#frames !== 1 << frame) return traced;
    const before = traced?.frame === frame ? traced : undefined;
    const registers = this.#registers[frame]! | (before?.registers ?? 0);
    const near = this.#near[frame]! | (before?.near ?? 0);
    const far = this.#far[frame]! | (before?.far ?? 0);
    const last = this.#last;
    const isLast =
      last.frame === frame && last.registers === registers && last.near === near && last.far === far;
    if (!isLast) this.#last = { frame, registers, near, far };
    return this.#last;
  }
}

/** Number of the lowest 1 of a word that has one: what loops over bits begin with. */
export const lowestBit = (word: number): number => 31 - Math.clz32(word & -word);
