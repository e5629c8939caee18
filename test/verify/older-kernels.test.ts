import { expect, test } from 'vitest';
import { seriesOf } from '../../src/verify/series.js';
import { saidOfText } from '../support/verify/text.js';

/** Finds a value of 64 bytes, in r6. */
const find = `
  *(u64 *)(r10 - 8) = 4
  r2 = r10
  r2 += -8
  map r1 hash
  call bpf_map_lookup_elem
  if r0 == 0 goto out
  r6 = r0`;
const load = `
  r1 = *(u8 *)(r6 + 0)
  out:
  r0 = 0
  exit`;
const random = 'call bpf_get_prandom_u32';
const UNBOUNDED_MATH = 'math between map_value pointer and register with unbounded min value is not allowed';
const UNBOUNDED_ACCESS = 'R6 unbounded memory access, make sure to bounds check any such access';

const remainder = `${find}\n${random}\nr0 %= 64\nr6 += r0${load}`;
const key = `${find}\nr1 = *(u64 *)(r10 - 8)\nr6 += r1${load}`;
const offset = `${find}\n${random}\nr0 &= 8\nr0 += -8\nr6 += 8\nr6 += r0${load}`;
const reverse = `${find}\n${random}\nr0 &= 8\nr0 += -8\nr6 += r0\nr6 += 8${load}`;
const stored = `${find}\n${random}\n*(u64 *)(r10 - 16) = r0\nif r0 > 15 goto out\nr2 = *(u64 *)(r10 - 16)\nr6 += r2${load}`;
const bounded = `${find}\n${random}\nr0 &= 255\n*(u64 *)(r10 - 16) = r0\nr2 = *(u64 *)(r10 - 16)\nif r2 > 15 goto out\nr6 += r2${load}`;

/** What newer verifiers know, and older ones do not: the first release that accepts each, and what the one before says. */
test.each([
  ['the remainder of a division', remainder, '7.0', '6.19', UNBOUNDED_MATH],
  ['what a helper has read of the stack', key, '6.18', '6.12', UNBOUNDED_MATH],
  ['a fixed and a variable part of an offset', offset, '7.3', '7.0', UNBOUNDED_ACCESS],
  ['a variable and a fixed part', reverse, '7.3', '7.0', UNBOUNDED_ACCESS],
  ['the copy of a stored number of which nothing was known', stored, '6.12', '6.6', UNBOUNDED_MATH],
] as const)('%s', (_, text, since, before, said) => {
  expect(saidOfText(text, { series: seriesOf(since) })).toBeUndefined();
  expect(saidOfText(text, { series: seriesOf(before) })).toBe(said);
});

test('all of them keep a number of which something is known', () => {
  for (const release of ['6.1', '6.12', '7.3']) {
    expect(saidOfText(bounded, { series: seriesOf(release) }), release).toBeUndefined();
  }
});
