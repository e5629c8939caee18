import type { Chunk, PageCount } from './chunk.js';
import { BLOCK_BITS, EMPTY_POP_PAGES_HIGH, PAGE_SIZE } from './constants.js';
import type { Geometry } from './geometry.js';
import type { ChunkSlots } from './slots.js';

/** What balance work looks at, and does: the allocator, without its requests. */
export interface Balanced extends PageCount {
  readonly geometry: Geometry;
  readonly slots: ChunkSlots;
  /** Whether the kernel would have scheduled the work. */
  balanceScheduled: boolean;
  /** An atomic request has failed since the last balance work. */
  atomicFailed: boolean;
  readonly backing: { readonly destroyChunk?: (chunk: Chunk) => void };
  readonly totals: { nrChunks: number };
  createChunk(): Chunk | undefined;
  populate(chunk: Chunk, from: number, to: number): boolean;
}

/**
 * Whether a chunk in which something was just freed should give its empty pages back: it is out of use already, or a
 * quarter of it is empty while the others have enough empty pages (pcpu_should_reclaim_chunk).
 */
export function isReclaimable(allocator: PageCount, chunk: Chunk): boolean {
  if (chunk.immutable) return false;
  const own = chunk.emptyPopPages;
  if (chunk.isolated) return own > 0;
  const othersHaveEnough = allocator.emptyPopPages > EMPTY_POP_PAGES_HIGH + own;
  return othersHaveEnough && own >= Math.floor(chunk.nrPages / 4);
}

/** Gives a wholly free chunk back (pcpu_destroy_chunk). */
function destroyChunk({ slots, totals, backing }: Balanced, chunk: Chunk): void {
  for (const { from, to } of chunk.pageRuns(1)) chunk.depopulate(from, to);
  slots.remove(chunk);
  totals.nrChunks -= 1;
  backing.destroyChunk?.(chunk);
}

/** Destroys all wholly free chunks but the first of them; with `emptyOnly` only those without pages. */
function freeChunks(allocator: Balanced, emptyOnly: boolean): void {
  const [, ...others] = allocator.slots.lists[allocator.slots.free]!;
  for (const chunk of others) {
    if (!emptyOnly || chunk.emptyPopPages === 0) destroyChunk(allocator, chunk);
  }
}

const isEmptyPage = (chunk: Chunk, page: number): boolean =>
  chunk.populated[page] === 1 && chunk.blocks[page]!.contig === BLOCK_BITS;

/** Gives back empty pages from the end of a chunk; true if that had to stop because pages run short. */
function depopulate(allocator: Balanced, chunk: Chunk): boolean {
  let end = chunk.nrPages;
  while (end > 0) {
    if (chunk.emptyPopPages === 0) return false;
    if (allocator.emptyPopPages < EMPTY_POP_PAGES_HIGH) return true;
    let start = end;
    while (start > 0 && isEmptyPage(chunk, start - 1)) start -= 1;
    if (start < end) chunk.depopulate(start, end);
    end = start - 1;
  }
  return false;
}

/** Goes through the chunks that are to give pages back; they are put aside, or used again (pcpu_reclaim_populated). */
function reclaim(allocator: Balanced): void {
  const { slots } = allocator;
  const list = slots.lists[slots.toDepopulate]!;
  for (let chunk = list[0]; chunk !== undefined; chunk = list[0]) {
    const short = depopulate(allocator, chunk);
    if (short || chunk.freeBytes === allocator.geometry.unitSize) slots.reintegrate(chunk);
    else slots.move(chunk, slots.sidelined, 'tail');
  }
}

/** Populates pages of the fullest chunks until there are enough empty ones for atomic requests. */
function populate(allocator: Balanced): void {
  for (;;) {
    const missing = Math.min(
      Math.max(EMPTY_POP_PAGES_HIGH - allocator.emptyPopPages, 0),
      EMPTY_POP_PAGES_HIGH,
    );
    const wanted = allocator.atomicFailed ? EMPTY_POP_PAGES_HIGH : missing;
    allocator.atomicFailed = false;
    if (populateUpTo(allocator, wanted) === 0) return;
    if (allocator.createChunk() === undefined) return;
  }
}

/** Returns how many of the wanted pages no chunk had to give. */
function populateUpTo(allocator: Balanced, wanted: number): number {
  const { slots } = allocator;
  let left = wanted;
  for (let slot = slots.ofSize(PAGE_SIZE); slot <= slots.free && left > 0; slot += 1) {
    const chunk = slots.lists[slot]!.find((c) => c.nrPopulated < c.nrPages);
    for (const { from, to } of chunk?.pageRuns(0) ?? []) {
      const n = Math.min(to - from, left);
      if (!allocator.populate(chunk!, from, from + n)) return 0;
      left -= n;
      if (left === 0) break;
    }
  }
  return left;
}

/** The work of pcpu_balance_workfn, whether it was scheduled or not. */
export function balance(allocator: Balanced): void {
  allocator.balanceScheduled = false;
  freeChunks(allocator, false);
  reclaim(allocator);
  populate(allocator);
  freeChunks(allocator, true);
}
