// cspell:ignore abwww awwb awwwc waaab wawb wawbw wwawwb
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LabEvent } from '../../src/lab/events.js';
import { columnsBeside, firstDifference } from '../../src/web/compare.js';

const common = { time: 0, cpu: 0, task: 't', depth: 0, preemptCount: 0 };
const decision = (program: string): LabEvent => ({
  ...common,
  kind: 'enter',
  program,
  admitted: true,
  before: Uint8Array.of(0),
  after: Uint8Array.of(1),
});
const write: LabEvent = {
  ...common,
  kind: 'write',
  program: 'p',
  areaCpu: 0,
  before: Uint8Array.of(0),
  after: Uint8Array.of(1),
  function: 'g.enter',
  slot: 3,
};

/** `w` is a write, any other letter a decision about the program of that name. */
const events = (text: string): LabEvent[] => [...text].map((c) => (c === 'w' ? write : decision(c)));

test('two runs differ in what is decided, however often their guards write', () => {
  expect(firstDifference(events('wawbw'), events('abwww'))).toBeUndefined();
  expect(firstDifference(events('wawb'), events('awwwc'))).toEqual([3, 4]);
  expect(firstDifference(events('awb'), events('wa'))).toEqual([2, 2]);
  expect(firstDifference(events('wa'), events('awb'))).toEqual([2, 2]);
  expect(firstDifference(events(''), events('ww'))).toBeUndefined();
});

test('beside another run, what is compared is aligned', () => {
  expect(columnsBeside(events('awwb'), events('wawb'))).toEqual([1, 2, 3, 3]);
  expect(columnsBeside(events('ab'), events('wwawwb'))).toEqual([2, 5]);
  expect(columnsBeside(events('abc'), events('a'))).toEqual([0, 1, 2]);
});

test('columns never go back, and every decision has one of its own', () => {
  const run = fc.stringMatching(/^[waaab]{0,12}$/);
  fc.assert(
    fc.property(run, run, (own, other) => {
      const columns = columnsBeside(events(own), events(other));
      expect(columns.length).toBe(own.length);
      expect(columns).toEqual([...columns].sort((a, b) => a - b));
      const fixed = columns.filter((_, i) => own[i] !== 'w');
      expect(new Set(fixed).size).toBe(fixed.length);
      const others = [...other].flatMap((c, i) => (c === 'w' ? [] : [i]));
      const both = Math.min(fixed.length, others.length);
      expect(fixed.slice(0, both)).toEqual(others.slice(0, both));
    }),
  );
});
