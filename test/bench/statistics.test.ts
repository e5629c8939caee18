import fc from 'fast-check';
import { expect, test } from 'vitest';
import { areDistinct, difference, estimate, intervalOf, ratio } from '../../src/bench/statistics.js';
import { randomOf } from '../support/clocks.js';

test('the median, and half the distance of the quarters', () => {
  expect(estimate([5, 1, 4, 2, 3])).toEqual({ median: 3, spread: 1 });
  expect(estimate([1, 2])).toEqual({ median: 1.5, spread: 0.25 });
  expect(estimate([7])).toEqual({ median: 7, spread: 0 });
  expect(estimate([]).median).toBeNaN();
});

test('one disturbed round moves neither', () => {
  expect(estimate([10, 10, 10, 10, 10_000])).toEqual({ median: 10, spread: 0 });
});

test('where the median lies: between rounds by their rank', () => {
  const rounds = (n: number): number[] => Array.from({ length: n }, (_, i) => ((i * 7) % n) + 1);
  // By the binomial distribution: chances that at most so many of 9 and of 25 fair coins fall on one side.
  expect(intervalOf(rounds(9))).toEqual({
    low: 2,
    high: 8,
    confidence: expect.closeTo(1 - (2 * 10) / 512, 9),
  });
  expect(intervalOf(rounds(25))).toEqual({ low: 8, high: 18, confidence: expect.closeTo(0.9567, 4) });
  expect(intervalOf(rounds(6))).toEqual({ low: 1, high: 6, confidence: expect.closeTo(1 - 2 / 64, 9) });
  // Too few.
  expect(intervalOf(rounds(3))).toEqual({ low: 1, high: 3, confidence: 0.75 });
  expect(intervalOf([7])).toEqual({ low: 7, high: 7, confidence: 0 });
});

test('and it holds the median as often as it says', () => {
  fc.assert(
    fc.property(fc.integer({ min: 3, max: 25 }), fc.nat(), (n, seed) => {
      const random = randomOf(seed);
      let held = 0;
      let promised = 0;
      for (let i = 0; i < 400; i += 1) {
        // Of a skew distribution with median 1/4.
        const { low, high, confidence } = intervalOf(Array.from({ length: n }, () => random() ** 2));
        if (low <= 0.25 && 0.25 <= high) held += 1;
        promised = confidence;
      }
      expect(held / 400).toBeGreaterThan(promised - 5 * Math.sqrt((promised * (1 - promised)) / 400) - 0.005);
    }),
    { numRuns: 40 },
  );
});

test('differences and ratios are those of each round', () => {
  // Both are disturbed alike; the difference is not.
  const [slow, fast] = [
    [12, 52, 13],
    [10, 50, 11],
  ];
  expect(difference(slow!, fast!)).toEqual({ median: 2, spread: 0 });
  expect(ratio([20, 30, 40], [10, 15, 20])).toEqual({ median: 2, spread: 0 });
});

test('two are told apart where the rounds agree and the difference is above the floor', () => {
  const base = [100, 101, 99, 100, 102, 98, 100, 100, 101];
  const slower = base.map((x) => x + 5);
  expect(areDistinct(slower, base, 0)).toBe(true);
  expect(areDistinct(base, slower, 0.03)).toBe(true);
  expect(areDistinct(slower, base, 0.06)).toBe(false);
  // Rounds that disagree: slower in five of nine.
  const mixed = base.map((x, i) => (i % 2 === 0 ? x + 5 : x - 5));
  expect(areDistinct(mixed, base, 0)).toBe(false);
  expect(areDistinct(base, base, 0)).toBe(false);
  // A fifth of the rounds were disturbed, so that they disagree. Of fifteen the ranks are sure all the same, of ten not.
  const torn = [31, 31, 90, 31, 31];
  const clear = [43, 44, 43, 42, 43];
  expect(areDistinct([...clear, ...clear, ...clear], [...torn, ...torn, ...torn], 0.02)).toBe(true);
  expect(areDistinct([...clear, ...clear], [...torn, ...torn], 0.02)).toBe(false);
  // Three rounds are too few, however clear they are.
  expect(areDistinct([200, 200, 200], [100, 100, 100], 0)).toBe(false);
});

test.each([6, 7, 10, 15, 20, 25])(
  'equals are called different in fewer than 5 of 100 runs of %i rounds',
  (rounds) => {
    let state = 20_261_125;
    const random = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    };
    const draw = () => Array.from({ length: rounds }, random);
    const runs = 4000;
    let different = 0;
    for (let i = 0; i < runs; i++) different += areDistinct(draw(), draw(), 0) ? 1 : 0;
    expect(different).toBeLessThan(runs * 0.05);
    expect(different).toBeGreaterThan(0);
  },
);

test('the same numbers in another order give the same', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 }), (numbers) => {
      const { median, spread } = estimate(numbers);
      expect(estimate(numbers.toReversed())).toEqual({ median, spread });
      expect(median).toBeGreaterThanOrEqual(Math.min(...numbers));
      expect(median).toBeLessThanOrEqual(Math.max(...numbers));
      expect(spread).toBeGreaterThanOrEqual(0);
    }),
  );
});
