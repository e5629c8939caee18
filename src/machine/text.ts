import type { Insn } from '../isa/insn.js';
import type { Relocatable } from './relocatable.js';
import { LEAF_CALL, LOCAL_CALL, opIdOf, TRACKED_ID, WORDS_PER_SLOT } from './word.js';

/**
 * The machine's code: every function one after the other, an instruction slot every 8 bytes of address space, so that
 * a function has an address as in a kernel. Code is not data: reading it is a fault.
 */
export const TEXT_HIGH = 0xffffa000 | 0;
const TEXT_BASE = BigInt.asUintN(64, BigInt(TEXT_HIGH) << 32n);

/** Room that a text has from the beginning: what the emulated kernel and a small lab take. */
const FEW_SLOTS = 4096;
const FEW_FUNCTIONS = 512;

/** What a function is to the user who looks at a backtrace or a timeline. */
export type FunctionKind = 'program' | 'kernel' | 'guard' | 'trampoline' | 'driver';

export interface MachineFunction {
  readonly index: number;
  readonly name: string;
  readonly kind: FunctionKind;
  /** First slot; -1 until it is defined. */
  readonly start: number;
  readonly end: number;
  /** Bytes its frame takes, a multiple of 8. */
  readonly frameSize: number;
}

/** An instruction together with what it says before linking, for listings and reports. */
export interface PlacedInsn {
  readonly insn: Insn;
  readonly fn: MachineFunction;
}

/**
 * What `Text.at` gives: the function may be placed after it was first asked for. A class, since V8 keeps an object with a getter of
 * its own, and all that the getter sees, until the next full collection.
 */
class Placed implements PlacedInsn {
  readonly insn: Insn;
  readonly #functions: readonly MachineFunction[];
  readonly #index: number;

  constructor(insn: Insn, functions: readonly MachineFunction[], index: number) {
    this.insn = insn;
    this.#functions = functions;
    this.#index = index;
  }

  get fn(): MachineFunction {
    return this.#functions[this.#index]!;
  }
}

/** Code that was placed at once: its slots, counted in the text, and what it was made of. */
export interface Placement {
  readonly start: number;
  readonly code: Relocatable;
  /** Index of each of its functions. */
  readonly indices: readonly number[];
}

export class Text {
  code = new Int32Array(FEW_SLOTS * WORDS_PER_SLOT);
  /** The same with `TRACKED_ID` at instructions of tracked functions; the same array where none is tracked. */
  fast = this.code;
  #tracked: readonly number[] = [];
  /**
   * Two words for each function: the slot to enter it at, and its frame size. Attaching a trampoline changes the entry.
   */
  entries = new Int32Array(FEW_FUNCTIONS * 2);
  readonly functions: MachineFunction[] = [];
  /** Grows whenever code is placed, redirected or patched. */
  version = 0;
  /** Slots of the longest function: more instructions than this are never executed between two looks at a budget. */
  longest = 0;
  /** What code was placed, by ascending slot; and the instructions of it that have been asked for. */
  readonly #placements: Placement[] = [];
  /** Slots of jumps that have been patched. */
  readonly #patched: number[] = [];
  readonly #placed: (PlacedInsn | undefined)[] = [];
  readonly #guarded = new Set<number>();
  /** Slots of functions whose code is carried out elsewhere, by function: where the same is done. */
  readonly #moved = new Map<number, ReadonlyMap<number, number>>();
  readonly #byStart = new Map<number, number>();
  #slots = 0;

  /** Number of slots in use. */
  get slots(): number {
    return this.#slots;
  }

  /** Makes room for a function that is defined later, so that others can call it. */
  declare(name: string, kind: FunctionKind): number {
    const index = this.functions.length;
    this.functions.push({ index, name, kind, start: -1, end: -1, frameSize: 0 });
    if (index * 2 >= this.entries.length) {
      const wider = new Int32Array(this.entries.length * 2);
      wider.set(this.entries);
      this.entries = wider;
    }
    this.entries[index * 2] = -1;
    return index;
  }

  /** Copies words of code to after the last slot in use, where they can be relocated before `place`. Returns all words. */
  append(words: Int32Array): Int32Array {
    const from = this.#slots * WORDS_PER_SLOT;
    if (from + words.length > this.code.length) {
      const longer = new Int32Array(Math.max(this.code.length * 2, from + words.length));
      longer.set(this.code);
      this.code = longer;
    }
    this.code.set(words, from);
    return this.code;
  }

  /** Takes code whose words have been appended and relocated, and makes its functions, which have been declared, callable. */
  place(code: Relocatable, indices: readonly number[]): void {
    const first = this.#slots;
    this.#mark();
    this.#slots += code.words.length / WORDS_PER_SLOT;
    this.#placements.push({ start: first, code, indices });
    this.#placed.length = this.#slots;
    for (const [i, f] of code.functions.entries()) {
      const index = indices[i]!;
      const { name, kind } = this.functions[index]!;
      const { frameSize } = f;
      const start = first + f.start;
      const end = first + f.end;
      this.functions[index] = { index, name, kind, start, end, frameSize };
      this.longest = Math.max(this.longest, end - start);
      this.#byStart.set(start, index);
      this.enterAt(index, start, frameSize);
    }
  }

  /** Another index for the same code: calls through it are not redirected when those through the first are. */
  alias(index: number, name: string): number {
    const fn = this.functions[index]!;
    const again = this.declare(name, fn.kind);
    this.functions[again] = { ...fn, index: again, name };
    this.enterAt(again, fn.start, fn.frameSize);
    return again;
  }

  /**
   * Redirects calls of a function, as patching the call site does in a kernel. Of registers that it has not written,
   * the code they go to may read only arguments: compiled code keeps no others for such a call.
   */
  enterAt(index: number, slot: number, frameSize: number): void {
    this.entries[index * 2] = slot;
    this.entries[index * 2 + 1] = frameSize;
    this.version += 1;
  }

  /**
   * Says that what lies in slots of a function is carried out in others, or, without any, where it lies: its calls are
   * redirected to a copy. Slots are counted from the first of all.
   */
  moveTo(index: number, slots: ReadonlyMap<number, number> | undefined): void {
    if (slots === undefined) this.#moved.delete(index);
    else this.#moved.set(index, slots);
    this.version += 1;
  }

  /** Where the instruction of a function, counted from its first, is carried out now. */
  liveSlot(fn: MachineFunction, offset: number): number {
    const slot = fn.start + offset;
    return this.#moved.get(fn.index)?.get(slot) ?? slot;
  }

  /** Has loads in these slots read 0 where they would fault. */
  guardLoads(slots: Iterable<number>): void {
    for (const slot of slots) this.#guarded.add(slot);
    this.version += 1;
  }

  /** Whether the load in a slot reads 0 where it would fault. */
  isGuarded(slot: number): boolean {
    return this.#guarded.has(slot);
  }

  /** Has the interpreter stop before instructions in these slots unless it observes. */
  track(slots: Iterable<number>): void {
    this.#tracked = [...slots];
    this.#mark();
    this.version += 1;
  }

  #mark(): void {
    this.fast = this.#tracked.length === 0 ? this.code : this.code.slice();
    for (const slot of this.#tracked) this.fast[slot * WORDS_PER_SLOT]! |= TRACKED_ID;
  }

  /** Has the call in a slot go to a leaf, by its index in the machine, as fixing up a program does in a kernel. */
  patchCall(slot: number, leaf: number): void {
    this.code.set([LEAF_CALL, 0, leaf, 0], slot * WORDS_PER_SLOT);
    this.#mark();
    this.version += 1;
  }

  /** Changes where a jump goes, as patching an image does in a kernel. */
  patchOffset(slot: number, off: number): void {
    this.code[slot * WORDS_PER_SLOT + 1] = off;
    this.#patched.push(slot);
    this.#mark();
    this.version += 1;
  }

  get placements(): readonly Placement[] {
    return this.#placements;
  }

  /** Whether a jump of code goes elsewhere than it did when it was placed. */
  isPatched({ start, code }: Placement): boolean {
    const end = start + code.words.length / WORDS_PER_SLOT;
    return this.#patched.some((slot) => slot >= start && slot < end);
  }

  /** The code with which a function was placed. */
  placementOf(index: number): Placement | undefined {
    return lastUpTo(this.#placements, this.functions[index]?.start ?? -1);
  }

  /** The instruction in a slot and the function it belongs to. */
  at(slot: number): PlacedInsn | undefined {
    return this.#placed[slot] ?? this.#look(slot);
  }

  /** What `at` remembers of a slot from the first time it is asked: most of the kernel's are never looked at. */
  #look(slot: number): PlacedInsn | undefined {
    const placement = lastUpTo(this.#placements, slot);
    const insn = placement?.code.insnAt(slot - placement.start);
    if (placement === undefined || insn === undefined) return undefined;
    const { functions } = placement.code;
    const index = placement.indices[functions.indexOf(lastUpTo(functions, slot - placement.start)!)]!;
    const placed = new Placed(insn, this.functions, index);
    this.#placed[slot] = placed;
    return placed;
  }

  /** Whether any instruction calls the function with that index. */
  callsFunction(index: number): boolean {
    return this.#callsBetween(0, this.#slots, index);
  }

  /** Whether a function calls the one with an index. */
  isCallIn(caller: number, index: number): boolean {
    const { start, end } = this.functions[caller]!;
    return this.#callsBetween(start, end, index);
  }

  #callsBetween(start: number, end: number, index: number): boolean {
    for (let slot = start; slot < end; slot += 1) {
      const at = slot * WORDS_PER_SLOT;
      // Few words are this index, so that is asked first.
      if (this.code[at + 2] === index && opIdOf(this.code[at]!) === LOCAL_CALL && this.at(slot) !== undefined)
        return true;
    }
    return false;
  }

  functionStartingAt(slot: number): MachineFunction | undefined {
    const index = this.#byStart.get(slot);
    return index === undefined ? undefined : this.functions[index];
  }

  /** The address callx, kprobes and bpf_get_func_ip know a function by. */
  addressOf(index: number): bigint {
    return this.addressOfSlot(this.functions[index]!.start);
  }

  addressOfSlot(slot: number): bigint {
    return TEXT_BASE + BigInt(slot) * 8n;
  }

  /** The slot a text address stands for, or undefined. */
  slotOf(address: bigint): number | undefined {
    const offset = BigInt.asUintN(64, address) - TEXT_BASE;
    if (offset < 0n || offset % 8n !== 0n || offset / 8n >= BigInt(this.#slots)) return undefined;
    return Number(offset / 8n);
  }
}

/** The last of some things, in ascending order, that begins at or before a slot. */
function lastUpTo<T extends { readonly start: number }>(things: readonly T[], slot: number): T | undefined {
  let low = 0;
  let high = things.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (things[middle]!.start <= slot) low = middle + 1;
    else high = middle;
  }
  return things[low - 1];
}
