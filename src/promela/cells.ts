import { CPU_FIELD } from '../kernel/cpu.js';
import { TASK } from '../kernel/layout.js';
import { fromAddress, type Region } from '../machine/memory.js';
import type { Scene, SceneTask } from '../replay/scene.js';

/** A stretch of memory with a name: what becomes a variable of the model. */
export interface Cell {
  /** Its name in the model. */
  readonly name: string;
  readonly size: number;
  /** What it is called elsewhere. */
  readonly title: string;
  /** Offsets of its copies in memory: one, or that of every task's, by the task's number. */
  readonly at: readonly number[];
  /** True for a field of the task_struct of the task that runs. */
  readonly isOfTask: boolean;
}

export interface CellLocation {
  readonly cell: Cell;
  readonly offset: number;
}

/** How a cell is declared: as one variable for each width and offset that is accessed, or as bytes where these overlap. */
export interface Shape {
  readonly isBytes: boolean;
  /** Sizes by offset. */
  readonly parts: ReadonlyMap<number, number>;
}

/** Tasks by their number in the model: the scenario's, then an idle one for each CPU. */
export const actorsOf = (scene: Scene): readonly SceneTask[] =>
  scene.tasks.filter((t) => t.kind !== 'softirqd');

/** Thrown when something new is known of memory, which makes void what was written so far. */
export class Learned extends Error {}

const identifier = (name: string): string => name.replace(/\W/g, '_').replace(/^(?=\d)/, '_');

/**
 * What the model has to have of memory. It begins with nothing but what decides: the guard's areas, preempt_count and
 * whether interrupts are off. Memory that nothing in the model writes is as it was booted, so that loads of it are
 * numbers. What is written is a variable only if a value read from it decides something (`demand`); all else is left
 * out, stores with it. Each time one of these turns out to be more than was thought the model is written again.
 */
export class Cells {
  readonly scene: Scene;
  readonly #named: Cell[] = [];
  readonly #found = new Map<string, Cell>();
  readonly #fields = new Map<number, Cell>();
  readonly #written = new Set<Cell>();
  readonly #demanded = new Set<Cell>();
  readonly #bytes = new Set<Cell>();
  readonly #parts = new Map<Cell, Map<number, number>>();

  constructor(scene: Scene) {
    this.scene = scene;
    const { kernel } = scene;
    const add = (name: string, title: string, at: number, size: number): Cell => {
      const cell = { name: identifier(name), title, size, at: [at], isOfTask: false };
      this.#named.push(cell);
      return cell;
    };
    for (const { id, at } of kernel.processors) {
      for (const p of kernel.programs.values())
        this.#decides(
          add(
            `active_${p.name}_cpu${id}`,
            `active of ${p.name} on CPU ${id}`,
            kernel.percpu.at(p.active, id),
            kernel.guard.size,
          ),
        );
      for (const [name, v] of kernel.percpuVariables) {
        const title = `${name} of CPU ${id}`;
        const isCount = name === '__preempt_count';
        const named = isCount ? `preempt_count_cpu${id}` : `percpu_${name}_cpu${id}`;
        const cell = add(named, title, kernel.percpu.at(v, id), v.size);
        if (isCount) this.#decides(cell);
      }
      this.#decides(
        add(`irqs_off_cpu${id}`, `whether CPU ${id} has interrupts off`, at + CPU_FIELD.irqsOff, 4),
      );
    }
    for (const g of kernel.globals.values()) add(`global_${g.name}`, g.name, g.at, (g.bits / 8) * g.count);
    for (const [name, field] of Object.entries(TASK.fields)) {
      const at = actorsOf(scene).map(({ task }) => task.at + field.offset);
      const title = `${name} of each task`;
      const cell: Cell = { name, title, size: field.size, at, isOfTask: true };
      this.#fields.set(field.offset, cell);
      if (name === 'preempt_count' && !kernel.percpuVariables.has('__preempt_count')) this.#decides(cell);
    }
  }

  #decides(cell: Cell): void {
    this.#written.add(cell);
    this.#demanded.add(cell);
  }

  /** The cell of that name that has been made already. */
  named(name: string): Cell {
    const cell = [...this.#named, ...this.#fields.values()].find((c) => c.name === name);
    if (cell === undefined) throw new Error(`no cell ${name}`);
    return cell;
  }

  /** What lies at an address; undefined for what is not memory of the kernel, or is some thread's own. */
  place(address: bigint): CellLocation | undefined {
    const at = fromAddress(address);
    if (at === undefined) return undefined;
    const named = this.#named.find((c) => at >= c.at[0]! && at < c.at[0]! + c.size);
    if (named !== undefined) return { cell: named, offset: at - named.at[0]! };
    const region = this.scene.kernel.memory.regions.find((r) => at >= r.start && at < r.end);
    if (region === undefined || region.kind === 'stack' || region.kind === 'thread') return undefined;
    const cell = this.#word(region, at & ~7);
    return { cell, offset: at & 7 };
  }

  #word(region: Region, at: number): Cell {
    const known = this.#found.get(String(at));
    if (known !== undefined) return known;
    const title = region.describe?.(at - region.start)?.name ?? region.name;
    const cell: Cell = { name: `word_${at.toString(16)}`, title, size: 8, at: [at], isOfTask: false };
    this.#found.set(String(at), cell);
    return cell;
  }

  /** The field of the current task's structure at an offset. */
  field(offset: number): CellLocation | undefined {
    for (const [start, cell] of this.#fields)
      if (offset >= start && offset < start + cell.size) return { cell, offset: offset - start };
    return undefined;
  }

  isWritten(cell: Cell): boolean {
    return this.#written.has(cell);
  }

  isDemanded(cell: Cell): boolean {
    return this.#demanded.has(cell);
  }

  write(cell: Cell): void {
    this.#learn(this.#written, cell);
  }

  demand(names: readonly string[]): void {
    const all = [...this.#named, ...this.#found.values(), ...this.#fields.values()];
    const cells = all.filter((c) => names.includes(c.name) && !this.#demanded.has(c));
    for (const c of cells) this.#demanded.add(c);
    if (cells.length > 0) throw new Learned();
  }

  #learn(set: Set<Cell>, cell: Cell): void {
    if (set.has(cell)) return;
    set.add(cell);
    throw new Learned();
  }

  /** Notes an access to a variable; undefined as offset means one that is not known. */
  access(cell: Cell, offset: number | undefined, size: number): void {
    const parts = this.#parts.get(cell) ?? new Map<number, number>();
    this.#parts.set(cell, parts);
    if (this.#bytes.has(cell)) return;
    if (offset === undefined) {
      this.#learn(this.#bytes, cell);
      return;
    }
    for (const [o, s] of parts)
      if ((o !== offset || s !== size) && o < offset + size && offset < o + s) this.#learn(this.#bytes, cell);
    parts.set(offset, size);
  }

  /** Forgets which variables there are, before the model is written again. */
  restart(): void {
    this.#parts.clear();
  }

  /** Whether all bytes at a place may be touched. */
  isClean({ cell, offset }: CellLocation, size: number): boolean {
    if (offset < 0 || offset + size > cell.size) return false;
    const { poison } = this.scene.kernel.memory;
    const at = cell.at[0]! + offset;
    // What has no name of its own is known by 8 bytes, in which something that has one may lie.
    if (!this.isNamed(cell) && this.#named.some((c) => at < c.at[0]! + c.size && c.at[0]! < at + size))
      return false;
    for (let i = at; i < at + size; i += 1) if (((poison[i >> 3]! >> (i & 7)) & 1) !== 0) return false;
    return true;
  }

  /** Whether it is known where a cell begins and ends. */
  isNamed(cell: Cell): boolean {
    return cell.isOfTask || this.#named.includes(cell);
  }

  isBytes(cell: Cell): boolean {
    return this.#bytes.has(cell);
  }

  /** Everything that is a variable of the model, and what was written but is none. */
  get variables(): readonly (readonly [Cell, Shape])[] {
    return [...this.#parts].map(
      ([cell, parts]) => [cell, { isBytes: this.#bytes.has(cell), parts }] as const,
    );
  }

  get leftOut(): readonly Cell[] {
    return [...this.#written].filter((c) => !this.#demanded.has(c));
  }

  /** What a cell's copy holds at the start. */
  initial(cell: Cell, copy: number, offset: number, size: number): bigint {
    const { u8 } = this.scene.kernel.memory;
    const at = cell.at[copy]! + offset;
    return u8.subarray(at, at + size).reduceRight((n, b) => (n << 8n) | BigInt(b), 0n);
  }
}
