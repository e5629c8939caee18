import type { Kernel, Program } from '../kernel/kernel.js';

/** The `active` area of a program on a CPU. */
export interface Area {
  readonly program: Program;
  readonly cpu: number;
  /** Offset in memory of its first byte. */
  readonly at: number;
}

/** Finds the `active` areas by what is written: of all programs, on all CPUs. */
export class Areas {
  readonly all: readonly Area[];
  /** By word of memory. The allocator gives no two areas parts of one word. */
  readonly #byWord = new Map<number, Area>();

  constructor(kernel: Kernel) {
    this.all = [...kernel.programs.values()].flatMap((program) =>
      kernel.processors.map(({ id: cpu }) => ({ program, cpu, at: kernel.percpu.at(program.active, cpu) })),
    );
    for (const area of this.all)
      for (let word = area.at >> 2; word << 2 < area.at + kernel.guard.size; word += 1)
        this.#byWord.set(word, area);
  }

  /** The area that lies at an offset. */
  at(offset: number): Area | undefined {
    return this.#byWord.get(offset >> 2);
  }

  /** The areas that an access of so many bytes reaches, in their order; nearly always none. */
  reached(offset: number, size: number): readonly Area[] {
    const first = this.#byWord.get(offset >> 2);
    const last = this.#byWord.get((offset + size - 1) >> 2);
    if (first === last) return first === undefined ? NONE : [first];
    return [first, last].filter((a) => a !== undefined);
  }
}

const NONE: readonly Area[] = [];
