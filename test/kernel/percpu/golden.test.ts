import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { modelOf, PAGE_SIZE } from '../../../src/kernel/model.js';
import { PercpuAllocator } from '../../../src/kernel/percpu/allocator.js';
import { balance } from '../../../src/kernel/percpu/balance.js';
import type { HintRules } from '../../../src/kernel/percpu/hints.js';
import { recordingsNamed } from '../../support/shared.js';

/**
 * Replays the trace events of real kernels' per-CPU allocations (percpu-*.json). Chunk 0 existed before tracing began, so
 * its state is never fully known: what the kernel allocated there is taken from the trace, and how many empty pages it had from
 * when chunks came. For everything else the allocator must choose the recorded chunk among those whose creation is in the trace,
 * and the recorded offset. Between two phases nothing was recorded.
 */
interface TraceEvent {
  readonly ev: 'alloc_percpu' | 'free_percpu' | 'create_chunk' | 'destroy_chunk';
  readonly chunk: number;
  readonly off?: number;
  readonly size?: number;
  readonly align?: number;
  readonly is_atomic?: number;
  readonly reserved?: number;
  readonly call_site?: string;
}

interface Recording {
  readonly kernel: { readonly release: string; readonly machine: string };
  readonly phases: readonly { readonly phase: string; readonly events: readonly TraceEvent[] }[];
}

/** A chunk that came or went, and after how many allocations and frees it did. */
interface Happening {
  readonly what: 'create_chunk' | 'destroy_chunk';
  readonly chunk: number;
  readonly after: number;
}

/**
 * Chunks are made and destroyed by a work queue. Where a kernel's ran later than right after the call that scheduled it,
 * it is named here, with the number of allocations and frees in between. Of a kernel that is not listed, what was late is
 * printed.
 */
const LATE: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  '7.3.4+deb13-cloud-arm64': { 'create_chunk 1': 6 },
  '6.12.95+deb12-cloud-amd64': {},
};

const end = (e: TraceEvent): number => e.off! + e.size!;

/**
 * Bytes of a unit. Where several chunks are known, one was filled before the next was used. amd64 gives memory out by
 * 2 MiB, which one CPU has for itself.
 */
function unitSize(recording: Recording, events: readonly TraceEvent[]): number {
  const known = events.filter((e) => e.ev === 'alloc_percpu' && e.chunk > 0);
  const used = Math.ceil(Math.max(...known.map(end)) / PAGE_SIZE) * PAGE_SIZE;
  return recording.kernel.machine === 'x86_64' ? 2 << 20 : used;
}

/**
 * The events, and frees that are not among them: what is given out again must have been freed before, between the phase that
 * gave it out and the one that does so again, or earlier. They come where the last such phase begins.
 */
function withLostFrees({ phases }: Recording): TraceEvent[] {
  const lost = phases.map((): TraceEvent[] => []);
  const live: {
    readonly chunk: number;
    readonly from: number;
    readonly to: number;
    readonly phase: number;
  }[] = [];
  phases.forEach(({ events }, phase) => {
    for (const e of events) {
      const gone = live.filter((a) =>
        e.ev === 'free_percpu'
          ? a.chunk === e.chunk && a.from === e.off
          : e.ev === 'alloc_percpu' && a.chunk === e.chunk && a.from < end(e) && e.off! < a.to,
      );
      for (const a of gone) live.splice(live.indexOf(a), 1);
      if (e.ev !== 'alloc_percpu') continue;
      for (const { chunk, from, phase: given } of gone) {
        expect(given, `chunk ${chunk} at ${from} is given out twice in a phase`).toBeLessThan(phase);
        lost[phase]!.push({ ev: 'free_percpu', chunk, off: from });
      }
      live.push({ chunk: e.chunk, from: e.off!, to: end(e), phase });
    }
  });
  return phases.flatMap(({ events }, i) => [...lost[i]!, ...events]);
}

interface Replayed {
  readonly allocations: readonly { readonly expected: string; readonly found: string }[];
  readonly recorded: readonly Happening[];
  readonly ours: readonly Happening[];
}

/**
 * A work queue may be late, never early: of the numbers of pages that may have been taken in chunk 0 before tracing began,
 * the least with which no chunk is made or destroyed before the kernel would have asked for it.
 */
function replay(recording: Recording, hints: HintRules): Replayed {
  const events = withLostFrees(recording);
  const counts = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((taken) => replayWith(recording, events, hints, taken));
  const isEarly = ({ recorded, ours }: Replayed): boolean =>
    recorded.length !== ours.length || ours.some((h, i) => h.after > recorded[i]!.after);
  return counts.find((r) => !isEarly(r)) ?? counts[0]!;
}

function replayWith(
  recording: Recording,
  events: readonly TraceEvent[],
  hints: HintRules,
  taken: number,
): Replayed {
  const unit = unitSize(recording, events);
  const recorded: Happening[] = [];
  const ours: Happening[] = [];
  let after = 0;
  const allocator = new PercpuAllocator(
    // The allocator's own first chunk is one page, and full: what stands for the kernel's are the lines about chunk 0.
    { staticSize: unit - PAGE_SIZE, reservedSize: 0, dynSize: PAGE_SIZE, unitSize: unit },
    {
      hints,
      backing: {
        createChunk: (c) => ours.push({ what: 'create_chunk', chunk: c.index, after }) > 0,
        destroyChunk: (c) => void ours.push({ what: 'destroy_chunk', chunk: c.index, after }),
      },
    },
  );
  allocator.allocate(PAGE_SIZE, 4);
  // Of chunk 0 it matters how many empty pages it still has: those above the highest allocation so far.
  const inFirst = events.filter((e) => e.ev === 'alloc_percpu' && e.chunk === 0);
  let emptyFrom = 0;
  allocator.emptyPopPages += Math.ceil(Math.max(...inFirst.map(end)) / PAGE_SIZE) - taken;
  allocator.balanceScheduled = false;

  const allocations: { expected: string; found: string }[] = [];
  events.forEach((e, i) => {
    if (e.ev === 'create_chunk' || e.ev === 'destroy_chunk') {
      recorded.push({ what: e.ev, chunk: e.chunk, after });
      return;
    }
    after += 1;
    if (e.ev === 'free_percpu') {
      if (e.chunk > 0) {
        const found = [...allocator.slots.all()].find(({ chunk }) => chunk.index === e.chunk);
        expect(
          found && allocator.free(found.chunk, e.off!),
          `free of ${e.off} in chunk ${e.chunk}`,
        ).toBeDefined();
      }
    } else if (e.chunk === 0) {
      const pages = Math.ceil(end(e) / PAGE_SIZE);
      if (pages > emptyFrom) {
        allocator.emptyPopPages -= pages - emptyFrom;
        emptyFrom = pages;
        if (allocator.emptyPopPages < 2) allocator.balanceScheduled = true;
      }
    } else {
      const made = allocator.allocate(e.size!, e.align!, {
        atomic: e.is_atomic === 1,
        reserved: e.reserved === 1,
      });
      const what = `${i}: ${e.size}:${e.align} ${e.call_site}`;
      allocations.push({
        expected: `${what} in chunk ${e.chunk} at ${e.off}`,
        found: `${what} ${made.ok ? `in chunk ${made.chunk.index} at ${made.offset}` : made.warning}`,
      });
    }
    // Frees come in bursts from softirq context; the work runs when the burst is over.
    const inBurst = e.ev === 'free_percpu' && events[i + 1]?.ev === 'free_percpu';
    if (allocator.balanceScheduled && !inBurst) balance(allocator);
  });
  return { allocations, recorded, ours };
}

/** A recording of a release that has no model is judged by the newest rules. */
const rulesOf = ({ kernel }: Recording): HintRules =>
  modelOf({ ...kernel, version: '' })?.percpuHints ?? 'mended';

const files = recordingsNamed(/^percpu-.*\.json$/);

describe.skipIf(files.length === 0)('recorded kernels', () => {
  test.each(files)('$file', ({ path }) => {
    const recording = JSON.parse(readFileSync(path, 'utf8')) as Recording;
    const { allocations, recorded, ours } = replay(recording, rulesOf(recording));
    expect(allocations.length).toBeGreaterThan(0);
    expect(allocations.filter((a) => a.found !== a.expected)).toEqual([]);
    const { release } = recording.kernel;
    const named = ours.map((h, i) => {
      const name = `${h.what} ${h.chunk}`;
      const late = LATE[release]?.[name] ?? 0;
      const lag = (recorded[i]?.after ?? 0) - h.after;
      if (LATE[release] !== undefined || lag <= 0) return { ...h, after: h.after + late };
      console.log(`${release}: ${name} came ${lag} allocations and frees after it was scheduled`);
      return { ...h, after: h.after + lag };
    });
    expect(named).toEqual(recorded);
  });
});
