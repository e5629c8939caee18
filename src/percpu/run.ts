import { PercpuAllocator } from '../kernel/percpu/allocator.js';
import { balance } from '../kernel/percpu/balance.js';
import type { Chunk } from '../kernel/percpu/chunk.js';
import { BLOCK_BITS, MIN_ALLOC_SIZE, PAGE_SIZE } from '../kernel/percpu/constants.js';
import { bootLine, type Geometry, RECORDED_GEOMETRY } from '../kernel/percpu/geometry.js';
import type { HintRules } from '../kernel/percpu/hints.js';
import { type Fields, percpuStats } from '../kernel/percpu/stats.js';
import type { ScriptAllocation, ScriptStatement, Which } from './parse.js';

export interface PercpuOptions {
  readonly cpus: number;
  readonly geometry?: Geometry;
  readonly hints?: HintRules;
  /** Whether scheduled balance work runs by itself, as the kernel's work queue would have it run. */
  readonly work: boolean;
}

/** Chunks there is memory for. */
const MOST_CHUNKS = 1024;

/** What became of a statement. */
export interface StatementResult {
  readonly text: string;
  readonly allocated: number;
  /** Allocations by the number of their chunk. */
  readonly chunks: readonly { readonly chunk: number; readonly count: number }[];
  readonly freed: number;
  readonly failed: number;
}

/** A page of a chunk: 64 cells of 64 bytes, and whether it has memory. */
export interface PageView {
  readonly populated: boolean;
  /** Taken bytes of each cell, of 64; undefined where nothing of the cell belongs to the chunk. */
  readonly cells: readonly (number | undefined)[];
}

export interface ChunkView {
  readonly index: number;
  readonly title: string;
  readonly slot: number | undefined;
  readonly fields: Fields;
  /** Bytes from the start of a unit to the first page. */
  readonly base: number;
  readonly pages: readonly PageView[];
}

/** What a script did, as data. */
export interface PercpuRun {
  readonly cpus: number;
  readonly bootLine: string;
  readonly hints: HintRules;
  readonly steps: readonly StatementResult[];
  readonly allocationInfo: Fields;
  readonly globalStats: Fields;
  readonly chunks: readonly ChunkView[];
  /** Bytes of pages with memory on all CPUs, without the static and the reserved part of the first chunk. */
  readonly populatedBytes: number;
  readonly balanceScheduled: boolean;
  /** What the kernel would have printed. */
  readonly log: readonly string[];
  readonly passed: boolean;
}

const CELL_BITS = BLOCK_BITS / 64;

function pageView(chunk: Chunk, page: number): PageView {
  const from = chunk.startOffset / MIN_ALLOC_SIZE;
  const to = chunk.bits - chunk.endOffset / MIN_ALLOC_SIZE;
  const cells = Array.from({ length: 64 }, (_, i) => {
    const at = page * BLOCK_BITS + i * CELL_BITS;
    if (at + CELL_BITS <= from || at >= to) return undefined;
    let taken = 0;
    for (let bit = Math.max(at, from); bit < Math.min(at + CELL_BITS, to); bit += 1)
      taken += chunk.alloc[bit]!;
    return taken * MIN_ALLOC_SIZE;
  });
  return { populated: chunk.populated[page] === 1, cells };
}

interface Live {
  readonly chunk: Chunk;
  readonly offset: number;
}

/** Whether the i-th of n live allocations is meant. */
function isMeant(which: Which, i: number, n: number): boolean {
  switch (which.kind) {
    case 'all':
      return true;
    case 'first':
      return i < which.count;
    case 'last':
      return i >= n - which.count;
    case 'part':
      return i % which.of >= which.of - which.part;
    default:
      return which satisfies never;
  }
}

class ScriptRun {
  readonly allocator: PercpuAllocator;
  readonly #work: boolean;
  #live: Live[] = [];

  constructor(options: PercpuOptions) {
    const hints = options.hints ?? 'mended';
    const allocator: PercpuAllocator = new PercpuAllocator(options.geometry ?? RECORDED_GEOMETRY, {
      hints,
      backing: { createChunk: () => allocator.totals.nrChunks < MOST_CHUNKS },
    });
    this.allocator = allocator;
    this.#work = options.work;
  }

  /** Work scheduled by an allocation runs before the next; by frees, when all of a statement are done. */
  #doWork(): void {
    if (this.#work && this.allocator.balanceScheduled) balance(this.allocator);
  }

  #allocate(s: ScriptAllocation, text: string): StatementResult {
    const byChunk = new Map<number, number>();
    let failed = 0;
    for (let i = 0; i < s.count; i += 1) {
      const made = this.allocator.allocate(s.size, s.align, { atomic: s.atomic, reserved: s.reserved });
      if (made.ok) {
        this.#live.push(made);
        byChunk.set(made.chunk.index, (byChunk.get(made.chunk.index) ?? 0) + 1);
      } else failed += 1;
      this.#doWork();
    }
    const chunks = [...byChunk].map(([chunk, count]) => ({ chunk, count }));
    return { text, allocated: s.count - failed, chunks, freed: 0, failed };
  }

  #free(which: Which, text: string): StatementResult {
    const before = this.#live;
    this.#live = before.filter((_, i) => !isMeant(which, i, before.length));
    for (const [i, a] of before.entries()) {
      if (isMeant(which, i, before.length)) this.allocator.free(a.chunk, a.offset);
    }
    this.#doWork();
    return { text, allocated: 0, chunks: [], freed: before.length - this.#live.length, failed: 0 };
  }

  step(s: ScriptStatement): StatementResult {
    const text = s.span.source.text.slice(s.span.start, s.span.end);
    switch (s.kind) {
      case 'allocate':
        return this.#allocate(s, text);
      case 'free':
        return this.#free(s.which, text);
      case 'balance':
        balance(this.allocator);
        return { text, allocated: 0, chunks: [], freed: 0, failed: 0 };
      default:
        return s satisfies never;
    }
  }
}

/** Runs a script on an allocator of its own. */
export function runPercpu(script: readonly ScriptStatement[], options: PercpuOptions): PercpuRun {
  const run = new ScriptRun(options);
  const { allocator } = run;
  const steps = script.map((s) => run.step(s));
  const stats = percpuStats(allocator);
  const pages = [...allocator.slots.all()].reduce((sum, { chunk }) => sum + chunk.nrPopulated, 0);
  return {
    cpus: options.cpus,
    bootLine: bootLine(allocator.geometry),
    hints: options.hints ?? 'mended',
    steps,
    allocationInfo: stats.allocationInfo,
    globalStats: stats.globalStats,
    chunks: stats.chunks.map(({ title, chunk, fields }) => ({
      index: chunk.index,
      title,
      slot: allocator.slots.where(chunk),
      fields,
      base: chunk.base,
      pages: Array.from({ length: chunk.nrPages }, (_, page) => pageView(chunk, page)),
    })),
    populatedBytes: pages * PAGE_SIZE * options.cpus,
    balanceScheduled: allocator.balanceScheduled,
    log: allocator.log,
    passed: steps.every((s) => s.failed === 0),
  };
}
