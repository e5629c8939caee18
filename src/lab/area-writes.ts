import type { Kernel } from '../kernel/kernel.js';
import { fromAddress } from '../machine/memory.js';
import type { Thread } from '../machine/thread.js';
import { type Area, Areas } from './areas.js';

/** A write to an `active` area: which program it belongs to, and its bytes before and after. */
export interface AreaWrite {
  readonly area: Area;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

type Tell = (thread: Thread, slot: number, write: AreaWrite) => void;

/** A leaf that was called with a pointer to an area. It does not tell what it writes. */
interface Pointed {
  readonly thread: Thread;
  readonly slot: number;
  readonly areas: readonly Area[];
}

export interface AreaState {
  readonly bytes: readonly Uint8Array[];
  readonly pointed: Pointed | undefined;
}

/** Tells of every write to an `active` area, whoever writes and whatever becomes of it. */
export class AreaWatch {
  readonly #kernel: Kernel;
  readonly #areas: Areas;
  readonly #tell: Tell;
  /** The bytes of each area when last looked at. */
  readonly #bytes: Map<Area, Uint8Array>;
  #pointed: Pointed | undefined;

  constructor(kernel: Kernel, tell: Tell) {
    this.#kernel = kernel;
    this.#areas = new Areas(kernel);
    this.#tell = tell;
    this.#bytes = new Map(this.#areas.all.map((area) => [area, this.#read(area)]));
  }

  #read({ program, cpu }: Area): Uint8Array {
    return this.#kernel.active(program, cpu);
  }

  /** An instruction has written so many bytes. */
  wrote(thread: Thread, slot: number, at: number, size: number): void {
    this.settle();
    for (const area of this.#areas.reached(at, size)) this.#look(thread, slot, area);
  }

  /** A leaf is about to be called. */
  calls(thread: Thread, slot: number): void {
    this.settle();
    const areas = [1, 2, 3, 4, 5].flatMap((r) => {
      const at = fromAddress(thread.getRegister(r));
      return (at === undefined ? undefined : this.#areas.at(at)) ?? [];
    });
    if (areas.length > 0) this.#pointed = { thread, slot, areas: [...new Set(areas)] };
  }

  /** Tells what the last leaf wrote: to be asked before anything else is told. */
  settle(): void {
    const pointed = this.#pointed;
    if (pointed === undefined) return;
    this.#pointed = undefined;
    for (const area of pointed.areas) {
      const [before, after] = [this.#bytes.get(area)!, this.#read(area)];
      if (after.some((b, i) => b !== before[i])) this.#look(pointed.thread, pointed.slot, area);
    }
  }

  #look(thread: Thread, slot: number, area: Area): void {
    const write = { area, before: this.#bytes.get(area)!, after: this.#read(area) };
    this.#bytes.set(area, write.after);
    this.#tell(thread, slot, write);
  }

  /** What it knows, for `restore`. */
  save(): AreaState {
    return { bytes: this.#areas.all.map((area) => this.#bytes.get(area)!), pointed: this.#pointed };
  }

  restore({ bytes, pointed }: AreaState): void {
    this.#areas.all.forEach((area, i) => void this.#bytes.set(area, bytes[i]!));
    this.#pointed = pointed;
  }
}
