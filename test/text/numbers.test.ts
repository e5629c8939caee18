import fc from 'fast-check';
import { expect, test } from 'vitest';
import { grouped } from '../../src/text/numbers.js';

test('whole numbers are written as `toLocaleString` writes them', () => {
  const near = fc.integer({ min: 0, max: 15 }).map((n) => 10 ** n - 1);
  const whole = fc.oneof(near, fc.nat(), fc.maxSafeInteger().map(Math.abs));
  fc.assert(fc.property(whole, (n) => void expect(grouped(n)).toBe(n.toLocaleString('en'))));
});
