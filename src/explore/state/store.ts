import { CPU_FIELD } from '../../kernel/cpu.js';
import { TASK, TASK_STATE_SIZE } from '../../kernel/layout.js';
import type { Region } from '../../machine/memory.js';
import { FRAME, NO_CALLER } from '../../machine/stack.js';
import { type Thread, WORD } from '../../machine/thread.js';
import type { Scene } from '../../replay/scene.js';
import type { Budget } from '../budget.js';
import { forEachChanged } from './changed.js';
import { Interner } from './intern.js';
import type { Layout } from './layout.js';
import type { Liveness } from './liveness.js';

/**
 * Whose memory 8 bytes are: see `Owners`.
 * @internal
 */
export const OWNER = { shared: 0, hidden: -1 } as const;
const TASK_STACK = 1;
const IRQ_STACK = 1000;
const STRUCTURE = 2000;

interface Range {
  readonly from: number;
  to: number;
}

/** Bytes of memory. */
export interface Stretch {
  readonly at: number;
  readonly size: number;
}

/**
 * Who owns memory, by 8 bytes: nobody (maps, globals, per-CPU units: shared), one task (its stack, what changes of its task_struct), one
 * CPU's interrupts (their stack), or it is not part of a state at all (the trace pipe, registers, which are saved apart).
 */
export class Owners {
  readonly #map: Int16Array;

  constructor(scene: Scene) {
    const { kernel, tasks } = scene;
    this.#map = new Int16Array(kernel.memory.limit >> 3);
    const own = (start: number, end: number, owner: number): void =>
      void this.#map.fill(owner, start >> 3, (end + 7) >> 3);
    for (const r of kernel.memory.regions) if (r.kind === 'thread') own(r.start, r.end, OWNER.hidden);
    own(kernel.pipe.start, kernel.pipe.end, OWNER.hidden);
    tasks.forEach(({ task }, i) => {
      const { stack } = task.thread;
      own(stack.start, stack.end, TASK_STACK + i);
      own(task.at, task.at + TASK_STATE_SIZE, STRUCTURE + i);
    });
    for (const cpu of kernel.processors)
      for (const s of [cpu.irqStack, cpu.nmiStack]) own(s.start, s.end, IRQ_STACK + cpu.id);
  }

  of(at: number): number {
    return this.#map[at >> 3]!;
  }

  /** Ranges of memory, in units of 8 bytes, that nobody owns and that leaves change without being pointed at them. */
  rangesOfLeaves(layout: Layout): readonly Range[] {
    const ranges: Range[] = [];
    const end = Math.ceil(layout.scene.kernel.memory.used / 8);
    for (let word = layout.nextOfMaps(0); word < end; word = layout.nextOfMaps(word + 1)) {
      if (this.#map[word] !== OWNER.shared) continue;
      const last = ranges.at(-1);
      if (last?.to === word) last.to = word + 1;
      else ranges.push({ from: word, to: word + 1 });
    }
    return ranges;
  }

  stackOfTask(owner: number): number | undefined {
    return owner >= TASK_STACK && owner < IRQ_STACK ? owner - TASK_STACK : undefined;
  }

  stackOfCpu(owner: number): number | undefined {
    return owner >= IRQ_STACK && owner < STRUCTURE ? owner - IRQ_STACK : undefined;
  }

  structureOf(owner: number): number | undefined {
    return owner >= STRUCTURE ? owner - STRUCTURE : undefined;
  }
}

/** Words of a saved thread before its stack: see `saveThread`. */
const HEADER = 32;
const REGISTERS = 8;
const ALL_REGISTERS = 0xfff;
/** Bytes that a word of a plane tells of. */
const PLANE_BYTES = 32;
const PREEMPT_COUNT = TASK.fields.preempt_count.offset >> 2;

/** Ranges in units of which each is `times` those of `ranges`: whatever has a part of one. */
function inLargerUnits(ranges: readonly Range[], times: number): readonly Range[] {
  const larger: Range[] = [];
  for (const range of ranges) {
    const from = Math.floor(range.from / times);
    const to = Math.ceil(range.to / times);
    const last = larger.at(-1);
    if (last !== undefined && last.to >= from) last.to = to;
    else larger.push({ from, to });
  }
  return larger;
}

/**
 * The parts a state is made of. Each part is saved as a row of words and known by its number from then on, so a state of
 * the whole machine is a handful of numbers (SPIN calls that collapse compression). Parts:
 *
 *     thread      registers and live stack of a task or interrupt, in canonical form
 *     structure   what changes of a task's struct task_struct
 *     shared      words of all other memory that differ from the machine as it was booted
 *
 * Canonical form: dead registers, what lies below sp, and the interpreter's scratch words are zero.
 *
 * What is in no part holds in the machine what earlier runs have left there, so nothing may come of it:
 *
 *     words that nobody has written    are as they were booted: a word is included when it is first written
 *     words that are only added to     nobody has read them; the first look ends the search (`AccessMap`)
 *     dead registers                   are written before they are read (`Liveness`)
 *     the stack below sp               a frame is zeroed when it is opened, and poisoned until then
 *     registers of idle threads        are zeroed when one is loaded, as a new thread's are
 *     other threads' stacks            whoever looks at them is refused, by a helper, too: they are not loaded
 *     scratch words, immediates        mean nothing between two instructions
 *     what a CPU runs, and its depth   are set from the state before every run (`ThreadRunner`)
 *     the trace pipe                   is written and never read
 *     the clock, instructions counted  the clock stands still, and no code sees the count
 *     what bytes of stacks are called  never changes
 *
 * And what is remembered of runs depends on nothing but the parts it is known by: see `ThreadRunner`.
 */
export class Store {
  readonly scene: Scene;
  readonly owners: Owners;
  readonly threads: Interner;
  readonly structures: Interner;
  readonly shared: Interner;
  /** Words of shared memory that belong to a state, in the order in which they were first written. */
  readonly words: number[] = [];
  readonly #isIn: Uint8Array;
  readonly #boot: Int32Array;
  readonly #liveness: Liveness | undefined;
  readonly #isWaiting: readonly number[];
  readonly #leafWords: readonly Range[];
  readonly #leafPlaneWords: readonly Range[];
  #buffer = new Int32Array(16384);
  #sharedLoaded = -1;

  /** Without `liveness` all registers count. */
  constructor(
    scene: Scene,
    layout: Layout,
    { liveness, budget }: { readonly liveness: Liveness | undefined; readonly budget: Budget },
  ) {
    this.scene = scene;
    this.threads = new Interner(budget);
    this.structures = new Interner(budget);
    this.shared = new Interner(budget);
    this.#liveness = liveness;
    this.owners = new Owners(scene);
    this.#leafWords = this.owners.rangesOfLeaves(layout);
    this.#leafPlaneWords = inLargerUnits(this.#leafWords, PLANE_BYTES / 8);
    const { memory, processors } = scene.kernel;
    this.#boot = memory.i32.slice();
    this.#isIn = new Uint8Array(memory.i32.length);
    this.threads.intern(new Int32Array([-1]));
    for (const cpu of processors)
      for (const f of [CPU_FIELD.irqsOff, CPU_FIELD.softirqd]) this.include((cpu.at + f) >> 2);
    this.#isWaiting = scene.tasks.map(({ task }) => task.thread.word + WORD.waitsFor);
    for (const w of this.#isWaiting) this.include(w);
  }

  /** Makes a word of shared memory a part of states. */
  include(word: number): void {
    if (this.#isIn[word] !== 0) return;
    this.#isIn[word] = 1;
    this.words.push(word);
  }

  /**
   *       0  pc, sp, end of the stack, level, interrupts, current, start of the stack, 0
   *       8  r0 to r11, two words each
   *      32  the stack from sp up, and after it its bytes of the poison plane
   */
  saveThread(thread: Thread): number {
    if (!thread.isBusy) return 0;
    const { i32, poison } = thread.memory;
    const { word } = thread;
    const sp = i32[word + WORD.sp]!;
    const high = i32[word + WORD.stackHigh]!;
    const words = (high - sp) >> 2;
    const planes = (high - sp) >> 3;
    const length = HEADER + words + planes;
    if (length > this.#buffer.length) this.#buffer = new Int32Array(length * 2);
    const out = this.#buffer;
    const pc = i32[word + WORD.pc]!;
    out[0] = pc;
    out[1] = sp;
    out[2] = high;
    out[3] = i32[word + WORD.level]!;
    out[4] = i32[word + WORD.interrupts]!;
    out[5] = i32[word + WORD.current]!;
    out[6] = i32[word + WORD.stackLow]!;
    out[7] = 0;
    for (let i = 0; i < 24; i += 1) out[REGISTERS + i] = i32[word + i]!;
    const from = sp >> 2;
    for (let i = 0; i < words; i += 1) out[HEADER + i] = i32[from + i]!;
    for (let i = 0; i < planes; i += 1) out[HEADER + words + i] = poison[(sp >> 3) + i]!;
    this.#forgetDead(out, sp, high, pc);
    return this.threads.intern(out, length);
  }

  /** The registers, a bit each, that count before an instruction. */
  liveBefore(slot: number): number {
    return this.#liveness?.before(slot) ?? ALL_REGISTERS;
  }

  #forgetDead(out: Int32Array, sp: number, high: number, pc: number): void {
    const live = this.liveBefore(pc);
    for (let n = 0; n < 12; n += 1) if ((live & (1 << n)) === 0) clear(out, REGISTERS + 2 * n);
    for (let top = out[REGISTERS + 20]!; top > 0 && top < high; ) {
      const at = HEADER + ((top - sp) >> 2);
      clear(out, at + FRAME.spare / 4);
      const back = out[at + FRAME.returnSlot / 4]!;
      const isFirst = back === NO_CALLER;
      const mask = isFirst ? 0 : this.liveBefore(back);
      for (let n = 0; n < 4; n += 1) if ((mask & (1 << (6 + n))) === 0) clear(out, at + 2 * n);
      if (isFirst) return;
      top = out[at + FRAME.savedR10 / 4]!;
    }
  }

  loadThread(thread: Thread, id: number): void {
    const { i32, poison } = thread.memory;
    const { word } = thread;
    const row = this.threads.row(id);
    if (row.length === 1) {
      // What its last step has left in registers: the record of its next first frame would keep that.
      i32.fill(0, word, word + 24);
      i32[word + WORD.pc] = -1;
      const high = thread.stack.end;
      poison.fill(0xff, i32[word + WORD.stackLow]! >> 3, high >> 3);
      i32[word + WORD.sp] = high;
      i32[word + WORD.stackHigh] = high;
      return;
    }
    const sp = row[1]!;
    const high = row[2]!;
    const low = row[6]!;
    i32[word + WORD.pc] = row[0]!;
    i32[word + WORD.sp] = sp;
    i32[word + WORD.stackHigh] = high;
    i32[word + WORD.level] = row[3]!;
    i32[word + WORD.interrupts] = row[4]!;
    i32[word + WORD.current] = row[5]!;
    i32[word + WORD.stackLow] = low;
    for (let i = 0; i < 24; i += 1) i32[word + i] = row[REGISTERS + i]!;
    const words = (high - sp) >> 2;
    i32.set(row.subarray(HEADER, HEADER + words), sp >> 2);
    poison.fill(0xff, low >> 3, sp >> 3);
    for (let i = HEADER + words, to = sp >> 3; i < row.length; i += 1, to += 1) poison[to] = row[i]!;
  }

  saveStructure(task: number): number {
    const { i32 } = this.scene.kernel.memory;
    const at = this.scene.tasks[task]!.task.at >> 2;
    const n = TASK_STATE_SIZE >> 2;
    for (let i = 0; i < n; i += 1) this.#buffer[i] = i32[at + i]!;
    return this.structures.intern(this.#buffer, n);
  }

  loadStructure(task: number, id: number): void {
    const { i32 } = this.scene.kernel.memory;
    i32.set(this.structures.row(id), this.scene.tasks[task]!.task.at >> 2);
  }

  /** preempt_count of a saved structure, where the architecture has it there. */
  preemptCountOf(id: number): number {
    return this.structures.words[this.structures.starts[id]! + PREEMPT_COUNT]!;
  }

  /** Saved as differences, without the zeros at the end, so that the list of words may grow. */
  saveShared(): number {
    const { i32 } = this.scene.kernel.memory;
    const { words } = this;
    if (words.length > this.#buffer.length) this.#buffer = new Int32Array(words.length * 2);
    let length = 0;
    for (let i = 0; i < words.length; i += 1) {
      const w = words[i]!;
      const different = i32[w]! ^ this.#boot[w]!;
      this.#buffer[i] = different;
      if (different !== 0) length = i + 1;
    }
    this.#sharedLoaded = this.shared.intern(this.#buffer, length);
    return this.#sharedLoaded;
  }

  loadShared(id: number): void {
    if (this.#sharedLoaded === id) return;
    const { i32 } = this.scene.kernel.memory;
    const row = this.shared.row(id);
    const { words } = this;
    for (let i = 0; i < words.length; i += 1) {
      const w = words[i]!;
      i32[w] = this.#boot[w]! ^ (i < row.length ? row[i]! : 0);
    }
    this.#sharedLoaded = id;
  }

  /** Puts all memory back to how it was after the boot, including what is not part of states. */
  reset(): void {
    const { i32, limit, used } = this.scene.kernel.memory;
    // Nothing changes after what is used; a word of a plane tells about 32 bytes.
    const plane = limit >> 5;
    const put = (from: number, words: number): void => i32.set(this.#boot.subarray(from, from + words), from);
    put(0, (used + 3) >> 2);
    for (const first of [limit >> 2, (limit >> 2) + plane]) put(first, (used + 31) >> 5);
    this.#sharedLoaded = -1;
  }

  /** Shared memory is being changed. */
  touchShared(): void {
    this.#sharedLoaded = -1;
  }

  /** A word of shared memory in a saved state. */
  sharedWord(id: number, word: number): number {
    const i = this.words.indexOf(word);
    const row = this.shared.row(id);
    return this.#boot[word]! ^ (i >= 0 && i < row.length ? row[i]! : 0);
  }

  bootWord(word: number): number {
    return this.#boot[word]!;
  }

  /** Tasks that wait for something, a bit each. */
  waiting(id: number): number {
    let mask = 0;
    this.#isWaiting.forEach((w, i) => {
      if (this.sharedWord(id, w) !== 0) mask |= 1 << i;
    });
    return mask;
  }

  /**
   * Finds words of shared memory that leaves have written: what they were pointed at, and by comparing what they write
   * without being told to (`Layout.isMap`; test/explore/leaf-touches.test.ts holds them to it).
   */
  discover(pointed: readonly Stretch[], isSkipped: (word: number) => boolean): void {
    const { i32, limit } = this.scene.kernel.memory;
    const boot = this.#boot;
    const find = (w: number): void => {
      if (this.#isIn[w] === 0 && !isSkipped(w)) this.include(w);
    };
    for (const { at, size } of pointed)
      forEachChanged(i32, boot, { from: at >> 2, to: (at + size + 3) >> 2 }, (w) => {
        if (this.owners.of(w << 2) === OWNER.shared) find(w);
      });
    for (const { from, to } of this.#leafWords)
      forEachChanged(i32, boot, { from: from << 1, to: to << 1 }, find);
    for (const plane of [limit >> 2, (limit >> 2) + (limit >> 5)])
      for (const { from, to } of this.#leafPlaneWords)
        forEachChanged(i32, boot, { from: plane + from, to: plane + to }, (w) => this.include(w));
  }
}

function clear(out: Int32Array, at: number): void {
  out[at] = 0;
  out[at + 1] = 0;
}

/**
 * True where an offset lies in a region.
 * @internal
 */
export const isInside = (region: Region, at: number): boolean => at >= region.start && at < region.end;
