import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PercpuAllocator } from '../../../src/kernel/percpu/allocator.js';
import { balance } from '../../../src/kernel/percpu/balance.js';
import type { Chunk } from '../../../src/kernel/percpu/chunk.js';
import { BLOCK_BITS, MIN_ALLOC_SIZE, PAGE_SIZE } from '../../../src/kernel/percpu/constants.js';
import { geometryFor } from '../../../src/kernel/percpu/geometry.js';
import type { Hints } from '../../../src/kernel/percpu/hints.js';
import { percpuStats } from '../../../src/kernel/percpu/stats.js';
import { same } from '../../support/same.js';

/** Whatever is allocated and freed, the maps are those of a plain list of allocations, and no hint promises what is not there. */
interface Live {
  readonly chunk: Chunk;
  readonly offset: number;
  readonly size: number;
}

type Step =
  | { readonly kind: 'alloc'; readonly size: number; readonly align: number; readonly atomic: boolean }
  | { readonly kind: 'free'; readonly which: number; readonly count: number }
  | { readonly kind: 'balance' };

const size = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 64 }) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 1200 }) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 20_000 }) },
);
const align = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 0, max: 5 }) },
  { weight: 1, arbitrary: fc.integer({ min: 6, max: 12 }) },
);
const stepArbitrary: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 11,
    arbitrary: fc.record({
      kind: fc.constant('alloc' as const),
      size,
      align: align.map((shift) => 1 << shift),
      atomic: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('free' as const),
      which: fc.nat(),
      count: fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.constant(20) }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'balance' as const }) },
);

/** Free runs of a stretch of a map, relative to its start. */
function freeRuns(map: Uint8Array, from: number, to: number): { start: number; end: number }[] {
  const runs: { start: number; end: number }[] = [];
  for (let i = from; i < to; i += 1) {
    if (map[i] === 1) continue;
    const last = runs.at(-1);
    if (last?.end === i - from) last.end += 1;
    else runs.push({ start: i - from, end: i - from + 1 });
  }
  return runs;
}

function checkHints(hints: Hints, runs: readonly { start: number; end: number }[]): void {
  const isFree = (start: number, bits: number): boolean =>
    bits === 0 || runs.some((r) => r.start <= start && start + bits <= r.end);
  same(isFree(hints.contigStart, hints.contig), true, 'the contig hint is free');
  same(isFree(hints.scanStart, hints.scan), true, 'the scan hint is free');
  same(hints.scan <= hints.contig, true, 'the scan hint is not larger');
  const first = runs[0]?.start ?? hints.bits;
  same(hints.firstFree <= first, true, 'nothing is free before the first free bit');
  if (hints.rules === 'mended') {
    same(hints.contig > 0, runs.length > 0, 'something is known to be free exactly if something is');
  }
}

function checkChunk(chunk: Chunk, live: readonly Live[]): void {
  const alloc = new Uint8Array(chunk.bits);
  alloc.fill(1, 0, chunk.startOffset / MIN_ALLOC_SIZE);
  alloc.fill(1, chunk.bits - chunk.endOffset / MIN_ALLOC_SIZE);
  for (const a of live) {
    const [from, to] = [a.offset / MIN_ALLOC_SIZE, (a.offset + a.size) / MIN_ALLOC_SIZE];
    const taken = alloc.indexOf(1, from);
    same(taken < 0 || taken >= to, true, 'no two allocations overlap');
    alloc.fill(1, from, to);
    same(chunk.bound[from] === 1 && chunk.bound[to] === 1, true, 'both bounds are set');
    same(chunk.bound.indexOf(1, from + 1), to, 'no bound inside');
  }
  same(Buffer.compare(chunk.alloc, alloc), 0, 'the map is the list');

  let empty = 0;
  chunk.blocks.forEach((block, i) => {
    const runs = freeRuns(alloc, i * BLOCK_BITS, (i + 1) * BLOCK_BITS);
    checkHints(block, runs);
    const [head, tail] = [runs[0], runs.at(-1)];
    const left = head?.start === 0 ? head.end : 0;
    const right = tail?.end === BLOCK_BITS ? BLOCK_BITS - tail.start : 0;
    same(block.leftFree, left, 'what is free at the left');
    // A scan hint at the very end that becomes the contig hint is not counted at the right, in the kernel neither.
    if (block.rightFree !== 0) same(block.rightFree, right, 'what is free at the right');
    if (left === BLOCK_BITS && chunk.populated[i] === 1) empty += 1;
  });
  const runs = freeRuns(alloc, 0, chunk.bits);
  checkHints(chunk.hints, runs);
  const free = runs.reduce((sum, r) => sum + r.end - r.start, 0);
  expect(chunk.freeBytes, 'free bytes').toBe(free * MIN_ALLOC_SIZE);
  expect(chunk.emptyPopPages, 'empty populated pages').toBe(empty);
  expect(chunk.nrAlloc).toBe(live.length);
}

function check(allocator: PercpuAllocator, live: readonly Live[]): void {
  const { slots } = allocator;
  let empty = 0;
  for (const { chunk, slot } of slots.all()) {
    checkChunk(
      chunk,
      live.filter((a) => a.chunk === chunk),
    );
    if (!chunk.isolated) empty += chunk.emptyPopPages;
    const allowed = chunk.isolated ? [slots.sidelined, slots.toDepopulate] : [0, slots.ofChunk(chunk)];
    expect(allowed, 'the slot is the hint’s, or that of chunks put aside').toContain(slot);
  }
  expect(allocator.emptyPopPages).toBe(empty);
  expect(percpuStats(allocator).globalStats['nr_cur_alloc']).toBe(live.length);
}

function run(steps: readonly Step[], staticSize: number, hints: 'old' | 'mended'): void {
  const allocator = new PercpuAllocator(geometryFor(staticSize), { hints });
  const live: Live[] = [];
  for (const step of steps) {
    switch (step.kind) {
      case 'alloc': {
        const made = allocator.allocate(step.size, step.align, { atomic: step.atomic });
        expect(made.ok || step.atomic, 'only atomic requests fail').toBe(true);
        if (!made.ok) break;
        expect((made.chunk.base + made.offset) % step.align).toBe(0);
        if (!step.atomic) {
          const [from, to] = [made.offset, made.offset + made.size].map((n) => n / PAGE_SIZE) as [
            number,
            number,
          ];
          expect(made.chunk.pageRuns(0, Math.floor(from), Math.ceil(to))).toEqual([]);
        }
        live.push(made);
        break;
      }
      case 'free':
        for (let i = 0; i < step.count && live.length > 0; i += 1) {
          const [gone] = live.splice((step.which + i * 7) % live.length, 1);
          expect(allocator.free(gone!.chunk, gone!.offset)).toBe(gone!.size);
        }
        break;
      case 'balance':
        balance(allocator);
        break;
      default:
        step satisfies never;
    }
    check(allocator, live);
  }
  for (const a of live) expect(allocator.free(a.chunk, a.offset)).toBe(a.size);
  check(allocator, []);
}

describe('whatever is allocated and freed', () => {
  const seed = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31);
  test.each(['old', 'mended'] as const)(`%s hints (seed ${seed})`, (hints) => {
    fc.assert(
      fc.property(
        fc.array(stepArbitrary, { minLength: 20, maxLength: 90, size: 'max' }),
        fc.integer({ min: 4, max: 9000 }),
        (steps, staticSize) => run(steps, staticSize, hints),
      ),
      { seed, numRuns: 40 },
    );
  });
});
