import fc from 'fast-check';
import { expect, test } from 'vitest';
import { areDistinct, difference, estimate, ratio } from '../../../src/lab/bench/statistics.js';

test('the median, and half the distance of the quarters', () => {
  expect(estimate([5, 1, 4, 2, 3])).toEqual({ median: 3, spread: 1 });
  expect(estimate([1, 2])).toEqual({ median: 1.5, spread: 0.25 });
  expect(estimate([7])).toEqual({ median: 7, spread: 0 });
  expect(estimate([]).median).toBeNaN();
});

test('one disturbed round moves neither', () => {
  expect(estimate([10, 10, 10, 10, 10_000])).toEqual({ median: 10, spread: 0 });
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
  // Two of ten rounds were disturbed, so that they disagree; the ranks do not.
  const disturbed = [43, 43, 43, 43, 43, 43, 43, 43, 43, 43];
  const torn = [31, 31, 90, 31, 31, 31, 90, 31, 31, 31];
  expect(areDistinct(disturbed, torn, 0.02)).toBe(true);
  // Three rounds are too few, however clear they are.
  expect(areDistinct([200, 200, 200], [100, 100, 100], 0)).toBe(false);
});

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
