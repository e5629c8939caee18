import { percpuRequests } from '../kernel/boot/programs.js';
import { PercpuAllocator } from '../kernel/percpu/allocator.js';
import { PAGE_SIZE } from '../kernel/percpu/constants.js';
import { bootLine, RECORDED_GEOMETRY } from '../kernel/percpu/geometry.js';
import { percpuStats } from '../kernel/percpu/stats.js';

/** What one way of allocating took. */
export interface Cost {
  readonly align: number;
  /** Bytes of a unit, over all chunks: allocated, and holes up to the last allocation. */
  readonly allocated: number;
  readonly holes: number;
  readonly chunks: number;
  /** Bytes of pages with memory behind them on all CPUs. */
  readonly memory: number;
}

export interface Comparison {
  readonly title: string;
  readonly costs: readonly Cost[];
}

/** What aligning the guard's word to 8 bytes instead of 4 costs so many programs on so many CPUs. */
export interface AlignmentComparison {
  readonly programs: number;
  readonly cpus: number;
  readonly bootLine: string;
  readonly comparisons: readonly Comparison[];
}

/** Most programs, so that a comparison ends while somebody is waiting. */
export const MOST_PROGRAMS = 100_000;

/** Bytes of the guard's word, and the alignments of the generic guard and of the series' first two versions. */
const ACTIVE_SIZE = 4;
const ALIGNMENTS = [4, 8] as const;

const sumOf = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

function cost(programs: number, cpus: number, align: number, withStats: boolean): Cost {
  const allocator = new PercpuAllocator(RECORDED_GEOMETRY);
  const { active, stats } = percpuRequests({ size: ACTIVE_SIZE, align });
  for (let i = 0; i < programs; i += 1) {
    allocator.allocate(active.size, active.align);
    if (withStats) allocator.allocate(stats.size, stats.align);
  }
  const { chunks, globalStats } = percpuStats(allocator);
  const pages = sumOf([...allocator.slots.all()].map(({ chunk }) => chunk.nrPopulated));
  return {
    align,
    allocated: programs * (ACTIVE_SIZE + (withStats ? stats.size : 0)),
    holes: sumOf(chunks.map(({ fields }) => fields['sum_frag'] ?? 0)),
    chunks: globalStats['nr_chunks'] ?? 0,
    memory: pages * PAGE_SIZE * cpus,
  };
}

export function compareAlignments(programs: number, cpus: number): AlignmentComparison {
  const compare = (title: string, withStats: boolean): Comparison => ({
    title,
    costs: ALIGNMENTS.map((align) => cost(programs, cpus, align, withStats)),
  });
  return {
    programs,
    cpus,
    bootLine: bootLine(RECORDED_GEOMETRY),
    comparisons: [
      compare('only the guards’ words', false),
      compare('each with its statistics (32 bytes, align 16), as loading a program allocates them', true),
    ],
  };
}
