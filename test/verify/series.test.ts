import { expect, test } from 'vitest';
import { MODELS } from '../../src/kernel/model.js';
import { SERIES, seriesOf } from '../../src/verify/series.js';

test('every kernel that is emulated has a row of its own, and rows are in order', () => {
  for (const { release } of MODELS) expect(seriesOf(release).release).toBe(release);
  const releases = SERIES.map((s) => s.release);
  expect([...releases].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))).toEqual(releases);
});

test.each([
  ['6.1.176', '6.1'],
  ['6.5', '6.1'],
  ['6.12.95', '6.12'],
  ['7.3.4', '7.3'],
  ['8.0', '7.3'],
  ['5.15', '6.1'],
])('Linux %s is verified as %s', (release, row) => {
  expect(seriesOf(release).release).toBe(row);
});
