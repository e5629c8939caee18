import { expect, test } from 'vitest';
import { fuzzEngines } from '../../fuzz/engines.js';

/** A short stretch of `npm run fuzz`; the seed is printed with a difference. */
test('the engines agree on random programs', () => {
  const { programs, failures } = fuzzEngines(1, (n) => n < 600);
  expect(failures.join('\n\n')).toBe('');
  expect(programs).toBe(600);
});
