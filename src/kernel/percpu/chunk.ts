import { BLOCK_BITS, MIN_ALLOC_SIZE, PAGE_SIZE } from './constants.js';
import { nextFit } from './free-runs.js';
import { hintsAfterAlloc, hintsAfterFree, learnSkipped } from './hint-updates.js';
import type { HintedMap } from './hinted-map.js';
import { type HintRules, Hints } from './hints.js';
import { findZeroArea, firstOf } from './zero-area.js';

/** The allocator's count of empty populated pages: over all chunks but the reserved one and isolated ones. */
export interface PageCount {
  emptyPopPages: number;
}

export type ChunkRole = 'reserved' | 'first' | 'dynamic';

export interface ChunkSpec {
  /** Number in order of creation; the reserved and the first chunk share 0, since they share their memory. */
  readonly index: number;
  readonly role: ChunkRole;
  /** Bytes from the start of a unit to the page on which this chunk's maps begin. */
  readonly base: number;
  /** Bytes that can be allocated, and bytes of the first page before them, which belong to somebody else. */
  readonly size: number;
  readonly startOffset: number;
  readonly rules: HintRules;
  readonly pages: PageCount;
}

/**
 * One chunk: a unit for every CPU, of which this keeps the books (struct pcpu_chunk). An allocation is the same stretch of
 * every unit, so one map serves all. Maps have one element for each bit; bit i stands for the bytes [4i, 4i + 4) from `base` on.
 *
 *     alloc   .  .  1  1  1  1  .  .        an allocation of 16 bytes at offset 8
 *     bound   .  .  1  .  .  .  1  .  .     its first bit, and the bit past its end
 *
 * `bound` is written on allocation only: in free areas it means nothing, and it is how a free learns the size.
 */
export class Chunk implements HintedMap {
  readonly index: number;
  readonly role: ChunkRole;
  readonly base: number;
  readonly startOffset: number;
  readonly endOffset: number;
  readonly bits: number;
  readonly alloc: Uint8Array;
  readonly bound: Uint8Array;
  readonly blocks: readonly Hints[];
  /** Hints over the whole chunk (chunk_md). */
  readonly hints: Hints;
  /** One element for each page: whether it has memory of its own. */
  readonly populated: Uint8Array;
  nrPopulated = 0;
  emptyPopPages = 0;
  freeBytes: number;
  /** Taken out of use, so that its empty pages can be given back. */
  isolated = false;
  nrAlloc = 0;
  maxAllocSize = 0;
  readonly #pages: PageCount;

  constructor(spec: ChunkSpec) {
    this.index = spec.index;
    this.role = spec.role;
    this.base = spec.base;
    this.startOffset = spec.startOffset;
    const pages = Math.ceil((spec.startOffset + spec.size) / PAGE_SIZE);
    this.endOffset = pages * PAGE_SIZE - spec.startOffset - spec.size;
    this.bits = pages * BLOCK_BITS;
    this.alloc = new Uint8Array(this.bits);
    this.bound = new Uint8Array(this.bits + 1);
    this.blocks = Array.from({ length: pages }, () => new Hints(BLOCK_BITS, spec.rules));
    this.hints = new Hints(this.bits, spec.rules);
    this.populated = new Uint8Array(pages);
    this.freeBytes = spec.size;
    this.#pages = spec.pages;
    if (this.immutable) this.#serveFirst();
  }

  /** Parts of the first chunk: populated for good. */
  get immutable(): boolean {
    return this.role !== 'dynamic';
  }

  get nrPages(): number {
    return this.populated.length;
  }

  /** Pre-set bits hide what lies around a part of the first chunk (pcpu_alloc_first_chunk). */
  #serveFirst(): void {
    this.populate(0, this.nrPages);
    const hide = (at: number, bits: number): void => {
      if (bits === 0) return;
      this.#mark(at, bits);
      if (at === 0) this.hints.firstFree = bits;
      hintsAfterAlloc(this, at, bits);
    };
    const end = this.endOffset / MIN_ALLOC_SIZE;
    hide(0, this.startOffset / MIN_ALLOC_SIZE);
    hide(this.bits - end, end);
  }

  #mark(at: number, bits: number): void {
    this.alloc.fill(1, at, at + bits);
    this.bound[at] = 1;
    this.bound.fill(0, at + 1, at + bits);
    this.bound[at + bits] = 1;
  }

  /** Counts empty populated pages, here and for the allocator (pcpu_update_empty_pages). */
  countEmpty(pages: number): void {
    this.emptyPopPages += pages;
    if (this.role !== 'reserved' && !this.isolated) this.#pages.emptyPopPages += pages;
  }

  /** Counts this chunk's empty pages out of the allocator's, or in again. */
  setIsolated(isolated: boolean): void {
    if (this.isolated === isolated) return;
    this.isolated = isolated;
    this.#pages.emptyPopPages += isolated ? -this.emptyPopPages : this.emptyPopPages;
  }

  /** The pages [from, to), all empty as far as counting goes: what was counted out on allocation comes back. */
  populate(from: number, to: number): void {
    this.populated.fill(1, from, to);
    this.nrPopulated += to - from;
    this.countEmpty(to - from);
  }

  depopulate(from: number, to: number): void {
    this.populated.fill(0, from, to);
    this.nrPopulated -= to - from;
    this.countEmpty(from - to);
  }

  /** Stretches of pages in [from, to) that are populated (1) or not (0). */
  pageRuns(state: 0 | 1, from = 0, to = this.nrPages): { readonly from: number; readonly to: number }[] {
    const runs: { from: number; to: number }[] = [];
    for (let page = from; page < to; page += 1) {
      if (this.populated[page] !== state) continue;
      const last = runs.at(-1);
      if (last?.to === page) last.to = page + 1;
      else runs.push({ from: page, to: page + 1 });
    }
    return runs;
  }

  /** The bit after the first stretch without memory in a run, or undefined if all of it is populated. */
  #afterUnpopulated(at: number, bits: number): number | undefined {
    const end = Math.ceil((at + bits) / BLOCK_BITS);
    const [hole] = this.pageRuns(0, Math.floor(at / BLOCK_BITS), end);
    return hole === undefined ? undefined : hole.to * BLOCK_BITS;
  }

  /**
   * Where to begin looking for a request that certainly fits, or undefined (pcpu_find_block_fit). A chunk whose largest run
   * cannot take it is skipped, though a smaller one with better alignment might.
   */
  findFit(bits: number, align: number, populatedOnly: boolean): number | undefined {
    if (!this.hints.fits(bits, align)) return undefined;
    let from = this.hints.scanFrom(bits);
    for (;;) {
      const run = nextFit(this, bits, align, from);
      if (run === undefined || !populatedOnly) return run?.at;
      const next = this.#afterUnpopulated(run.at, run.bits);
      if (next === undefined) return run.at;
      from = next;
    }
  }

  /** Takes a run; `from` comes from `findFit`. Returns its first bit (pcpu_alloc_area). */
  take(bits: number, align: number, from: number): number | undefined {
    const end = Math.min(from + bits + BLOCK_BITS, this.bits);
    const area = findZeroArea(this.alloc, end, from, bits, align);
    if (area.at === undefined) return undefined;
    if (area.skippedBits > 0) learnSkipped(this, area.skippedAt, area.skippedBits);
    this.#mark(area.at, bits);
    this.freeBytes -= bits * MIN_ALLOC_SIZE;
    if (area.at === this.hints.firstFree) this.hints.firstFree = this.firstZero(area.at + bits, this.bits);
    hintsAfterAlloc(this, area.at, bits);
    return area.at;
  }

  /** Whether an allocation begins at this bit. */
  isStart(at: number): boolean {
    return this.alloc[at] === 1 && this.bound[at] === 1;
  }

  /** Gives back the allocation that begins at a bit; returns its bits (pcpu_free_area). */
  release(at: number): number {
    const end = this.bound.indexOf(1, at + 1);
    const bits = end - at;
    this.alloc.fill(0, at, end);
    this.freeBytes += bits * MIN_ALLOC_SIZE;
    this.hints.firstFree = Math.min(this.hints.firstFree, at);
    hintsAfterFree(this, at, bits);
    return bits;
  }

  /** The first free bit from `at` on, at most `end`. */
  firstZero(at: number, end: number): number {
    return firstOf(this.alloc, 0, at, end);
  }

  /** The first taken bit from `at` on, at most `end`. */
  firstOne(at: number, end: number): number {
    return firstOf(this.alloc, 1, at, end);
  }

  /** The bit after the last taken one in [from, at); `from` if there is none. */
  afterLastOne(from: number, at: number): number {
    return from + this.alloc.subarray(from, at).lastIndexOf(1) + 1;
  }
}
