import { fromAddress, KERNEL_HIGH, type Memory, toAddress } from './memory.js';
import type { Text } from './text.js';
import { WORD } from './thread.js';
import { type Access, Trap } from './trap.js';

/**
 * What a leaf returns: nothing where it has set its result on the call; a number of at most 32 bits, which is the result;
 * `BLOCKED` to leave the thread at the call, which is tried again once it is woken; `TAIL_CALL` to have the caller's frame
 * replaced by one of the function `call.target`, which returns to whoever called the caller; or `YIELD` to have the
 * engine come back after the call: something has to happen that the engine does not know of.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: a leaf that neither blocks nor jumps returns nothing
export type Outcome = void | number | typeof BLOCKED | typeof TAIL_CALL | typeof YIELD;

/**
 * A function of the kernel that is TypeScript: it never calls back, and reads and writes emulated memory only. `Parts` is
 * what it works on besides, which it is given with each call.
 */
export interface Leaf<Parts extends object = object> {
  readonly name: string;
  run(call: TimedCall, parts?: Parts): Outcome;
  readonly parts?: Parts;
  /**
   * Set for a leaf that compiled code calls with nothing in between: it always gives its result, if it does not throw a
   * `Trap`, looks at no clock, and changes no code. It sets the result on the call, or returns it, always a number.
   */
  readonly direct?: 'gives' | 'returns';
  /**
   * What the leaf does, where compiled code can do it itself: gives the address of the current task, fields of it, the
   * number of the CPU, or the simulated time in nanoseconds; or changes a word that each CPU has. `run` must do the same.
   */
  readonly inline?: LeafInline;
  /** Arrays of which compiled code can do what `run` does, so that it calls the leaf only for others, and for faults. */
  readonly arrays?: () => readonly SlotArray[];
  /** The helper in whose place a kernel has this in a program: what the program says, and what is shown of it. */
  readonly inPlaceOf?: string;
  /** Set for a leaf that reads or changes frames: compiled code has no records of them and leaves it to the interpreter. */
  readonly seesFrames?: true;
}

export type LeafInline = 'current' | 'cpu' | 'clock' | CurrentFields | CpuWord;

/** Two fields of 32 bits of the current task's structure, by their offsets: the lower half of a result and the upper. */
export interface CurrentFields {
  readonly kind: 'fields';
  readonly low: number;
  readonly high: number;
}

/**
 * A word of 32 bits that each CPU has, where nothing is ever poisoned and no program looks: CPU 0's lies at an offset in
 * memory, and the others' follow, so many bytes from one to the next.
 */
export interface CpuWord {
  readonly kind: 'cpu_word';
  readonly first: number;
  readonly stride: number;
  /** What the word becomes: a constant, or the lower half of the first argument. */
  readonly to: number | 'argument';
  /** Whether the result is what the word was before, sign-extended; otherwise it is 0. */
  readonly gives: boolean;
}

/**
 * An array whose slots a leaf finds: given the array's address and that of an index of 32 bits, it gives the address of
 * the slot; or the per-CPU pointer that is in it, which nothing changes; or where that is on the CPU. It gives 0 for an index
 * that is too large, and writes nothing.
 */
export interface SlotArray {
  readonly address: bigint;
  readonly length: number;
  /** Offset of the first slot in memory, and the bytes from one to the next. */
  readonly first: number;
  readonly stride: number;
  readonly holds: 'values' | 'pointers' | 'cpu_values';
  /** Bytes of a value, all of which may be touched as long as the machine is there. */
  readonly size: number;
}

export const BLOCKED = Symbol('blocked');
export const TAIL_CALL = Symbol('tail call');
export const YIELD = Symbol('yield');

/** What a leaf sees of the machine that it is called in. */
export interface LeafHost {
  readonly memory: Memory;
  readonly text: Text;
  /** Wakes what waits for the thing at an offset in memory. */
  signal(at: number): void;
}

/** The same with its clock, which compiled code sets for leaves that it does not call directly. */
export interface TimedHost extends LeafHost {
  /** Instructions executed since boot. */
  readonly executed: number;
  /** The simulated clock, in nanoseconds since boot. */
  readonly now: number;
  /** Lets that many nanoseconds pass, unless the clock stands still; the leaf has to yield then. */
  pass(ns: number): void;
}

export type TimedCall = LeafCall<TimedHost>;

/** What a leaf sees of its caller. One object serves all calls of an engine. */
export class LeafCall<Host extends LeafHost = LeafHost> {
  readonly machine: Host;
  /** Index of the calling thread's r0 in the words of memory. */
  r = 0;
  /** Index of the function to go on in, of a leaf that returns `TAIL_CALL`. */
  target = 0;
  /**
   * Is told of memory that callers point leaves to, before it is checked whether that may be touched; whatever else a
   * leaf reads or writes is the kernel's own.
   */
  touched: ((at: number, size: number, access: Access) => void) | undefined = undefined;

  readonly #i32: Int32Array;
  readonly #i64: BigInt64Array;

  constructor(machine: Host) {
    this.machine = machine;
    this.#i32 = machine.memory.i32;
    this.#i64 = machine.memory.i64;
  }

  /** Argument 1 to 5, unsigned. */
  arg(n: number): bigint {
    return BigInt.asUintN(64, this.#i64[(this.r >> 1) + n]!);
  }

  /** The low 32 bits of an argument, unsigned. */
  arg32(n: number): number {
    return this.#i32[this.r + n * 2]! >>> 0;
  }

  /** True if an argument is 0. */
  isZero(n: number): boolean {
    return this.#i32[this.r + n * 2] === 0 && this.#i32[this.r + n * 2 + 1] === 0;
  }

  /** An argument of at most 32 bits; infinite for one that is larger. */
  size(n: number): number {
    return this.#i32[this.r + n * 2 + 1] === 0 ? this.arg32(n) : Number.POSITIVE_INFINITY;
  }

  /** The offset in memory that the address in an argument stands for; undefined for an address of another kind. */
  offset(n: number): number | undefined {
    return this.#i32[this.r + n * 2 + 1] === KERNEL_HIGH ? this.arg32(n) : undefined;
  }

  /** Sets r0. */
  give(value: bigint): void {
    this.#i64[this.r >> 1] = BigInt.asIntN(64, value);
  }

  /** Sets r0 to a number of at most 32 bits, sign-extended. */
  giveNumber(value: number): void {
    const i32 = this.#i32;
    i32[this.r] = value;
    i32[this.r + 1] = value >> 31;
  }

  /** Sets r0 to the address of an offset in memory. */
  giveAddress(at: number): void {
    const i32 = this.#i32;
    i32[this.r] = at;
    i32[this.r + 1] = KERNEL_HIGH;
  }

  /** Sets r0 to two fields of the running task's structure. */
  giveFields({ low, high }: CurrentFields): void {
    const i32 = this.#i32;
    const task = this.current;
    i32[this.r] = i32[(task + low) >> 2]!;
    i32[this.r + 1] = i32[(task + high) >> 2]!;
  }

  /** Changes the running CPU's word. */
  changeCpuWord({ first, stride, to, gives }: CpuWord): void {
    const i32 = this.#i32;
    const at = (first + this.cpu * stride) >> 2;
    const before = i32[at]!;
    i32[at] = to === 'argument' ? this.arg32(1) : to;
    if (gives) this.giveNumber(before);
  }

  /** Leaves the thread at the call until what lies at an offset in memory is signalled; the leaf returns the result. */
  blockOn(at: number): typeof BLOCKED {
    this.#i32[this.r + WORD.waitsFor] = at;
    return BLOCKED;
  }

  get cpu(): number {
    return this.#i32[this.r + WORD.cpu]!;
  }

  /** Offset of the running task's structure. */
  get current(): number {
    return this.#i32[this.r + WORD.current]!;
  }

  /** Checks that `size` bytes at the address in argument `n` may be touched, and returns their offset. */
  pointer(n: number, size: number, access: Access = 'read'): number {
    const i32 = this.#i32;
    const at = i32[this.r + n * 2]! >>> 0;
    if (i32[this.r + n * 2 + 1] !== KERNEL_HIGH) throw new Trap(undefined, this.arg(n), size, access);
    return this.#checked(at, size, access);
  }

  /** As `pointer`, for an address that is not an argument. */
  range(address: bigint, size: number, access: Access = 'read'): number {
    const at = fromAddress(address);
    if (at === undefined) throw new Trap(undefined, address, size, access);
    return this.#checked(at, size, access);
  }

  #checked(at: number, size: number, access: Access): number {
    const { memory } = this.machine;
    if (at + size > memory.limit) throw new Trap(undefined, toAddress(at), size, access);
    // Before it is known whether the access succeeds: whether it does is something others can have changed, too.
    this.touched?.(at, size, access);
    if (memory.isAnyPoisoned(at, size)) throw new Trap(undefined, toAddress(at), size, access);
    return at;
  }
}
