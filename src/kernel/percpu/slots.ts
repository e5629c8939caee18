import type { Chunk } from './chunk.js';
import { MIN_ALLOC_SIZE } from './constants.js';

const SLOT_BASE_SHIFT = 5;

/** Slot by size alone: one for every power of two of bytes (__pcpu_size_to_slot). */
const sizeSlot = (bytes: number): number => Math.max(32 - Math.clz32(bytes) - SLOT_BASE_SHIFT + 2, 1);

/**
 * Lists of chunks by the largest run they know of. A request is tried in its own slot and those above, so in the fullest
 * chunk that may hold it; slot 0 holds what nothing fits into and is never searched. Above the slots by size lie, in this
 * order, the chunks put aside after their pages were given back, the wholly free ones, and those whose pages are to go.
 */
export class ChunkSlots {
  readonly unitSize: number;
  readonly sidelined: number;
  readonly free: number;
  readonly toDepopulate: number;
  readonly lists: readonly Chunk[][];
  readonly #slotOf = new Map<Chunk, number>();

  constructor(unitSize: number) {
    this.unitSize = unitSize;
    this.sidelined = sizeSlot(unitSize) + 1;
    this.free = this.sidelined + 1;
    this.toDepopulate = this.free + 1;
    this.lists = Array.from({ length: this.toDepopulate + 1 }, () => []);
  }

  /** The slot where the search for so many bytes begins (pcpu_size_to_slot). */
  ofSize(bytes: number): number {
    return bytes === this.unitSize ? this.free : sizeSlot(bytes);
  }

  /** The slot a chunk belongs to by its hint (pcpu_chunk_slot). */
  ofChunk(chunk: Chunk): number {
    if (chunk.freeBytes < MIN_ALLOC_SIZE || chunk.hints.contig === 0) return 0;
    return this.ofSize(chunk.hints.contig * MIN_ALLOC_SIZE);
  }

  /** The slot a chunk is in; undefined for the reserved chunk and for destroyed ones. */
  where(chunk: Chunk): number | undefined {
    return this.#slotOf.get(chunk);
  }

  move(chunk: Chunk, slot: number, end: 'front' | 'tail'): void {
    if (chunk.role === 'reserved') return;
    this.remove(chunk);
    const list = this.lists[slot]!;
    if (end === 'front') list.unshift(chunk);
    else list.push(chunk);
    this.#slotOf.set(chunk, slot);
  }

  remove(chunk: Chunk): void {
    const slot = this.#slotOf.get(chunk);
    if (slot === undefined) return;
    const list = this.lists[slot]!;
    list.splice(list.indexOf(chunk), 1);
    this.#slotOf.delete(chunk);
  }

  /** Moves a chunk whose hint has changed: up to the front of its slot, down to the tail (pcpu_chunk_relocate). */
  relocate(chunk: Chunk, before: number): void {
    const slot = this.ofChunk(chunk);
    if (!chunk.isolated && slot !== before) this.move(chunk, slot, before < slot ? 'front' : 'tail');
  }

  /** Out of use until its empty pages have been given back (pcpu_isolate_chunk). */
  isolate(chunk: Chunk): void {
    chunk.setIsolated(true);
    this.move(chunk, this.toDepopulate, 'front');
  }

  /** Back to where its hint puts it (pcpu_reintegrate_chunk). */
  reintegrate(chunk: Chunk): void {
    if (!chunk.isolated) return;
    chunk.setIsolated(false);
    this.relocate(chunk, -1);
  }

  /** Every chunk with its slot, as percpu_stats lists them: slot by slot. */
  *all(): Generator<{ readonly chunk: Chunk; readonly slot: number }> {
    for (const [slot, list] of this.lists.entries()) for (const chunk of list) yield { chunk, slot };
  }
}
