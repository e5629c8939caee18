import { expect, test } from 'vitest';
import { contextAccess } from '../../src/verify/context/context.js';
import { returnRange } from '../../src/verify/kinds.js';
import { refuseHelper } from '../../src/verify/prototype/helper.js';
import type { VerifyRequest } from '../../src/verify/request.js';
import { seriesOf } from '../../src/verify/series.js';

const NO_TYPES = {
  struct: () => undefined,
  function: () => undefined,
  tracepoint: () => undefined,
  variable: () => undefined,
};

const request = (type: number, release = '7.3', attachType = 0): VerifyRequest => ({
  insns: [],
  kind: { type, attachType, flags: 0 },
  maps: [],
  variables: [],
  kfuncs: [],
  licence: 'GPL',
  capabilities: 'all',
  series: seriesOf(release),
  arch: 'amd64',
  processors: 1,
  types: NO_TYPES,
});

/** Kind of program, offset, size, whether it is a write, and what comes of it: net/core/filter.c, kernel/trace/bpf_trace.c. */
const ACCESSES = [
  ['tc', 3, 24, 4, false, 'scalar'],
  ['tc', 3, 36, 2, false, 'scalar'],
  ['tc', 3, 36, 4, true, 'refused'],
  ['tc', 3, 48, 8, true, 'scalar'],
  ['tc', 3, 64, 8, false, 'refused'],
  ['tc', 3, 76, 4, false, 'pointer'],
  ['tc', 3, 76, 2, false, 'refused'],
  ['tc', 3, 180, 1, false, 'scalar'],
  ['tc', 3, 181, 1, false, 'refused'],
  ['tc', 3, 168, 8, false, 'pointer'],
  ['socket', 1, 76, 4, false, 'refused'],
  ['xdp', 6, 0, 4, false, 'pointer'],
  ['xdp', 6, 16, 2, false, 'refused'],
  ['xdp', 6, 20, 4, false, 'refused'],
  ['perf_event', 7, 168, 4, false, 'scalar'],
  ['perf_event', 7, 160, 4, false, 'refused'],
  ['kprobe', 2, 160, 8, false, 'scalar'],
  ['tracepoint', 5, 8184, 8, false, 'scalar'],
  ['raw_tp.w', 24, 0, 8, false, 'pointer'],
  ['raw_tp.w', 24, 0, 4, false, 'refused'],
  ['cgroup_sock', 9, 0, 4, false, undefined],
] as const;

test.each(ACCESSES)('%s (%i): %i, %i bytes, written %s: %s', (...row) => {
  const [, type, offset, size, isWrite, kind] = row;
  expect(contextAccess(request(type), { offset, size, isWrite, isSigned: false })?.kind).toBe(kind);
});

test('a kprobe may write its registers since Linux 6.18', () => {
  const access = { offset: 8, size: 8, isWrite: true, isSigned: false };
  expect(contextAccess(request(2, '6.12'), access)?.kind).toBe('refused');
  expect(contextAccess(request(2, '6.18'), access)?.kind).toBe('scalar');
});

test('what a program may return', () => {
  expect(returnRange(request(26, '7.3', 24))).toEqual({ min: 0, max: 0 });
  expect(returnRange(request(26, '7.3', 26))).toBeUndefined();
  expect(returnRange(request(26, '7.3', 28))).toEqual({ min: 0, max: 1 });
  expect(returnRange(request(8))).toEqual({ min: 0, max: 1 });
  expect(returnRange(request(3))).toBeUndefined();
});

/** A kind's number, a helper's, and what is said of the call: a word of the answer. */
const HELPERS = [
  [1, 26, undefined],
  [2, 26, 'cannot use helper bpf_skb_load_bytes#26'],
  [2, 44, 'cannot use helper bpf_xdp_adjust_head#44'],
  [6, 44, 'unknown'],
  [1, 160, undefined],
  [3, 9999, 'invalid func unknown#9999'],
  [3, 93, undefined],
] as const;

test.each(HELPERS)('a program of type %i calls helper %i: %s', (type, helper, answer) => {
  const refusal = refuseHelper(request(type), helper);
  if (answer === undefined || answer === 'unknown') expect(refusal).toBe(answer);
  else expect(refusal).toMatchObject({ errno: 'EINVAL', message: expect.stringContaining(answer) });
});
