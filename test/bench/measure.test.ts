import { describe, expect, test } from 'vitest';
import { measureAll } from '../../src/bench/measure.js';
import type { Prepared } from '../../src/bench/prepare.js';
import { checkFits, orderOfRound, quickSeconds, timingPlanFor } from '../../src/bench/rounds.js';
import { LEAST_STEPS } from '../../src/bench/sample.js';

test('a round has every case under every guard once, the guards of a case together', () => {
  for (let round = 0; round < 7; round += 1) {
    const order = orderOfRound(round, 3, 4);
    expect(new Set(order.map((c) => `${c.bench}/${c.guard}`)).size).toBe(12);
    expect(order).toHaveLength(12);
    for (let i = 0; i < 12; i += 4) expect(new Set(order.slice(i, i + 4).map((c) => c.bench)).size).toBe(1);
  }
});

test('each guard comes first in a case equally often', () => {
  const firsts = Array.from({ length: 4 }, (_, round) => orderOfRound(round, 1, 4).map((c) => c.guard)).map(
    ([first]) => first,
  );
  expect(firsts.toSorted()).toEqual([0, 1, 2, 3]);
});

test('the time is divided into rounds', () => {
  for (const seconds of [0.01, 0.2, 1, 60]) {
    const { rounds, time } = timingPlanFor(seconds, { now: () => 0, step: 0, jumps: 0 });
    expect(rounds * time).toBeGreaterThanOrEqual(seconds * 1000 - 1e-9);
    expect(time).toBeGreaterThan(0);
  }
  // Measuring and warming up of a quick run, for all cases under four guards and for many guards.
  for (const cells of [1, 32, 80]) {
    const { rounds, time, warmup } = timingPlanFor(quickSeconds(cells), { now: () => 0, step: 0, jumps: 0 });
    expect(cells * (rounds * time + warmup)).toBeLessThan(10_000);
  }
});

/** What a reading of the clock takes, in milliseconds. */
const TICK = 1e-6;

/** A clock that stands still but for what is measured; every call of a case takes as long as it says. */
function fakes(costs: readonly (readonly number[])[], batch: number) {
  const clock = { ms: 0 };
  const calls = costs.map((row) => row.map(() => 0));
  const prepared = costs.map((row, b) =>
    row.map(
      (ns, g): Prepared => ({
        run: () => {
          calls[b]![g]! += 1;
          clock.ms += (ns * batch) / 1e6;
        },
        batch,
        insns: 1,
      }),
    ),
  );
  return { clock, calls, prepared, timer: { now: () => (clock.ms += TICK), step: TICK, jumps: 0 } };
}

test('measures by the clock it is given', async () => {
  const costs = [
    [10, 20],
    [300, 400],
  ];
  const { prepared, timer } = fakes(costs, 1000);
  const seen: string[] = [];
  const { samples, clockPart } = await measureAll(
    prepared,
    { rounds: 3, time: 1, warmup: 1 },
    timer,
    (done, all, cell) => seen.push(`${done}/${all} ${cell.bench}${cell.guard}`),
  );
  expect(clockPart).toBeLessThanOrEqual(1 / LEAST_STEPS);
  expect(samples.map((row) => row.map((rounds) => rounds.length))).toEqual([
    [3, 3],
    [3, 3],
  ]);
  for (const [b, row] of samples.entries())
    for (const [g, rounds] of row.entries())
      for (const ns of rounds) expect(ns / costs[b]![g]!).toBeCloseTo(1, 2);
  expect(seen[0]).toBe('0/12 00');
  expect(seen).toHaveLength(12);
});

test('warms up once, and stops when time is up, but not before three rounds', async () => {
  const { prepared, timer, clock } = fakes([[1000]], 1000);
  const { samples } = await measureAll(prepared, { rounds: 50, time: 5, warmup: 20, until: 40 }, timer);
  expect(samples[0]![0]).toHaveLength(Math.ceil((40 - 20) / 5));
  expect(clock.ms).toBeLessThan(60);
  const late = fakes([[1000]], 1000);
  const few = await measureAll(late.prepared, { rounds: 50, time: 5, warmup: 20, until: 0 }, late.timer);
  expect(few.samples[0]![0]).toHaveLength(3);
});

describe('a coarse clock', () => {
  const timer = (step: number) => ({ now: () => 0, step, jumps: 0 });

  test.each([0.005, 0.1, 1, 5])('that steps %d ms makes rounds that span a hundred steps', (step) => {
    for (const seconds of [0.01, quickSeconds(32), 1, 60]) {
      const { rounds, time } = timingPlanFor(seconds, timer(step));
      expect(time).toBeGreaterThanOrEqual(LEAST_STEPS * step);
      expect(rounds).toBeGreaterThanOrEqual(3);
    }
  });

  test('ends a quick run that would take minutes, and says why', () => {
    const quick = { ...timingPlanFor(quickSeconds(32), timer(100)), until: 13_000 };
    expect(() => checkFits(quick, 32, timer(100))).toThrow(
      /B0623: nothing can be measured: the clock steps 100 ms and a figure takes 100 steps, so that 32 of them, 3 times each, take 960 s/,
    );
  });

  test.each([0, 0.1, 1, 2])('that steps %d ms is fine enough for a quick run', (step) => {
    checkFits({ ...timingPlanFor(quickSeconds(32), timer(step)), until: 13_000 }, 32, timer(step));
  });
});
