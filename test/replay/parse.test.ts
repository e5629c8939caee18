import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSchedule } from '../../src/replay/parse.js';
import { formatSchedule, type Schedule } from '../../src/replay/schedule.js';
import { span } from '../../src/text/source.js';
import { refusalOf } from '../support/refusal.js';

const parse = (text: string): Schedule => parseSchedule({ name: 'a.schedule', text });

const complaints = (text: string): string => refusalOf(() => parse(text));

/** A schedule without the places where its lines are written. */
const bare = ({ spans: _, turns, ...rest }: Schedule): unknown => ({
  ...rest,
  turns: turns.map(({ span: _at, ...turn }) => turn),
});

test('each line, as loosely as it may be written', () => {
  const text = [
    '// all of it',
    '  scenario "two // readers"   // a title',
    'guard  "a b\\u0022 // c"',
    'kernel arm64-7.3 // old',
    'stats\toff',
    'strict_alignment\r',
    'task A 0057',
    'task task 0 12',
    'task A 3 4',
    'task "a//b" 5',
    'arrive\u00a0nmi cpu 0 12',
    'arrive softirq/2 cpu 63 1',
    'interrupt\vcpu 0 1000000000//',
    '',
  ].join('\n');
  expect(bare(parse(text))).toEqual({
    title: 'two // readers',
    guard: 'a b" // c',
    kernel: 'arm64-7.3',
    stats: false,
    strictAlignment: true,
    turns: [
      { kind: 'task', name: 'A', moves: 57 },
      { kind: 'task', name: 'task 0', moves: 12 },
      { kind: 'task', name: 'A 3', moves: 4 },
      { kind: 'task', name: '"a//b"', moves: 5 },
      { kind: 'arrive', name: 'nmi', cpu: 0, moves: 12 },
      { kind: 'arrive', name: 'softirq/2', cpu: 63, moves: 1 },
      { kind: 'interrupt', cpu: 0, moves: 1_000_000_000 },
    ],
  });
});

test('a guard with spaces and slashes needs no quotes', () => {
  expect(parse('guard ./my guards/x.bpf').guard).toBe('./my guards/x.bpf');
  expect(parse('guard 5').guard).toBe('5');
});

test('a line that is there again has its own place, and its own mistake', () => {
  const { turns } = parse('task A 3\n  task A 3 // again\ntask A 3');
  expect(turns.map((t) => [t.span?.start, t.span?.end])).toEqual([
    [0, 8],
    [11, 19],
    [29, 37],
  ]);
  expect(turns.every((t) => t.kind === 'task' && t.name === 'A' && t.moves === 3)).toBe(true);
  const wrong = complaints(['tsk A 3', 'tsk A 3', 'task A 0', 'task A 0'].join('\n'));
  for (const place of ['1:1', '2:1', '3:8', '4:8']) expect(wrong).toContain(`a.schedule:${place}`);
});

test.each([' \\', '"\\', ' \\" ', '//"\\\\"'])('a guard %j is read as it was written', (guard) => {
  const schedule = { title: undefined, guard, kernel: undefined, turns: [] };
  expect(parse(formatSchedule(schedule, 'a comment')).guard).toBe(guard);
});

const word = fc.stringMatching(/^[^\s"/][^\s"/]{0,9}$/);
const moves = fc.integer({ min: 1, max: 1e9 });
const cpu = fc.nat({ max: 99 });
const turn = fc.oneof(
  fc.record({ kind: fc.constant('task' as const), name: word, moves }),
  fc.record({ kind: fc.constant('task' as const), name: cpu.map((n) => `task ${n}`), moves }),
  fc.record({ kind: fc.constant('arrive' as const), name: word, cpu, moves }),
  fc.record({ kind: fc.constant('interrupt' as const), cpu, moves }),
);

const order = fc.record({
  name: fc.string({ minLength: 1 }).filter((name) => name.trim() === name && name !== ''),
  to: fc.option(
    fc.stringMatching(/^[a-z]{1,9}\/.{1,12}$/).filter((to) => to.trim() === to),
    { nil: undefined },
  ),
  cookie: fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
});

test('what is to be attached is read again, whatever its name', () => {
  fc.assert(
    fc.property(fc.array(order, { minLength: 1, maxLength: 4 }), (orders) => {
      const attach = orders.map(({ name, to, cookie }) => ({
        name: { name, span: undefined },
        ...(to !== undefined && { to: { name: to, span: span({ name: 'it', text: to }, 0, 0) } }),
        cookie,
      }));
      const schedule = { title: 't', guard: undefined, kernel: undefined, attach, turns: [] };
      const read = parse(formatSchedule(schedule, 'a comment')).attach;
      expect(read?.map((o) => ({ name: o.name.name, to: o.to?.name, cookie: o.cookie }))).toEqual(orders);
    }),
  );
});

test('what is written is read again', () => {
  fc.assert(
    fc.property(
      fc.option(fc.stringMatching(/^[^"\\\p{C}\p{Z}]{0,20}$/u), { nil: undefined }),
      fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
      fc.option(word, { nil: undefined }),
      fc.array(turn, { minLength: 1, maxLength: 20 }),
      (title, guard, kernel, turns) => {
        const schedule = { title, guard, kernel, turns: turns.map((t) => ({ ...t, span: undefined })) };
        expect(bare(parse(formatSchedule(schedule, 'a comment')))).toEqual(bare(schedule));
      },
    ),
  );
});

describe('what is wrong is said below the word that is wrong', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['tsk A 3', ['error[B0412]', 'unexpected `tsk`', 'a.schedule:1:1', 'did you mean `task`?']],
    ['task A', ['error[B0412]', 'for how many instructions', 'a.schedule:1:7', 'write `task A 12`']],
    ['task A x', ['error[B0412]', 'unexpected `x`', 'a.schedule:1:8', 'a number', '`task NAME N`']],
    ['task A 3 4 5', ['error[B0412]', 'unexpected `5`', 'a.schedule:1:12']],
    ['\narrive nmi cp 0 3', ['error[B0412]', 'a.schedule:2:12', 'did you mean `cpu`?']],
    ['interrupt 0 3', ['error[B0412]', 'a.schedule:1:11', 'expected: `cpu`']],
    ['stats on', ['error[B0412]', 'a.schedule:1:7', 'expected: `off`', 'write `stats off`']],
    ['scenario one', ['error[B0412]', 'a.schedule:1:10', 'a title in quotes']],
    ['attach', ['error[B0412]', 'a.schedule:1:7', 'write `attach NAME=KIND/TARGET`']],
    ['attach p=', ['error[B0412]', 'a.schedule:1:8', 'with =COOKIE of at most 64 bits']],
    ['attach p=fentry/f=99999999999999999999', ['error[B0412]', 'a.schedule:1:8', 'with =COOKIE']],
    ['guard"a"', ['error[B0412]', 'a.schedule:1:6', 'expected: a space']],
    ['guard "a', ['error[B0412]', 'a.schedule:1:7', 'a JSON string']],
    ['task A 0', ['error[B0405]', '0 moves', 'a.schedule:1:8', '1 to 1000000000']],
    ['task A 1000000001', ['error[B0405]', 'a.schedule:1:8']],
    ['hello', ['error[B0412]', 'a.schedule:1:1', '`arrive NAME cpu C N`']],
    [`guard ${'x'.repeat(70_000)}`, ['error[B0104]', 'at most 65536']],
    ['// nothing\n', ['error[B0412]', 'the schedule is empty']],
    ['tsk A 3\ntask A\ntask A 0', ['a.schedule:1:1', 'a.schedule:2:7', 'a.schedule:3:8']],
  ];
  test.each(cases)('%j', (text, says) => {
    const said = complaints(text);
    for (const part of says) expect(said).toContain(part);
  });
});
