import type { Liveness } from '../explore/state/liveness.js';
import { RECORD } from '../machine/stack.js';
import { keyOf, lost, nameOf, type Value } from './values.js';

/** A call that has not returned. Offsets count from the upper end of the thread's stack. */
export interface Frame {
  readonly fn: number;
  readonly registers: Value[];
  readonly top: number;
  readonly bottom: number;
  /** Where the caller goes on; -1 for the first. */
  readonly returnSlot: number;
}

/** A program that was entered and not left: an instance, as `Instances` has them. */
export interface Instance {
  /** The variable that counts instances of its program on the CPU. */
  readonly name: string;
  readonly phase: 'entering' | 'admitted' | 'refused' | 'leaving';
}

export interface Slot {
  readonly size: number;
  readonly value: Value;
}

/** Stands for a slot where a task's next step is to begin. */
export const BEGIN = -1;

const CALLEE_SAVED = [6, 7, 8, 9] as const;
const UNUSED = lost('a register that holds nothing');

/** All that is known of a thread at one point of the code. */
export class State {
  frames: Frame[] = [];
  slot = BEGIN;
  stack = new Map<number, Slot>();
  instances: Instance[] = [];
  step = 0;

  clone(): State {
    const s = new State();
    s.frames = this.frames.map((f) => ({ ...f, registers: [...f.registers] }));
    s.slot = this.slot;
    s.stack = new Map(this.stack);
    s.instances = [...this.instances];
    s.step = this.step;
    return s;
  }

  get frame(): Frame {
    return this.frames.at(-1)!;
  }

  get(register: number): Value {
    return this.frame.registers[register] ?? UNUSED;
  }

  set(register: number, value: Value): void {
    this.frame.registers[register] = value;
  }

  /** Opens a frame as `pushFrame` does; the callee sees the caller's registers. */
  push(fn: number, size: number, returnSlot: number): void {
    const below = this.frames.at(-1);
    const top = (below?.bottom ?? 0) - RECORD;
    const registers = below === undefined ? Array.from({ length: 12 }, () => UNUSED) : [...below.registers];
    registers[10] = { kind: 'stack', offset: top };
    this.frames.push({ fn, registers, top, bottom: top - size, returnSlot });
  }

  /** Closes the innermost frame; what it had on the stack is gone. Returns where to go on. */
  pop(): number {
    const { registers, top, bottom, returnSlot } = this.frames.pop()!;
    for (const offset of [...this.stack.keys()])
      if (offset >= bottom && offset < top) this.stack.delete(offset);
    if (this.frames.length > 0) {
      this.set(0, registers[0]!);
      this.clobber();
      this.set(11, UNUSED);
    }
    return returnSlot;
  }

  /** What a call leaves of the registers for arguments. */
  clobber(): void {
    for (let r = 1; r <= 5; r += 1) this.set(r, lost('what a call leaves in r1 to r5'));
  }

  /** Whether bytes of the stack belong to a frame that is open. */
  isOpen(offset: number, size: number): boolean {
    return this.frames.some((f) => offset >= f.bottom && offset + size <= f.top);
  }

  /** Forgets registers that nothing reads any more. */
  prune(liveness: Liveness): void {
    this.frames.forEach((f, i) => {
      const next = this.frames[i + 1];
      const live = liveness.before(next === undefined ? this.slot : next.returnSlot);
      for (let r = 0; r < 12; r += 1) {
        if (r === 10) continue;
        const kept = next === undefined || CALLEE_SAVED.some((saved) => saved === r);
        if (!kept || (live & (1 << r)) === 0) f.registers[r] = UNUSED;
      }
    });
  }

  /** Variables that hold something. */
  variables(): Set<string> {
    const values = [
      ...this.frames.flatMap((f) => f.registers),
      ...[...this.stack.values()].map((s) => s.value),
    ];
    return new Set(values.map(nameOf).filter((n) => n !== undefined));
  }

  /** The same text for states that go on in the same way. */
  key(): string {
    const frames = this.frames.map((f) => `${f.fn}/${f.returnSlot}/${f.registers.map(keyOf).join()}`);
    const stack = [...this.stack]
      .sort((a, b) => a[0] - b[0])
      .map(([offset, { size, value }]) => `${offset}:${size}:${keyOf(value)}`);
    const instances = this.instances.map((i) => `${i.name}.${i.phase}`);
    return [this.slot, this.step, ...frames, '|', ...stack, '|', ...instances].join(' ');
  }
}
