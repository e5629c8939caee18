/** Counters over all chunks (struct percpu_stats). */
export interface Totals {
  nrAlloc: number;
  nrDealloc: number;
  nrCurAlloc: number;
  nrMaxAlloc: number;
  nrChunks: number;
  nrMaxChunks: number;
  minAllocSize: number;
  maxAllocSize: number;
}

export function newTotals(unitSize: number): Totals {
  return {
    nrAlloc: 0,
    nrDealloc: 0,
    nrCurAlloc: 0,
    nrMaxAlloc: 0,
    nrChunks: 0,
    nrMaxChunks: 0,
    minAllocSize: unitSize,
    maxAllocSize: 0,
  };
}
