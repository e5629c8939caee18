import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { duration, timerOf } from '../../src/bench/clock.js';
import { LEAST_STEPS, takeSample, warmUp } from '../../src/bench/sample.js';
import { estimate } from '../../src/bench/statistics.js';
import { FakeHost, randomOf } from '../support/clocks.js';

/** What clocks show, by what time it really is; all in milliseconds. */
const coarse = (step: number) => (t: number) => Math.floor(t / step) * step;

/** Every step comes up to half a step late, as in a browser that does not want its steps to be counted. */
function jittery(step: number): (t: number) => number {
  const late = (n: number): number => (randomOf(n)() * step) / 2;
  return (t) => {
    const n = Math.floor(t / step);
    return (t - n * step >= late(n) ? n : n - 1) * step;
  };
}

/** Every reading is wrong by up to so much. */
function noisy(by: number): (t: number) => number {
  const random = randomOf(7);
  return (t) => t + (random() - 0.5) * 2 * by;
}

/** Stands still for `ms` again and again, and then shows the right time. */
const stalling = (step: number, every: number, ms: number) => (t: number) =>
  coarse(step)(t - (t % every < ms ? t % every : 0));

const CLOCKS: readonly (readonly [string, (t: number) => number, low: number, high: number])[] = [
  ['is fine', (t) => t, 0.00004, 0.00006],
  ['steps 5 µs', coarse(0.005), 0.0049, 0.0051],
  ['steps 5 µs, with jitter', jittery(0.005), 0.0025, 0.01],
  ['steps 0.1 ms', coarse(0.1), 0.0999, 0.1001],
  ['steps 0.1 ms, with jitter', jittery(0.1), 0.05, 0.2],
  ['steps 1 ms', coarse(1), 0.999, 1.001],
  ['steps 16.7 ms', coarse(50 / 3), 16.6, 16.7],
  ['is wrong by up to 3 µs at every reading', noisy(0.003), 0.001, 0.007],
  ['stands still for 30 ms now and then', stalling(0.1, 200, 30), 0.0999, 0.1001],
  ['stands still for 30 ms most of the time', stalling(0.1, 31, 30), 0.0999, 30],
];

describe.each(CLOCKS)('a clock that %s', (_, shown, low, high) => {
  test('is known by its step', () => {
    const { step } = timerOf(new FakeHost(shown).now);
    expect(step).toBeGreaterThanOrEqual(low);
    expect(step).toBeLessThanOrEqual(high);
  });

  test.each([0.004, 0.04, 0.3, 2])('times calls of %d ms, by a hundred steps or more', (cost) => {
    const host = new FakeHost(shown);
    const timer = timerOf(host.now);
    const times = Array.from({ length: 9 }, () => {
      const seen = host.seen;
      const { calls, ms } = takeSample(() => host.pass(cost), timer);
      expect(ms).toBeGreaterThanOrEqual(LEAST_STEPS * timer.step);
      // Where a step is longer than a call, each was seen, whatever it stands for.
      if (timer.step > cost) expect(host.seen - seen).toBeGreaterThanOrEqual(LEAST_STEPS);
      return ms / calls;
    });
    // What reading the clock takes is in it too.
    const { median } = estimate(times);
    expect(median).toBeGreaterThan(cost * 0.97);
    expect(median).toBeLessThan((cost + FakeHost.READING) * 1.03);
  });
});

describe('a clock that cannot be used is refused', () => {
  test.each([
    ['stands still', () => 5],
    ['is not a clock', () => Number.NaN],
  ])('since it %s', (_, shown) => {
    expect(() => timerOf(shown)).toThrow(/B0623: nothing can be measured: the clock stands still/);
  });

  test('since it stops while it is used', () => {
    const host = new FakeHost((t) => Math.min(coarse(0.1)(t), 15));
    const timer = timerOf(host.now);
    expect(() => takeSample(() => host.pass(0.04), timer)).toThrow(/the clock stands still/);
  });

  test('since it goes backwards again and again', () => {
    const host = new FakeHost((t) => t - Math.floor(t / 5) * 4);
    const timer = timerOf(host.now);
    expect(() => takeSample(() => host.pass(0.3), { ...timer, step: 0.1 })).toThrow(
      /the clock goes backwards/,
    );
  });
});

test.each([
  [0.00006, '60 ns'],
  [0.005, '5 µs'],
  [0.1, '100 µs'],
  [50 / 3, '16.7 ms'],
  [2500, '2.5 s'],
])('%d ms in words', (ms, words) => {
  expect(duration(ms)).toBe(words);
});

test('a clock that goes backwards now and then is refused in the end', () => {
  const host = new FakeHost((t) => (t / 10) % 2);
  const timer = timerOf(host.now);
  expect(timer.step).toBeLessThan(0.01);
  expect(() => {
    for (let i = 0; i < 10_000; i += 1) takeSample(() => host.pass(0.04), timer);
  }).toThrow(/the clock goes backwards/);
});

test('one jump back costs one sample and no figure', () => {
  const host = new FakeHost((t) => coarse(0.1)(t < 12 ? t : t - 3600_000));
  const timer = timerOf(host.now);
  const { calls, ms } = takeSample(() => host.pass(0.04), timer);
  expect(ms / calls).toBeGreaterThan(0.039);
  expect(ms / calls).toBeLessThan(0.041);
});

test('a clock that jumps back while it is looked at is as coarse as that', () => {
  let n = 0;
  const { step } = timerOf(() => {
    n += 1;
    return n === 12 ? n / 1000 - 7 : n / 1000;
  });
  expect(step).toBeGreaterThan(6.9);
});

test('whatever the step and the calls, a sample is right to 2 %', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -5, max: 0, noNaN: true }),
      fc.double({ min: -3, max: 1, noNaN: true }),
      fc.integer({ min: 0, max: 1 << 30 }),
      (stepPower, costPower, seed) => {
        const [step, cost] = [10 ** stepPower, 10 ** costPower];
        const host = new FakeHost(coarse(step), randomOf(seed)() * step);
        const { calls, ms } = takeSample(() => host.pass(cost), timerOf(host.now));
        // A sample ends with the call in which the clock makes its last step.
        expect(ms / calls).toBeGreaterThan(cost * 0.98);
        expect(ms / calls).toBeLessThan((cost + FakeHost.READING) * 1.02);
      },
    ),
    { numRuns: 100 },
  );
});

test('warming up ends with a clock that starts again, wherever it begins', () => {
  for (let first = 0; first < 200; first += 1) {
    let n = first;
    const now = (): number => {
      n += 1;
      return (n % 200) / 10;
    };
    let calls = 0;
    const call = (): void => {
      calls += 1;
      if (calls > 10_000) throw new Error(`no end, begun at ${first}`);
    };
    warmUp(call, 20, { now, step: 0.1, jumps: 0 });
  }
});
