import { FORMS, type RegisterUse, slotsOfForm } from '../../isa/forms.js';
import { registerOf } from '../../isa/insn.js';
import type { Machine } from '../../machine/machine.js';
import type { Text } from '../../machine/text.js';
import { decodeSlot } from '../../machine/word.js';

const bit = (n: number): number => 1 << n;
const ARGUMENTS = bit(1) | bit(2) | bit(3) | bit(4) | bit(5);
const R0 = bit(0);
const R11 = bit(11);
/** What a call hands on. */
const HANDED = ARGUMENTS | R11;
/** What a frame needs in any case: r10. */
const ALWAYS = bit(10);
const ALL = 0xfff;

/**
 * What an instruction does to registers, as a row of numbers: a search looks at all code there is several times over.
 * `kind` is one of `KIND`, `called` what it calls; `next` and `other` are slots after it, -1 for none.
 */
const ROW = { slot: 0, reads: 1, writes: 2, kind: 3, called: 4, next: 5, other: 6 } as const;
const WIDTH = 7;
/** What is special about an instruction: what a call reads and writes depends on what it calls. */
const KIND = { plain: 0, return: 1, function: 2, leaf: 3, anything: 4, indirect: 5 } as const;

/** A function, and where its rows are. */
interface Body {
  readonly start: number;
  readonly end: number;
  readonly from: number;
  readonly to: number;
  /** Whether it calls functions, which may leave r0 as it was. */
  readonly calls: boolean;
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

  readonly #bodies = new Map<number, Body>();
  readonly #rows: Int32Array;

  constructor(machine: Machine, plainLeaves: ReadonlySet<number>) {
    this.#machine = machine;
    this.#plain = plainLeaves;
    const { text } = machine;
    this.#live = new Int32Array(text.slots + 1);
    this.#rows = new Int32Array(text.slots * WIDTH);
    let from = 0;
    for (const { start, end } of text.functions) {
      if (start < 0) continue;
      const body = writeRows(text, { start, end }, this.#rows, from);
      this.#bodies.set(start, body);
      from = body.to;
    }
    const bodies = [...this.#bodies.values()];
    for (let round = 0, count = -1; count !== this.#through.size; round += 1) {
      count = this.#through.size;
      for (const body of bodies) {
        // What one without calls comes to is the same each time.
        if (round > 0 && !body.calls) continue;
        this.#settle(body, () => HANDED);
        if ((this.#live[body.start]! & R0) !== 0) this.#through.add(body.start);
      }
    }
    let strays = 0;
    for (const body of bodies) {
      this.#settle(body, () => HANDED, true);
      strays |= this.#live[body.start]! & ~HANDED & ~ALWAYS;
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
    this.#function(fn.start);
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

  #function(start: number): void {
    const body = this.#bodies.get(start);
    if (body === undefined || this.#done.has(start)) return;
    this.#done.add(start);
    this.#open.add(start);
    this.#settle(body, (fn) => this.#entry(fn));
    this.#open.delete(start);
  }

  /** Finds what is live in a function, given what its calls read; `unheard` if nobody looks at what it returns. */
  #settle({ start, end, from, to }: Body, entry: (fn: number) => number, unheard = false): void {
    const live = this.#live;
    const rows = this.#rows;
    for (let i = from; i < to; i += WIDTH) live[rows[i + ROW.slot]!] = ALWAYS;
    for (let changed = true; changed; ) {
      changed = false;
      for (let i = to - WIDTH; i >= from; i -= WIDTH) {
        const slot = rows[i + ROW.slot]!;
        let out = 0;
        if (rows[i + ROW.kind] === KIND.indirect)
          // To anywhere in the function, or it faults.
          for (let k = from; k < to; k += WIDTH) out |= live[rows[k + ROW.slot]!]!;
        else
          for (let k = i + ROW.next; k <= i + ROW.other && rows[k]! >= 0; k += 1)
            out |= rows[k]! >= start && rows[k]! < end ? live[rows[k]!]! : ALL;
        const now = (out & ~this.#writes(i)) | this.#reads(i, entry, unheard) | ALWAYS;
        if (now === live[slot]) continue;
        live[slot] = now;
        changed = true;
      }
    }
  }

  #reads(row: number, entry: (fn: number) => number, unheard: boolean): number {
    const reads = this.#rows[row + ROW.reads]!;
    const called = this.#rows[row + ROW.called]!;
    switch (this.#rows[row + ROW.kind]) {
      case KIND.return:
        return unheard ? 0 : reads;
      case KIND.function:
        return entry(called);
      // A tail call goes on in another function, with what the caller has in its registers.
      case KIND.leaf:
        return this.#plain.has(called) ? 0 : HANDED | this.#strays;
      // Any function: nothing is known of what it reads.
      case KIND.anything:
        return reads | HANDED | this.#strays;
      default:
        return reads;
    }
  }

  #writes(row: number): number {
    const writes = this.#rows[row + ROW.writes]!;
    switch (this.#rows[row + ROW.kind]) {
      case KIND.function:
        return this.#passes(this.#rows[row + ROW.called]!) ? writes & ~R0 : writes;
      case KIND.anything:
        return this.#through.size > 0 ? writes & ~R0 : writes;
      default:
        return writes;
    }
  }
}

/** Writes the rows of a function from a place in `rows` on. */
function writeRows(
  text: Text,
  { start, end }: Pick<Body, 'start' | 'end'>,
  rows: Int32Array,
  from: number,
): Body {
  let to = from;
  let calls = false;
  for (let slot = start; slot < end; to += WIDTH) {
    slot += writeRow(text, slot, rows, to);
    const kind = rows[to + ROW.kind];
    calls ||= kind === KIND.function || kind === KIND.anything;
  }
  return { start, end, from, to, calls };
}

/** Writes the row of the instruction in a slot; the slots that it takes. */
function writeRow({ code }: Text, slot: number, rows: Int32Array, row: number): number {
  const { op, dst, src, off, imm } = decodeSlot(code, slot);
  const { form } = op;
  const length = slotsOfForm(form);
  const { flow, reads, writes } = FORMS[form];
  const mask = (uses: readonly RegisterUse[]): number =>
    uses.reduce<number>((m, u) => m | bit(registerOf({ dst, src }, u)), 0);
  let kind: number = KIND.plain;
  let [next, other] = [slot + length, -1];
  switch (flow) {
    case 'return':
      [kind, next] = [KIND.return, -1];
      break;
    case 'off':
      next = slot + 1 + off;
      break;
    case 'imm':
      next = slot + 1 + imm;
      break;
    case 'indirect':
      kind = KIND.indirect;
      break;
    case 'branch':
      other = slot + 1 + off;
      break;
    case 'next':
    case 'fault':
      break;
    case 'call':
      kind = form === 'call_local' ? KIND.function : form === 'call_helper' ? KIND.leaf : KIND.anything;
      break;
    default:
      return flow satisfies never;
  }
  rows[row + ROW.slot] = slot;
  rows[row + ROW.reads] = mask(reads);
  rows[row + ROW.writes] = mask(writes);
  rows[row + ROW.kind] = kind;
  rows[row + ROW.called] = imm;
  rows[row + ROW.next] = next;
  rows[row + ROW.other] = other;
  return length;
}
