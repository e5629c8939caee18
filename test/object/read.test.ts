import { expect, test } from 'vitest';
import { readOwn } from '../support/objects.js';

test('the functions a program calls follow it in the order of their first calls', () => {
  const { programs } = readOwn('functions');
  expect(programs.map((p) => [p.name, p.section, p.autoload, [...p.labels.keys()]])).toEqual([
    ['direct', 'fentry/bpf_fentry_test1', true, ['global', 'outer', 'inner']],
    ['calls_beside', 'tc', true, ['beside', 'global']],
    ['loops', 'fexit/bpf_fentry_test1', false, ['callback', 'outer', 'inner', 'global']],
  ]);
});

test('initial entries of maps name programs and maps', () => {
  const { maps } = readOwn('maps');
  expect(maps.find((m) => m.name === 'jumps')?.values).toEqual([
    { index: 1, name: 'first' },
    { index: 3, name: 'second' },
  ]);
  expect(maps.find((m) => m.name === 'outer')).toMatchObject({
    values: [
      { index: 0, name: 'inner_b' },
      { index: 1, name: 'inner_a' },
    ],
    inner: { type: 2, maxEntries: 7 },
  });
});
