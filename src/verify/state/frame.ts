import { NONE, pointer, type Register } from './register.js';
import { EMPTY_SLOT, type Slot } from './slot.js';

/** A range that a function's result must be in; of its lower half if `is32`. */
export interface ResultRange {
  readonly min: bigint;
  readonly max: bigint;
  readonly is32: boolean;
}

/** Nothing, but for the frame pointer. */
function emptyRegisters(number: number): Register[] {
  const registers = new Array<Register>(10).fill(NONE);
  registers.push(pointer('stack', { target: { frame: number } }));
  return registers;
}

/** A function on the way (`struct bpf_func_state`): it changes as instructions are walked, what is in its registers does not. */
export class Frame {
  /** Slot of the call, or -1 for what the kernel calls. */
  readonly callsite: number;
  readonly number: number;
  readonly subprogram: number;
  registers: Register[];
  /** From the frame pointer downwards. */
  stack: Slot[];
  /** Called by a helper, while that runs. */
  inCallback = false;
  /** Called by a helper, later. */
  inAsyncCallback = false;
  asyncEntries = 0;
  callbackDepth = 0;
  callbackRange: ResultRange = { min: 0n, max: 0n, is32: false };

  constructor(callsite: number, number: number, subprogram: number, registers = emptyRegisters(number)) {
    this.callsite = callsite;
    this.number = number;
    this.subprogram = subprogram;
    this.registers = registers;
    this.stack = [];
  }

  copy(): Frame {
    const frame = new Frame(this.callsite, this.number, this.subprogram, this.registers.slice());
    frame.stack = this.stack.slice();
    frame.inCallback = this.inCallback;
    frame.inAsyncCallback = this.inAsyncCallback;
    frame.asyncEntries = this.asyncEntries;
    frame.callbackDepth = this.callbackDepth;
    frame.callbackRange = this.callbackRange;
    return frame;
  }

  register(number: number): Register {
    return this.registers[number] ?? NONE;
  }

  /** Eight bytes: 0 is next to the frame pointer. */
  slot(index: number): Slot {
    return this.stack[index] ?? EMPTY_SLOT;
  }

  /** Makes room for so many bytes below the frame pointer. */
  grow(bytes: number): void {
    const slots = Math.ceil(bytes / 8);
    while (this.stack.length < slots) this.stack.push(EMPTY_SLOT);
  }
}
