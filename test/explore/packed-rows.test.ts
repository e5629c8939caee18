import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Budget, OutOfRoom } from '../../src/explore/budget.js';
import { PackedRows } from '../../src/explore/state/packed-rows.js';

const WIDTH = 9;

/** Numbers of every length in bits, negative ones among them; small ones are the most, as in states. */
const number = fc.oneof(
  { weight: 12, arbitrary: fc.nat(15) },
  { weight: 3, arbitrary: fc.nat(300) },
  fc.nat(),
  fc.integer(),
);
const rows = fc.array(fc.array(number, { minLength: WIDTH, maxLength: WIDTH }), { maxLength: 900 });

describe('rows with columns of as many bits as they need', () => {
  test('are told apart, numbered in order, and given back as they were', () => {
    fc.assert(
      fc.property(rows, (all) => {
        const budget = new Budget(Infinity);
        const set = new PackedRows(WIDTH, budget);
        const known = new Map<string, number>();
        const out = new Int32Array(WIDTH);
        for (const row of all) {
          const key = row.join();
          const id = known.get(key) ?? known.size;
          expect(set.find(Int32Array.from(row))).toBe(known.has(key) ? id : -1);
          expect(set.add(Int32Array.from(row))).toBe(id);
          known.set(key, id);
          expect(set.count).toBe(known.size);
        }
        for (const [key, id] of known) {
          set.load(id, out);
          expect(out.join()).toBe(key);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('do not take more than they may, and have then added nothing', () => {
    const budget = new Budget(40_000);
    const set = new PackedRows(WIDTH, budget);
    const row = new Int32Array(WIDTH);
    let count = 0;
    try {
      for (; count < 100_000; count += 1) {
        row[count % WIDTH] = count;
        set.add(row);
      }
    } catch (e) {
      expect(e).toBeInstanceOf(OutOfRoom);
    }
    expect(count).toBeLessThan(100_000);
    expect(budget.used).toBeLessThanOrEqual(budget.most);
    expect(set.count).toBe(count);
    expect(set.find(row)).toBe(-1);
    const out = new Int32Array(WIDTH);
    set.load(count - 1, out);
    expect(set.find(out)).toBe(count - 1);
  });
});
