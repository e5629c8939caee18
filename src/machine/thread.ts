import { KIND, type Memory, type Region } from './memory.js';

/**
 * A thread's block in linear memory: all of its state that is not on its stack. Byte offsets:
 *
 *       0  r0 … r11           8 bytes each
 *      96  immediate          the interpreter puts a sign-extended immediate here, so that every operand is a register
 *     104  scratch            old value of an atomic operation
 *     112  per-CPU offset     what the per-CPU move adds: the distance to this CPU's unit
 *     120  pc                 slot of the next instruction
 *     124  sp                 offset of the lowest byte of the innermost frame
 *     128  stack low          frames may not go below this offset
 *     132  stack high
 *     136  CPU
 *     140  current            offset of the task's structure
 *     144  waits for          offset of what a blocked thread waits for; 0 while it can run
 *     148  level              context it runs in: 0 task, 1 softirq, 2 hardirq, 3 NMI, as the hardware entered it
 *     152  interrupts         an interrupt's: whether interrupts were off on this CPU when it came
 *     160  clock              compiled code: the simulated time at which its budget is used up (64 bits)
 *     168  line               an interrupt's: number of the line it came on, plus 1; 0 for none
 */
export const THREAD_SIZE = 192;
const IMMEDIATE = 96;
const SCRATCH = 104;
const PERCPU = 112;
const PC = 120;
const SP = 124;
const STACK_LOW = 128;
const STACK_HIGH = 132;
const CPU = 136;
const CURRENT = 140;
const WAITS_FOR = 144;
const LEVEL = 148;
const INTERRUPTS = 152;
const CLOCK = 160;
const LINE = 168;

/**
 * Byte offsets in the block for compiled code. What it tells the host when it comes back lies where the interpreter
 * keeps an immediate and a scratch value, which mean nothing between two instructions.
 */
export const BLOCK = {
  r0: 0,
  r10: 80,
  site: IMMEDIATE,
  fuel: IMMEDIATE + 4,
  address: SCRATCH,
  percpu: PERCPU,
  sp: SP,
  stackLow: STACK_LOW,
  cpu: CPU,
  current: CURRENT,
  clock: CLOCK,
} as const;

/** Indices into the words of linear memory, relative to the thread's first word. */
export const WORD = {
  r0: 0,
  r1: 2,
  r6: 12,
  r10: 20,
  r11: 22,
  immediate: IMMEDIATE / 4,
  scratch: SCRATCH / 4,
  percpu: PERCPU / 4,
  pc: PC / 4,
  sp: SP / 4,
  stackLow: STACK_LOW / 4,
  stackHigh: STACK_HIGH / 4,
  cpu: CPU / 4,
  current: CURRENT / 4,
  waitsFor: WAITS_FOR / 4,
  level: LEVEL / 4,
  interrupts: INTERRUPTS / 4,
  line: LINE / 4,
} as const;

/** Contexts by their level, as interrupt_context_level() numbers them. */
export const LEVELS = ['task', 'softirq', 'hardirq', 'nmi'] as const;
export type Level = (typeof LEVELS)[number];

/** A kernel stack as Linux has on arm64 and x86-64 (THREAD_SIZE there): 16 KiB. */
export const STACK_SIZE = 16384;

/** Something that executes: registers and frames, all of them in memory. */
export class Thread {
  readonly memory: Memory;
  readonly #name: string;
  /** Offset of the block. */
  readonly at: number;
  /** Index of r0 in the words of memory. */
  readonly word: number;

  constructor(memory: Memory, name: string, block: Region, stack: Region) {
    this.memory = memory;
    this.#name = name;
    this.at = block.start;
    this.word = block.start >> 2;
    memory.setKind(block.start, THREAD_SIZE, KIND.internal);
    memory.poisonRange(stack.start, stack.end - stack.start, KIND.stack);
    const { i32 } = memory;
    i32[this.word + WORD.stackLow] = stack.start;
    this.reset();
  }

  /** What it is called in reports: a task by its name, an interrupt by its level. */
  get name(): string {
    return this.level === 0 ? this.#name : `${LEVELS[this.level]} on CPU ${this.cpu}`;
  }

  /** Forgets all frames. */
  reset(): void {
    const { stack } = this;
    this.memory.poisonRange(stack.start, stack.end - stack.start, KIND.stack);
    this.begin(stack.end);
  }

  /**
   * Makes the thread empty, with its stack below `high`: an interrupt's frames lie below those of the interrupt it came
   * on top of, where they share a stack.
   */
  begin(high: number): void {
    const { i32 } = this.memory;
    i32.fill(0, this.word, this.word + 24);
    i32[this.word + WORD.stackHigh] = high;
    i32[this.word + WORD.sp] = high;
    i32[this.word + WORD.pc] = -1;
    i32[this.word + WORD.waitsFor] = 0;
  }

  get stack(): Region {
    return this.memory.regionAt(this.memory.i32[this.word + WORD.stackLow]!)!;
  }

  /** Puts an empty thread on a stack, below `high`. */
  place(stack: Region, high: number): void {
    this.memory.i32[this.word + WORD.stackLow] = stack.start;
    this.begin(high);
  }

  /** True while a call is under way. */
  get isBusy(): boolean {
    return this.pc >= 0;
  }

  /** Offset of what the thread waits for; 0 while it can run. */
  get waitsFor(): number {
    return this.memory.i32[this.word + WORD.waitsFor]!;
  }

  set waitsFor(at: number) {
    this.memory.i32[this.word + WORD.waitsFor] = at;
  }

  /** Index into `LEVELS`. */
  get level(): number {
    return this.memory.i32[this.word + WORD.level]!;
  }

  set level(level: number) {
    this.memory.i32[this.word + WORD.level] = level;
  }

  getRegister(n: number): bigint {
    return this.memory.readU64(this.at + n * 8);
  }

  setRegister(n: number, value: bigint): void {
    this.memory.writeU64(this.at + n * 8, value);
  }

  /** Slot of the next instruction; -1 when nothing is left to do. */
  get pc(): number {
    return this.memory.i32[this.word + WORD.pc]!;
  }

  set pc(slot: number) {
    this.memory.i32[this.word + WORD.pc] = slot;
  }

  get sp(): number {
    return this.memory.i32[this.word + WORD.sp]!;
  }

  get cpu(): number {
    return this.memory.i32[this.word + WORD.cpu]!;
  }

  /** Puts the thread on a CPU: per-CPU accesses go to the unit `percpuOffset` away from the per-CPU pointer. */
  setCpu(cpu: number, percpuOffset: bigint): void {
    this.memory.i32[this.word + WORD.cpu] = cpu;
    this.memory.writeU64(this.at + PERCPU, percpuOffset);
  }

  /** Offset of the structure that describes the task this thread runs for. */
  get current(): number {
    return this.memory.i32[this.word + WORD.current]!;
  }

  set current(at: number) {
    this.memory.i32[this.word + WORD.current] = at;
  }
}
