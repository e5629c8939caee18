import { FORMS, type RegisterUse } from '../../isa/forms.js';
import { OPERATIONS } from '../../isa/table.js';
import type { Machine } from '../../machine/machine.js';

const bit = (n: number): number => 1 << n;
const ARGUMENTS = bit(1) | bit(2) | bit(3) | bit(4) | bit(5);
const R11 = bit(11);
/** What a frame needs in any case: r10. */
const ALWAYS = bit(10);
const ALL = 0xfff;

/**
 * Which registers an instruction's future can still read, by slot: a register that is written before it is read again
 * is dead, and two states that differ in dead registers only are one. What a callee reads of r1 to r5 and r11 is what
 * is live at its entry; r6 to r9 are restored by exit, so they are dead there.
 */
export class Liveness {
  readonly #machine: Machine;
  /** Leaves by index that read no arguments. */
  readonly #plain: ReadonlySet<number>;
  readonly #live: Int32Array;
  readonly #done = new Set<number>();
  readonly #open = new Set<number>();

  constructor(machine: Machine, plainLeaves: ReadonlySet<number>) {
    this.#machine = machine;
    this.#plain = plainLeaves;
    this.#live = new Int32Array(machine.text.slots + 1).fill(-1);
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

  #entry(fn: number): number {
    const slot = this.#machine.text.entries[fn * 2]!;
    const start = this.#machine.text.at(slot)?.fn.start;
    if (start === undefined || this.#open.has(start)) return ARGUMENTS | R11;
    return this.before(slot) & (ARGUMENTS | R11);
  }

  #function(start: number, end: number): void {
    if (this.#done.has(start)) return;
    this.#done.add(start);
    this.#open.add(start);
    const { text } = this.#machine;
    const slots: number[] = [];
    for (let s = start; s < end; s += 1) if (text.at(s) !== undefined) slots.push(s);
    const effects = new Map(slots.map((s) => [s, this.#effect(s)]));
    const live = this.#live;
    for (const s of slots) live[s] = ALWAYS;
    for (let changed = true; changed; ) {
      changed = false;
      for (let i = slots.length - 1; i >= 0; i -= 1) {
        const s = slots[i]!;
        const { reads, writes, next } = effects.get(s)!;
        let out = 0;
        for (const n of next) out |= n >= start && n < end ? live[n]! : ALL;
        const now = (out & ~writes) | reads | ALWAYS;
        if (now !== live[s]) {
          live[s] = now;
          changed = true;
        }
      }
    }
    this.#open.delete(start);
  }

  #effect(slot: number): { reads: number; writes: number; next: number[] } {
    const { code } = this.#machine.text;
    const word = code[slot * 4]!;
    const { form } = OPERATIONS[word & 0xff]!;
    const dst = ((word >> 8) & 0xff) >> 1;
    const src = (word >> 16) >> 1;
    const after = slot + (form === 'wide' ? 2 : 1);
    const off = code[slot * 4 + 1]!;
    const imm = code[slot * 4 + 2]!;
    const mask = (uses: readonly RegisterUse[]): number =>
      uses.reduce<number>((m, u) => m | bit(u === 'dst' ? dst : u === 'src' ? src : u), 0);
    let reads = mask(FORMS[form].reads);
    const writes = mask(FORMS[form].writes);
    let next = [after];
    switch (form) {
      case 'exit':
        next = [];
        break;
      case 'goto':
        next = [slot + 1 + off];
        break;
      case 'gotol':
        next = [slot + 1 + imm];
        break;
      case 'gotox':
        return { reads: ALL, writes: 0, next: [] };
      case 'jump_imm':
      case 'jump_reg':
      case 'may_goto':
        next = [after, slot + 1 + off];
        break;
      case 'call_local':
        reads = this.#entry(imm);
        break;
      case 'callx':
        reads |= ARGUMENTS | R11;
        break;
      case 'call_helper':
        reads = this.#plain.has(imm) ? 0 : ARGUMENTS | R11;
        break;
      default:
        break;
    }
    return { reads, writes, next };
  }
}
