// cspell:ignore unback
import { type Described, KIND, type Memory, PERCPU_HIGH, toAddress } from '../../machine/memory.js';
import { type AllocFlags, PercpuAllocator } from './allocator.js';
import type { Chunk } from './chunk.js';
import { PAGE_SIZE } from './constants.js';
import type { Geometry } from './geometry.js';
import type { HintRules } from './hints.js';

const PERCPU_BASE = BigInt.asUintN(64, BigInt(PERCPU_HIGH) << 32n);

/** An allocation: the same offset in the unit of every CPU, in one chunk. */
export interface PercpuAllocation {
  readonly name: string;
  /** The per-CPU pointer, which means nothing before a CPU's offset is added. */
  readonly pointer: bigint;
  /** Number of the chunk; 0 is the first, with the static variables. */
  readonly chunk: number;
  /** Bytes from the start of a unit. */
  readonly offset: number;
  readonly size: number;
  /** What reports call its bytes on a CPU, and how many of them its owner uses, where the name does not say it. */
  readonly describe?: PercpuDescribe;
}

type PercpuDescribe = (cpu: number) => { readonly name: string; readonly size: number };

export interface PercpuOptions extends AllocFlags {
  readonly describe?: PercpuDescribe;
}

export type PercpuResult =
  | { readonly ok: true; readonly allocation: PercpuAllocation }
  | { readonly ok: false; readonly warning: string };

/** The memory of one chunk: a unit for every CPU, and what lies in them. */
interface ChunkMemory {
  /** Offset of CPU 0's unit in linear memory. */
  readonly start: number;
  /** Undefined while a destroyed chunk's memory waits for the next one. */
  chunk: Chunk | undefined;
  /** By offset in the unit. */
  readonly live: Map<number, PercpuAllocation>;
  /** What was freed and not wholly allocated anew, the latest first. */
  freed: PercpuAllocation[];
}

export interface AreaSpec {
  readonly cpus: number;
  readonly geometry: Geometry;
  readonly hints?: HintRules;
}

/** Freed areas of a chunk whose names a report can still give. */
const REMEMBERED = 256;

const covers = (a: PercpuAllocation, offset: number): boolean =>
  offset >= a.offset && offset < a.offset + a.size;

/** Distance of two CPUs' units in bytes: a page between them, so that running over the end of one is seen. */
const strideOf = (geometry: Geometry): number => geometry.unitSize + PAGE_SIZE;

const chunkBytes = ({ cpus, geometry }: AreaSpec): number => cpus * strideOf(geometry);

/**
 * Bytes of linear memory for all units, if these requests come; the allocator's own records say how many chunks that
 * takes. `spare` chunks come on top for what is allocated later.
 */
export function percpuMemory(
  spec: AreaSpec,
  requests: Iterable<{ readonly size: number; readonly align: number }>,
  spare = 1,
): number {
  const dry = new PercpuAllocator(spec.geometry, spec);
  for (const { size, align } of requests) dry.allocate(size, align);
  return (dry.totals.nrChunks + spare) * (chunkBytes(spec) + 2 * PAGE_SIZE);
}

/**
 * Per-CPU memory of a machine: the allocator's chunks laid out in linear memory. All chunks have the same distance
 * between their units, so that one offset for each CPU serves every per-CPU pointer, as in the kernel.
 *
 *     pointer = PERCPU_BASE + (unit of CPU 0 in the chunk − unit of CPU 0 in the first) + offset in the unit
 *     address on a CPU = pointer + offsetOf(cpu)
 */
export class PercpuArea {
  readonly allocator: PercpuAllocator;
  readonly #memory: Memory;
  readonly #spec: AreaSpec;
  readonly #stride: number;
  readonly #chunks: ChunkMemory[] = [];
  readonly #first: ChunkMemory;
  #staticUsed = 0;

  /** Throws if there is no memory for the first chunk. */
  constructor(memory: Memory, spec: AreaSpec) {
    this.#memory = memory;
    this.#spec = spec;
    this.#stride = strideOf(spec.geometry);
    this.allocator = new PercpuAllocator(spec.geometry, {
      ...(spec.hints !== undefined && { hints: spec.hints }),
      backing: {
        createChunk: (chunk) => this.#back(chunk) !== undefined,
        destroyChunk: (chunk) => this.#unback(chunk),
      },
    });
    const first = this.#back(this.allocator.first);
    if (first === undefined) throw new Error("the machine's memory is too small for its per-CPU units");
    this.#first = first;
  }

  get #cpus(): readonly number[] {
    return Array.from({ length: this.#spec.cpus }, (_, cpu) => cpu);
  }

  /** Memory for a chunk: that of a destroyed one, or new. The machine's memory bounds how many there are. */
  #back(chunk: Chunk): ChunkMemory | undefined {
    const unused = this.#chunks.find((c) => c.chunk === undefined);
    if (unused !== undefined) {
      unused.chunk = chunk;
      return unused;
    }
    const name = chunk.role === 'first' ? 'the per-CPU units' : `the per-CPU units of chunk ${chunk.index}`;
    const region = this.#memory.reserve(name, 'percpu', chunkBytes(this.#spec), {
      align: PAGE_SIZE,
      describe: (offset) => this.#describe(memory, offset),
    });
    if (region === undefined) return undefined;
    const memory: ChunkMemory = { start: region.start, chunk, live: new Map(), freed: [] };
    this.#chunks.push(memory);
    return memory;
  }

  #unback(chunk: Chunk): void {
    const memory = this.#chunks.find((c) => c.chunk === chunk);
    if (memory !== undefined) memory.chunk = undefined;
  }

  /** The allocator's records of a chunk by its number; for 0, those of the part that an offset lies in. */
  #booksAt(memory: ChunkMemory, offset: number): Chunk | undefined {
    const { reserved, first } = this.allocator;
    const isReserved = memory === this.#first && offset < first.base + first.startOffset;
    return isReserved ? reserved : memory.chunk;
  }

  #memoryOf(allocation: PercpuAllocation): ChunkMemory {
    const found = this.#chunks.find((c) => c.chunk?.index === allocation.chunk);
    if (found === undefined) throw new Error(`no chunk ${allocation.chunk}`);
    return found;
  }

  /** What is added to a per-CPU pointer to reach the unit of a CPU. */
  offsetOf(cpu: number): bigint {
    return toAddress(this.unit(cpu).start) - PERCPU_BASE;
  }

  /** Where a CPU's unit of the first chunk lies in linear memory. */
  unit(cpu: number): { readonly start: number; readonly end: number } {
    if (cpu < 0 || cpu >= this.#spec.cpus) throw new Error(`no CPU ${cpu}`);
    const start = this.#first.start + cpu * this.#stride;
    return { start, end: start + this.#spec.geometry.unitSize };
  }

  /** Offset in linear memory of an allocation's bytes on a CPU. */
  at(allocation: PercpuAllocation, cpu: number): number {
    return this.#memoryOf(allocation).start + cpu * this.#stride + allocation.offset;
  }

  /** A variable of the kernel's static part, which no chunk manages. Refused if the part was sized for less. */
  declare(name: string, size: number, align: number): PercpuResult {
    const offset = Math.ceil(this.#staticUsed / align) * align;
    if (offset + size > this.#spec.geometry.staticSize) {
      return { ok: false, warning: `the static per-CPU variables end before ${name}` };
    }
    this.#staticUsed = offset + size;
    return {
      ok: true,
      allocation: this.#give(this.#first, { name, chunk: 0, offset, size: Math.ceil(size / 4) * 4 }),
    };
  }

  /** Allocates `size` bytes in every unit, zeroed (pcpu_alloc). */
  allocate(name: string, size: number, align: number, options: PercpuOptions = {}): PercpuResult {
    const made = this.allocator.allocate(size, align, options);
    if (!made.ok) return made;
    const memory = this.#chunks.find((c) => c.chunk?.index === made.chunk.index)!;
    const offset = made.chunk.base + made.offset;
    const { describe } = options;
    return {
      ok: true,
      allocation: this.#give(memory, {
        name,
        chunk: made.chunk.index,
        offset,
        size: made.size,
        ...(describe && { describe }),
      }),
    };
  }

  #give(memory: ChunkMemory, taken: Omit<PercpuAllocation, 'pointer'>): PercpuAllocation {
    const { offset, size } = taken;
    const pointer = PERCPU_BASE + BigInt(memory.start - this.#first.start + offset);
    const allocation = { ...taken, pointer };
    memory.live.set(offset, allocation);
    memory.freed = memory.freed.filter((f) => f.offset < offset || f.offset + f.size > offset + size);
    for (const cpu of this.#cpus) {
      const at = memory.start + cpu * this.#stride + offset;
      this.#memory.u8.fill(0, at, at + size);
      this.#memory.unpoison(at, size, KIND.percpu);
      this.#remarkFreed(memory, cpu, offset, size);
    }
    return allocation;
  }

  /** The kind of 8 bytes is consulted for the half that may not be touched: a freed half stays known as freed. */
  #remarkFreed(memory: ChunkMemory, cpu: number, offset: number, size: number): void {
    for (const other of [offset - 1, offset + size]) {
      if (other >> 3 !== (other < offset ? offset : offset + size - 1) >> 3) continue;
      if (!memory.freed.some((f) => covers(f, other))) continue;
      this.#memory.setKind(memory.start + cpu * this.#stride + (other & ~7), 8, KIND.freed);
    }
  }

  /** Frees an allocation (free_percpu); touching it is a fault from then on. Throws if it is not live. */
  free(allocation: PercpuAllocation): void {
    const memory = this.#memoryOf(allocation);
    const books = this.#booksAt(memory, allocation.offset);
    const isLive = memory.live.get(allocation.offset) === allocation;
    if (
      !isLive ||
      books === undefined ||
      this.allocator.free(books, allocation.offset - books.base) === undefined
    ) {
      throw new Error(`${allocation.name} is not allocated`);
    }
    memory.live.delete(allocation.offset);
    memory.freed = [allocation, ...memory.freed.slice(0, REMEMBERED - 1)];
    for (const cpu of this.#cpus) {
      const at = memory.start + cpu * this.#stride + allocation.offset;
      this.#memory.poisonRange(at, allocation.size, KIND.freed);
    }
  }

  /** What lies at an offset in a chunk's memory: the allocation that is live there, or the last that was. */
  #describe(memory: ChunkMemory, offset: number): Described | undefined {
    const cpu = Math.floor(offset / this.#stride);
    const unit = cpu * this.#stride;
    const holds = (a: PercpuAllocation): boolean => covers(a, offset - unit);
    const holder = [...memory.live.values()].find(holds) ?? memory.freed.find(holds);
    if (holder === undefined) return undefined;
    const start = unit + holder.offset;
    const said = holder.describe?.(cpu);
    if (said !== undefined) return { name: said.name, start, end: start + said.size };
    return { name: `per-CPU \`${holder.name}\` of CPU ${cpu}`, start, end: start + holder.size };
  }
}
