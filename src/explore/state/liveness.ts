import { type Flow, FORMS, slotsOfForm } from '../../isa/forms.js';
import { registerOf } from '../../isa/insn.js';
import type { Machine } from '../../machine/machine.js';
import { dstOf, immAt, offAt, opOf, srcOf, wordAt } from '../../machine/word.js';

const bit = (n: number): number => 1 << n;
const ARGUMENTS = bit(1) | bit(2) | bit(3) | bit(4) | bit(5);
const R0 = bit(0);
const R11 = bit(11);
/** What a call hands on. */
const HANDED = ARGUMENTS | R11;
/** What a frame needs in any case: r10. */
const ALWAYS = bit(10);
const ALL = 0xfff;
/** r0 as `exit` gives it to a caller, told apart from r0 as the function itself reads it. */
const RETURNED = bit(12);

interface Effect {
  readonly reads: number;
  readonly writes: number;
}

/** What the instructions of a function do to registers, in their order: what never changes while liveness is sought. */
interface Instructions {
  readonly slots: Int32Array;
  /** Registers read and written, a bit each. */
  readonly reads: Int32Array;
  readonly writes: Int32Array;
  readonly flows: readonly Flow[];
  /** Where `off`, `imm` and `branch` go. */
  readonly targets: Int32Array;
  readonly calls: boolean;
  /** Control may go back: what is live is not found in one pass from the end. */
  readonly loops: boolean;
}

function instructionsIn(code: Int32Array, start: number, end: number): Instructions {
  const slots: number[] = [];
  for (let s = start; s < end; s += slotsOfForm(opOf(wordAt(code, s)).form)) slots.push(s);
  const reads = new Int32Array(slots.length);
  const writes = new Int32Array(slots.length);
  const targets = new Int32Array(slots.length);
  const flows = slots.map((slot, i) => {
    const word = wordAt(code, slot);
    const registers = { dst: dstOf(word), src: srcOf(word) };
    const info = FORMS[opOf(word).form];
    for (const use of info.reads) reads[i]! |= bit(registerOf(registers, use));
    for (const use of info.writes) writes[i]! |= bit(registerOf(registers, use));
    targets[i] = slot + 1 + (info.flow === 'imm' ? immAt(code, slot) : offAt(code, slot));
    return info.flow;
  });
  const loops = flows.some(
    (flow, i) =>
      flow === 'indirect' ||
      (flow !== 'next' && flow !== 'call' && flow !== 'return' && targets[i]! <= slots[i]!),
  );
  return {
    slots: Int32Array.from(slots),
    reads,
    writes,
    flows,
    targets,
    calls: flows.includes('call'),
    loops,
  };
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
  /** By the first slot of a function. */
  readonly #instructions = new Map<number, Instructions>();
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
    // What a function comes to depends on what it calls only by whether that returns without having written r0.
    for (let open = defined, count = -1; count !== this.#through.size; ) {
      count = this.#through.size;
      for (const { start, end } of open) {
        this.#settle(start, end, () => HANDED, RETURNED);
        if ((this.#live[start]! & (R0 | RETURNED)) !== 0) this.#through.add(start);
      }
      open = defined.filter(({ start, end }) => this.#instructionsOf(start, end).calls);
    }
    for (const { start } of defined) this.#strays |= this.#live[start]! & ~HANDED & ~ALWAYS & ~RETURNED;
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

  #instructionsOf(start: number, end: number): Instructions {
    let known = this.#instructions.get(start);
    if (known === undefined) {
      known = instructionsIn(this.#machine.text.code, start, end);
      this.#instructions.set(start, known);
    }
    return known;
  }

  /** Finds what is live in a function, given what its calls read and as what `exit` reads r0. */
  #settle(start: number, end: number, entry: (fn: number) => number, returned = R0): void {
    const { slots, flows, targets, loops, ...own } = this.#instructionsOf(start, end);
    const reads = own.reads.slice();
    const writes = own.writes.slice();
    const live = this.#live;
    for (let i = 0; i < slots.length; i += 1) {
      live[slots[i]!] = ALWAYS;
      if (flows[i] === 'return' && (reads[i]! & R0) !== 0) reads[i] = (reads[i]! & ~R0) | returned;
      if (flows[i] === 'call') {
        const called = this.#call(slots[i]!, { reads: reads[i]!, writes: writes[i]! }, entry);
        reads[i] = called.reads;
        writes[i] = called.writes;
      }
      if ((writes[i]! & R0) !== 0) writes[i]! |= RETURNED;
    }
    const at = (slot: number): number => (slot >= start && slot < end ? live[slot]! : ALL);
    const after = (i: number): number => (i + 1 < slots.length ? live[slots[i + 1]!]! : ALL);
    for (let changed = true; changed; changed &&= loops) {
      changed = false;
      for (let i = slots.length - 1; i >= 0; i -= 1) {
        const now = (outOf(i) & ~writes[i]!) | reads[i]! | ALWAYS;
        if (now === live[slots[i]!]) continue;
        live[slots[i]!] = now;
        changed = true;
      }
    }

    function outOf(i: number): number {
      const flow = flows[i]!;
      switch (flow) {
        case 'return':
          return 0;
        case 'off':
        case 'imm':
          return at(targets[i]!);
        case 'indirect':
          // To anywhere in the function, or it faults.
          return slots.reduce((out, slot) => out | live[slot]!, 0);
        case 'branch':
          return after(i) | at(targets[i]!);
        case 'next':
        case 'call':
        case 'fault':
          return after(i);
        default:
          return flow satisfies never;
      }
    }
  }

  /** What a call reads and writes, of which its form says `own`. */
  #call(slot: number, own: Effect, entry: (fn: number) => number): Effect {
    const { code } = this.#machine.text;
    const { form } = opOf(wordAt(code, slot));
    const imm = immAt(code, slot);
    if (form === 'call_local')
      return { reads: entry(imm), writes: this.#passes(imm) ? own.writes & ~R0 : own.writes };
    // A tail call goes on in another function, with what the caller has in its registers.
    if (form === 'call_helper')
      return { reads: this.#plain.has(imm) ? 0 : HANDED | this.#strays, writes: own.writes };
    // Any function: nothing is known of what it reads, and it may leave r0 as it was.
    return {
      reads: own.reads | HANDED | this.#strays,
      writes: this.#through.size > 0 ? own.writes & ~R0 : own.writes,
    };
  }
}
