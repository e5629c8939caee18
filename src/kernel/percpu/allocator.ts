import { type Balanced, isReclaimable } from './balance.js';
import { Chunk, type ChunkSpec } from './chunk.js';
import {
  EMPTY_POP_PAGES_LOW,
  MIN_ALLOC_SIZE,
  PAGE_SIZE,
  SLOT_FAIL_THRESHOLD,
  WARN_LIMIT,
} from './constants.js';
import type { Geometry } from './geometry.js';
import type { HintRules } from './hints.js';
import { checkRequest, type Request } from './request.js';
import { ChunkSlots } from './slots.js';
import { newTotals, type Totals } from './totals.js';

/**
 * What gives the allocator memory. The allocator itself touches none, so it can keep its records for a script or a
 * recording.
 */
export interface Backing {
  /** Memory for the units of one more chunk; false if there is none. */
  createChunk(chunk: Chunk): boolean;
  destroyChunk(chunk: Chunk): void;
  /** Memory for the pages [from, to) of a chunk; false if there is none. */
  populate(chunk: Chunk, from: number, to: number): boolean;
}

export interface AllocatorOptions {
  readonly hints?: HintRules;
  readonly backing?: Partial<Backing>;
}

export interface AllocFlags {
  /** A request that may not sleep: it cannot populate pages nor make a chunk. */
  readonly atomic?: boolean;
  /** A request of a module, served from the reserved chunk if there is one. */
  readonly reserved?: boolean;
}

export type AllocResult =
  | { readonly ok: true; readonly chunk: Chunk; readonly offset: number; readonly size: number }
  | { readonly ok: false; readonly warning: string };

/**
 * The per-CPU allocator of mm/percpu.c: chunks in slots by the largest free run they know of, bitmaps with hints in each
 * of them, pages populated when needed. Work that the kernel leaves to a work queue is done by `balance`, which the
 * caller calls at any time; `balanceScheduled` says whether the kernel would have scheduled it.
 */
export class PercpuAllocator implements Balanced {
  readonly geometry: Geometry;
  readonly slots: ChunkSlots;
  readonly first: Chunk;
  readonly reserved: Chunk | undefined;
  readonly totals: Totals;
  /** Empty populated pages of all chunks but the reserved one and isolated ones. */
  emptyPopPages = 0;
  balanceScheduled = false;
  /** An atomic request has failed since the last balance work. */
  atomicFailed = false;
  /** What the kernel would have printed. */
  readonly log: string[] = [];
  readonly #rules: HintRules;
  readonly backing: Partial<Backing>;
  #nextIndex = 1;
  #warnings = WARN_LIMIT;

  constructor(geometry: Geometry, options: AllocatorOptions = {}) {
    this.geometry = geometry;
    this.slots = new ChunkSlots(geometry.unitSize);
    this.#rules = options.hints ?? 'mended';
    this.backing = options.backing ?? {};
    this.totals = newTotals(geometry.unitSize);
    const { staticSize, reservedSize, dynSize } = geometry;
    this.reserved = reservedSize > 0 ? this.#part('reserved', staticSize, reservedSize) : undefined;
    this.first = this.#part('first', staticSize + reservedSize, dynSize);
    this.slots.relocate(this.first, -1);
    this.#countChunk();
  }

  /** A part of the first chunk; its maps begin with the page it begins in. */
  #part(role: ChunkSpec['role'], start: number, size: number): Chunk {
    const base = Math.floor(start / PAGE_SIZE) * PAGE_SIZE;
    return new Chunk({
      index: 0,
      role,
      base,
      startOffset: start - base,
      size,
      rules: this.#rules,
      pages: this,
    });
  }

  #countChunk(): void {
    this.totals.nrChunks += 1;
    this.totals.nrMaxChunks = Math.max(this.totals.nrMaxChunks, this.totals.nrChunks);
  }

  /** Makes a chunk and puts it on its slot (pcpu_create_chunk). Undefined if there is no memory. */
  createChunk(): Chunk | undefined {
    const chunk = new Chunk({
      index: this.#nextIndex,
      role: 'dynamic',
      base: 0,
      startOffset: 0,
      size: this.geometry.unitSize,
      rules: this.#rules,
      pages: this,
    });
    if (this.backing.createChunk?.(chunk) === false) return undefined;
    this.#nextIndex += 1;
    this.#countChunk();
    this.slots.relocate(chunk, -1);
    return chunk;
  }

  populate(chunk: Chunk, from: number, to: number): boolean {
    if (this.backing.populate?.(chunk, from, to) === false) return false;
    chunk.populate(from, to);
    return true;
  }

  /** Allocates bytes in every unit of one chunk (pcpu_alloc). */
  allocate(size: number, align: number, flags: AllocFlags = {}): AllocResult {
    const request = checkRequest(size, align);
    if ('warning' in request) {
      this.log.push(request.warning);
      return { ok: false, warning: request.warning };
    }
    const atomic = flags.atomic === true;
    const found = this.#find(request, atomic, flags.reserved === true);
    if (typeof found === 'string') return this.#fail(request, atomic, found);
    const { chunk, offset } = found;
    this.#countAlloc(chunk, request.size);
    if (this.emptyPopPages < EMPTY_POP_PAGES_LOW) this.balanceScheduled = true;
    if (!atomic && !this.#populateArea(chunk, offset, request.size)) {
      this.#release(chunk, offset);
      return this.#fail(request, atomic, 'failed to populate');
    }
    return { ok: true, chunk, offset, size: request.size };
  }

  #find(
    request: Request,
    atomic: boolean,
    reserved: boolean,
  ): { readonly chunk: Chunk; readonly offset: number } | string {
    if (reserved && this.reserved !== undefined) {
      const offset = this.#takeFrom(this.reserved, request, atomic);
      return offset === undefined ? 'alloc from reserved chunk failed' : { chunk: this.reserved, offset };
    }
    for (;;) {
      const found = this.#search(request, atomic);
      if (found !== undefined) return found;
      if (atomic) return 'atomic alloc failed, no space left';
      if (this.slots.lists[this.slots.free]!.length === 0 && this.createChunk() === undefined) {
        return 'failed to allocate new chunk';
      }
    }
  }

  /** The chunks in order: from the fullest slot that may do, up to the free ones. */
  #search(request: Request, atomic: boolean): { readonly chunk: Chunk; readonly offset: number } | undefined {
    const { slots } = this;
    for (let slot = slots.ofSize(request.size); slot <= slots.free; slot += 1) {
      for (const chunk of [...slots.lists[slot]!]) {
        const offset = this.#takeFrom(chunk, request, atomic, slot);
        if (offset === undefined) continue;
        slots.reintegrate(chunk);
        return { chunk, offset };
      }
    }
    return undefined;
  }

  /** Tries one chunk. One that its hints rule out in a low slot goes to the front of slot 0, out of the way. */
  #takeFrom(chunk: Chunk, request: Request, atomic: boolean, slot?: number): number | undefined {
    const from = chunk.findFit(request.bits, request.bitAlign, atomic);
    if (from === undefined) {
      if (slot !== undefined && slot < SLOT_FAIL_THRESHOLD) this.slots.move(chunk, 0, 'front');
      return undefined;
    }
    const before = this.slots.ofChunk(chunk);
    const at = chunk.take(request.bits, request.bitAlign, from);
    if (at === undefined) return undefined;
    this.slots.relocate(chunk, before);
    return at * MIN_ALLOC_SIZE;
  }

  #populateArea(chunk: Chunk, offset: number, size: number): boolean {
    const holes = chunk.pageRuns(0, Math.floor(offset / PAGE_SIZE), Math.ceil((offset + size) / PAGE_SIZE));
    return holes.every(({ from, to }) => this.populate(chunk, from, to));
  }

  #countAlloc(chunk: Chunk, size: number): void {
    const { totals } = this;
    chunk.nrAlloc += 1;
    chunk.maxAllocSize = Math.max(chunk.maxAllocSize, size);
    totals.nrAlloc += 1;
    totals.nrCurAlloc += 1;
    totals.nrMaxAlloc = Math.max(totals.nrMaxAlloc, totals.nrCurAlloc);
    totals.minAllocSize = Math.min(totals.minAllocSize, size);
    totals.maxAllocSize = Math.max(totals.maxAllocSize, size);
  }

  #fail(request: Request, atomic: boolean, why: string): AllocResult {
    const { size, align } = request;
    const warning = `percpu: allocation failed, size=${size} align=${align} atomic=${atomic ? 1 : 0}, ${why}`;
    if (this.#warnings > 0) {
      this.log.push(warning);
      this.#warnings -= 1;
      if (this.#warnings === 0) this.log.push('percpu: limit reached, disable warning');
    }
    if (atomic) {
      this.atomicFailed = true;
      this.balanceScheduled = true;
    }
    return { ok: false, warning };
  }

  #release(chunk: Chunk, offset: number): number {
    const before = this.slots.ofChunk(chunk);
    chunk.nrAlloc -= 1;
    this.totals.nrDealloc += 1;
    this.totals.nrCurAlloc -= 1;
    const bits = chunk.release(offset / MIN_ALLOC_SIZE);
    this.slots.relocate(chunk, before);
    return bits * MIN_ALLOC_SIZE;
  }

  /** Frees the allocation at an offset of a chunk; returns its bytes, or undefined if none begins there (free_percpu). */
  free(chunk: Chunk, offset: number): number | undefined {
    if (!chunk.isStart(offset / MIN_ALLOC_SIZE)) return undefined;
    const size = this.#release(chunk, offset);
    const { slots } = this;
    if (!chunk.isolated && chunk.freeBytes === this.geometry.unitSize) {
      if (slots.lists[slots.free]!.some((other) => other !== chunk)) this.balanceScheduled = true;
    } else if (isReclaimable(this, chunk)) {
      slots.isolate(chunk);
      this.balanceScheduled = true;
    }
    return size;
  }
}
