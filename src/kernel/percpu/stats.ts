import type { PercpuAllocator } from './allocator.js';
import type { Chunk } from './chunk.js';
import { MIN_ALLOC_SIZE, PAGE_SIZE } from './constants.js';

/** Numbers by the labels the kernel prints. */
export type Fields = Readonly<Record<string, number>>;

type ChunkTitle =
  | 'Chunk: <- Reserved Chunk'
  | 'Chunk: <- First Chunk'
  | 'Chunk (sidelined):'
  | 'Chunk (to_depopulate)'
  | 'Chunk:';

interface ChunkStats {
  readonly title: ChunkTitle;
  readonly chunk: Chunk;
  readonly fields: Fields;
}

/** What /sys/kernel/debug/percpu_stats says (mm/percpu-stats.c), chunks in its order: reserved, then slot by slot. */
export interface PercpuStats {
  readonly allocationInfo: Fields;
  readonly globalStats: Fields;
  readonly chunks: readonly ChunkStats[];
}

/** Bytes of the allocations and of the holes between them, up to the last allocation. */
function areasOf(chunk: Chunk): { allocations: number[]; holes: number[] } {
  const allocations: number[] = [];
  const holes: number[] = [];
  const end = chunk.afterLastOne(0, chunk.bits - chunk.endOffset / MIN_ALLOC_SIZE);
  let at = chunk.startOffset / MIN_ALLOC_SIZE;
  while (at < end) {
    const taken = chunk.alloc[at] === 1;
    const to = taken ? chunk.bound.indexOf(1, at + 1) : chunk.firstOne(at, end);
    (taken ? allocations : holes).push((to - at) * MIN_ALLOC_SIZE);
    at = to;
  }
  return { allocations, holes };
}

function chunkFields(chunk: Chunk): Fields {
  const { allocations, holes } = areasOf(chunk);
  allocations.sort((a, b) => a - b);
  // The kernel sorts holes, as negative numbers, before the allocations and takes the middle of the allocations.
  const middle = allocations[Math.floor((allocations.length - 1) / 2)];
  return {
    nr_alloc: chunk.nrAlloc,
    max_alloc_size: chunk.maxAllocSize,
    empty_pop_pages: chunk.emptyPopPages,
    first_bit: chunk.hints.firstFree,
    free_bytes: chunk.freeBytes,
    contig_bytes: chunk.hints.contig * MIN_ALLOC_SIZE,
    sum_frag: holes.reduce((a, b) => a + b, 0),
    max_frag: Math.max(0, ...holes),
    cur_min_alloc: allocations[0] ?? 0,
    cur_med_alloc: middle ?? 0,
    cur_max_alloc: allocations.at(-1) ?? 0,
  };
}

export function percpuStats(allocator: PercpuAllocator): PercpuStats {
  const { geometry, totals, slots } = allocator;
  const title = (chunk: Chunk, slot: number): ChunkTitle => {
    if (chunk === allocator.first) return 'Chunk: <- First Chunk';
    if (slot === slots.toDepopulate) return 'Chunk (to_depopulate)';
    return slot === slots.sidelined ? 'Chunk (sidelined):' : 'Chunk:';
  };
  const { reserved } = allocator;
  const listed = [...slots.all()].map(({ chunk, slot }) => ({ title: title(chunk, slot), chunk }));
  const all =
    reserved === undefined
      ? listed
      : [{ title: 'Chunk: <- Reserved Chunk', chunk: reserved } as const, ...listed];
  return {
    allocationInfo: {
      unit_size: geometry.unitSize,
      static_size: geometry.staticSize,
      reserved_size: geometry.reservedSize,
      dyn_size: geometry.dynSize,
      atom_size: PAGE_SIZE,
      alloc_size: geometry.unitSize,
    },
    globalStats: {
      nr_alloc: totals.nrAlloc,
      nr_dealloc: totals.nrDealloc,
      nr_cur_alloc: totals.nrCurAlloc,
      nr_max_alloc: totals.nrMaxAlloc,
      nr_chunks: totals.nrChunks,
      nr_max_chunks: totals.nrMaxChunks,
      min_alloc_size: totals.minAllocSize,
      max_alloc_size: totals.maxAllocSize,
      empty_pop_pages: allocator.emptyPopPages,
    },
    chunks: all.map(({ title: t, chunk }) => ({ title: t, chunk, fields: chunkFields(chunk) })),
  };
}
