import { printInsn } from '../isa/print/listing.js';
import type { Kernel } from '../kernel/kernel.js';
import type { FunctionKind } from '../machine/text.js';
import type { Span } from '../text/source.js';
import type { AreaWrite } from './area-writes.js';

/** An instruction as a place to go to. */
export interface InsnPlace {
  readonly function: string;
  readonly kind: FunctionKind;
  /** Slot within the function. */
  readonly slot: number;
  readonly text: string;
  readonly span: Span | undefined;
}

/** A change of one of the words that a guard decides by. */
export interface GuardWrite {
  /** How many events had been recorded before: the index of its own event, or of the first one that comes after it. */
  readonly event: number;
  readonly time: number;
  readonly cpu: number;
  /** The program whose `active` area was written; undefined for preempt_count. */
  readonly program: string | undefined;
  /** The whole area, or the four bytes of preempt_count, in memory order. */
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  readonly insn: InsnPlace;
}

/** Most writes that are kept: a run that loops writes for as long as its budget lasts. */
const MOST = 200_000;

/** Keeps a record of what wrote `active` of any program, and preempt_count. */
export class WriteHistory {
  readonly writes: GuardWrite[] = [];
  readonly #kernel: Kernel;
  #events: { readonly length: number } = [];
  /** What preempt_count was last, by its address: of a CPU, or of the task that runs there. It begins as zero. */
  readonly #counts = new Map<number, Uint8Array>();
  readonly #places = new Map<number, InsnPlace>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Counts the events beside which writes happen. */
  beside(events: { readonly length: number }): void {
    this.#events = events;
  }

  /** An area was written. */
  area(slot: number, { area, before, after }: AreaWrite): void {
    this.#add(slot, { cpu: area.cpu, program: area.program.name, before, after });
  }

  /** Memory was written, which may be the preempt_count of the CPU. */
  memory(cpu: number, slot: number, at: number, size: number): void {
    const count = this.#kernel.preemptCountAt(cpu);
    if (at >= count + 4 || at + size <= count) return;
    const after = this.#kernel.memory.u8.slice(count, count + 4);
    const before = this.#counts.get(count) ?? new Uint8Array(4);
    this.#counts.set(count, after);
    this.#add(slot, { cpu, program: undefined, before, after });
  }

  #add(slot: number, what: Pick<GuardWrite, 'cpu' | 'program' | 'before' | 'after'>): void {
    if (this.writes.length >= MOST) return;
    const { now } = this.#kernel.machine;
    this.writes.push({ event: this.#events.length, time: now, ...what, insn: this.#placeOf(slot) });
  }

  /** Slots are never used again for other code, so what one holds need be found once. */
  #placeOf(slot: number): InsnPlace {
    let place = this.#places.get(slot);
    if (place === undefined) {
      const { insn, fn } = this.#kernel.machine.text.at(slot)!;
      const text = printInsn(insn, { style: 'llvm', alu32: true, bytes: false });
      place = { function: fn.name, kind: fn.kind, slot: slot - fn.start, text, span: insn.span };
      this.#places.set(slot, place);
    }
    return place;
  }
}
