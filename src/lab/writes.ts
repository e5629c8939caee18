import { printInsn } from '../isa/print/listing.js';
import type { Kernel } from '../kernel/kernel.js';
import type { Observer } from '../machine/engine.js';
import type { FunctionKind } from '../machine/text.js';
import type { Span } from '../text/source.js';

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
  /** How many events had been recorded before: the index of the first event that comes after it. */
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

interface Watched {
  readonly cpu: number;
  readonly program: string | undefined;
  readonly at: number;
  bytes: Uint8Array;
}

/** Most writes that are kept: a run that loops writes for as long as its budget lasts. */
const MOST = 200_000;

/** Keeps a record of who wrote `active` of any program, and preempt_count. */
export class WriteHistory {
  readonly writes: GuardWrite[] = [];
  readonly #kernel: Kernel;
  readonly #events: { readonly length: number };
  readonly #active: readonly Watched[];
  /** By the address of preempt_count: of a CPU, or of the task that runs there. */
  readonly #counts = new Map<number, Watched>();
  readonly #places = new Map<number, InsnPlace>();

  constructor(kernel: Kernel, events: { readonly length: number }) {
    this.#kernel = kernel;
    this.#events = events;
    this.#active = [...kernel.programs.values()].flatMap((program) =>
      kernel.processors.map((cpu) => ({
        cpu: cpu.id,
        program: program.name,
        at: kernel.percpu.at(program.active, cpu.id),
        bytes: kernel.active(program, cpu.id),
      })),
    );
  }

  /** For the observer of the run. */
  readonly write: NonNullable<Observer['write']> = (thread, slot, at, size) => {
    for (const watched of this.#active) this.#look(watched, slot, at, size);
    this.#look(this.#count(thread.cpu), slot, at, size);
  };

  #count(cpu: number): Watched {
    const at = this.#kernel.preemptCountAt(cpu);
    let watched = this.#counts.get(at);
    if (watched === undefined) {
      // It is looked at after its first write already: it began as zero.
      watched = { cpu, program: undefined, at, bytes: new Uint8Array(4) };
      this.#counts.set(at, watched);
    }
    return watched.cpu === cpu ? watched : { ...watched, cpu };
  }

  #look(watched: Watched, slot: number, at: number, size: number): void {
    const { bytes: before } = watched;
    if (at >= watched.at + before.length || at + size <= watched.at || this.writes.length >= MOST) return;
    const { machine, memory } = this.#kernel;
    const after = memory.u8.slice(watched.at, watched.at + before.length);
    watched.bytes = after;
    const { cpu, program } = watched;
    if (program === undefined) this.#counts.set(watched.at, watched);
    const insn = this.#placeOf(slot);
    this.writes.push({ event: this.#events.length, time: machine.now, cpu, program, before, after, insn });
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
