import { type Insn, slotsOf } from '../isa/insn.js';
import { operation } from '../isa/table.js';

/**
 * The machine's code: every function one after the other, an instruction slot every 8 bytes of address space, so that
 * a function has an address as in a kernel. Code is not data: reading it is a fault.
 */
export const TEXT_HIGH = 0xffffa000 | 0;
const TEXT_BASE = BigInt.asUintN(64, BigInt(TEXT_HIGH) << 32n);

/**
 * Words a slot takes in `code`:
 *
 *     0  operation id | index of dst << 8 | index of src << 16     (indices count 32-bit words: 2 a register)
 *     1  off
 *     2  imm    of a call: index of the function or leaf
 *     3  upper half of a 64-bit immediate
 */
export const WORDS_PER_SLOT = 4;

const CALL_LEAF = operation('call').id;

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

export interface LinkedInsn {
  /** As written: with names. */
  readonly insn: Insn;
  /** As run: immediates resolved. */
  readonly linked: Insn;
}

export class Text {
  code = new Int32Array(1024 * WORDS_PER_SLOT);
  /** Two words a function: the slot to enter it at, and its frame size. Attaching a trampoline changes the entry. */
  entries = new Int32Array(256 * 2);
  readonly functions: MachineFunction[] = [];
  /** Grows whenever code is placed, redirected or patched. */
  version = 0;
  readonly #placed: (PlacedInsn | undefined)[] = [];
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

  /** Places the code of a declared function and makes it callable. */
  define(index: number, insns: readonly LinkedInsn[], frameSize: number): MachineFunction {
    const before = this.functions[index]!;
    const start = this.#slots;
    for (const { insn, linked } of insns) this.#place(insn, linked, index);
    const defined: MachineFunction = { ...before, start, end: this.#slots, frameSize };
    this.functions[index] = defined;
    this.#byStart.set(start, index);
    this.enterAt(index, start, frameSize);
    return defined;
  }

  /** Another index for the same code: calls through it are not redirected with the first. */
  alias(index: number, name: string): number {
    const fn = this.functions[index]!;
    const again = this.declare(name, fn.kind);
    this.functions[again] = { ...fn, index: again, name };
    this.enterAt(again, fn.start, fn.frameSize);
    return again;
  }

  /**
   * Redirects calls of a function: what patching the call site does in a kernel. The code they go to may read nothing
   * but arguments before it writes it, or compiled code that stands before such a call has not kept it.
   */
  enterAt(index: number, slot: number, frameSize: number): void {
    this.entries[index * 2] = slot;
    this.entries[index * 2 + 1] = frameSize;
    this.version += 1;
  }

  #place(insn: Insn, linked: Insn, fn: number): void {
    const slots = slotsOf(linked);
    while ((this.#slots + slots) * WORDS_PER_SLOT > this.code.length) {
      const longer = new Int32Array(this.code.length * 2);
      longer.set(this.code);
      this.code = longer;
    }
    const at = this.#slots * WORDS_PER_SLOT;
    this.code[at] = linked.op.id | ((linked.dst * 2) << 8) | ((linked.src * 2) << 16);
    this.code[at + 1] = linked.off;
    this.code[at + 2] = linked.imm;
    this.code[at + 3] = linked.hi;
    const owner = (): MachineFunction => this.functions[fn]!;
    this.#placed[this.#slots] = {
      insn,
      get fn() {
        return owner();
      },
    };
    this.#slots += slots;
  }

  /** Changes where a jump goes: what patching an image does in a kernel. */
  patchOffset(slot: number, off: number): void {
    this.code[slot * WORDS_PER_SLOT + 1] = off;
    this.version += 1;
  }

  /** The instruction in a slot and the function it belongs to. */
  at(slot: number): PlacedInsn | undefined {
    return this.#placed[slot];
  }

  /** Whether any instruction calls the leaf with that index. */
  callsLeaf(leaf: number): boolean {
    for (let slot = 0; slot < this.#slots; slot += 1) {
      const at = slot * WORDS_PER_SLOT;
      if ((this.code[at]! & 0xff) === CALL_LEAF && this.code[at + 2] === leaf && this.at(slot) !== undefined)
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
