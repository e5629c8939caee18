import { FORMS, type RegisterUse, slotsOfForm } from '../../isa/forms.js';
import { registerOf } from '../../isa/insn.js';
import type { Machine } from '../../machine/machine.js';
import { decodeSlot, opOf, wordAt } from '../../machine/word.js';

const bit = (n: number): number => 1 << n;
const ARGUMENTS = bit(1) | bit(2) | bit(3) | bit(4) | bit(5);
const R0 = bit(0);
const R11 = bit(11);
/** What a call hands on. */
const HANDED = ARGUMENTS | R11;
/** What a frame needs in any case: r10. */
const ALWAYS = bit(10);
const ALL = 0xfff;

/** Slots that an instruction takes, by its word of code. */
const slotsTaken = (word: number): number => slotsOfForm(opOf(word).form);

interface Effect {
  readonly reads: number;
  readonly writes: number;
  readonly next: readonly number[];
}

/**
 * Which registers an instruction's future can still read, by slot: a register that is written before it is read again
 * is dead, and two states that differ in dead registers only are one. What a callee reads of r1 to r5 and r11 is what
 * is live at its entry; r6 to r9 are restored by exit, so they are dead there. A function may read r0 or r6 to r9 all the
 * same before it has written them, and gets what its caller had in them; where any function does that, these registers
 * are live at every call (`#strays`). And one that returns nothing leaves r0 as its caller had it (`#through`).
 */
export class Liveness {
  readonly #machine: Machine;
  /** Leaves by index that read no arguments. */
  readonly #plain: ReadonlySet<number>;
  readonly #live: Int32Array;
  readonly #done = new Set<number>();
  readonly #open = new Set<number>();
  #strays = 0;
  /** Functions, by their first slot, that can return without having written r0. */
  readonly #through = new Set<number>();

  constructor(machine: Machine, plainLeaves: ReadonlySet<number>) {
    this.#machine = machine;
    this.#plain = plainLeaves;
    const { text } = machine;
    this.#live = new Int32Array(text.slots + 1);
    const defined = text.functions.filter((f) => f.start >= 0);
    for (let count = -1; count !== this.#through.size; ) {
      count = this.#through.size;
      for (const { start, end } of defined) {
        this.#settle(start, end, () => HANDED);
        if ((this.#live[start]! & R0) !== 0) this.#through.add(start);
      }
    }
    let strays = 0;
    for (const { start, end } of defined) {
      this.#settle(start, end, () => HANDED, true);
      strays |= this.#live[start]! & ~HANDED & ~ALWAYS;
    }
    this.#strays = strays;
    this.#live.fill(-1);
  }

  /** Registers that are live before the instruction in a slot, a bit each. */
  before(slot: number): number {
    const known = this.#live[slot] ?? -1;
    if (known >= 0) return known;
    const fn = this.#machine.text.at(slot)?.fn;
    if (fn === undefined) return ALL;
    this.#function(fn.start, fn.end);
    const live = this.#live[slot]!;
    return live < 0 ? ALL : live;
  }

  /** What a call of a function reads. */
  #entry(fn: number): number {
    const { text } = this.#machine;
    const slot = text.entries[fn * 2]!;
    const start = text.functionStartingAt(slot)?.start;
    if (start === undefined || this.#open.has(start)) return HANDED | this.#strays;
    return (this.before(slot) & HANDED) | this.#strays;
  }

  #passes(fn: number): boolean {
    const { text } = this.#machine;
    const start = text.functionStartingAt(text.entries[fn * 2]!)?.start;
    return start === undefined || this.#through.has(start);
  }

  #function(start: number, end: number): void {
    if (this.#done.has(start)) return;
    this.#done.add(start);
    this.#open.add(start);
    this.#settle(start, end, (fn) => this.#entry(fn));
    this.#open.delete(start);
  }

  /** Finds what is live in a function, given what its calls read; `unheard` if nobody looks at what it returns. */
  #settle(start: number, end: number, entry: (fn: number) => number, unheard = false): void {
    const { text } = this.#machine;
    const slots: number[] = [];
    for (let s = start; s < end; s += slotsTaken(wordAt(text.code, s))) slots.push(s);
    const effects = slots.map((s) => this.#effect(s, slots, entry, unheard));
    const live = this.#live;
    for (const s of slots) live[s] = ALWAYS;
    for (let changed = true; changed; ) {
      changed = false;
      for (let i = slots.length - 1; i >= 0; i -= 1) {
        const s = slots[i]!;
        const { reads, writes, next } = effects[i]!;
        let out = 0;
        for (const n of next) out |= n >= start && n < end ? live[n]! : ALL;
        const now = (out & ~writes) | reads | ALWAYS;
        if (now !== live[s]) {
          live[s] = now;
          changed = true;
        }
      }
    }
  }

  #effect(slot: number, slots: readonly number[], entry: (fn: number) => number, unheard: boolean): Effect {
    const { code } = this.#machine.text;
    const { op, dst, src, off, imm } = decodeSlot(code, slot);
    const { form } = op;
    const after = slot + slotsOfForm(form);
    const mask = (uses: readonly RegisterUse[]): number =>
      uses.reduce<number>((m, u) => m | bit(registerOf({ dst, src }, u)), 0);
    const reads = mask(FORMS[form].reads);
    const writes = mask(FORMS[form].writes);
    const next = [after];
    const { flow } = FORMS[form];
    switch (flow) {
      case 'return':
        return { reads: unheard ? 0 : reads, writes, next: [] };
      case 'off':
        return { reads, writes, next: [slot + 1 + off] };
      case 'imm':
        return { reads, writes, next: [slot + 1 + imm] };
      case 'indirect':
        // To anywhere in the function, or it faults.
        return { reads, writes, next: slots };
      case 'branch':
        return { reads, writes, next: [after, slot + 1 + off] };
      case 'next':
      case 'fault':
        return { reads, writes, next };
      case 'call':
        break;
      default:
        return flow satisfies never;
    }
    if (form === 'call_local')
      return { reads: entry(imm), writes: this.#passes(imm) ? writes & ~R0 : writes, next };
    // A tail call goes on in another function, with what the caller has in its registers.
    if (form === 'call_helper')
      return { reads: this.#plain.has(imm) ? 0 : HANDED | this.#strays, writes, next };
    // Any function: nothing is known of what it reads, and it may leave r0 as it was.
    return {
      reads: reads | HANDED | this.#strays,
      writes: this.#through.size > 0 ? writes & ~R0 : writes,
      next,
    };
  }
}
