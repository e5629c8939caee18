import { expect, test } from 'vitest';
import type { LabEvent } from '../../src/lab/events.js';
import { formatTimeline } from '../../src/report/timeline.js';

type What<E = LabEvent> = E extends LabEvent
  ? Omit<E, 'time' | 'cpu' | 'task' | 'depth' | 'preemptCount'>
  : never;

const by = (task: string, what: What): LabEvent => ({
  time: 0,
  cpu: 0,
  task,
  depth: 0,
  preemptCount: 0,
  ...what,
});

const guard = (kind: 'enter' | 'exit', before: number, after: number, admitted = false): What => {
  const change = { program: 'p', before: Uint8Array.of(before), after: Uint8Array.of(after) };
  return kind === 'enter' ? { kind, admitted, ...change } : { kind, ...change };
};

const action = (text: string): What => ({ kind: 'action', text });

test('a refusal and its put are one line', () => {
  const events = [
    by('A', action('call f()')),
    by('A', guard('enter', 1, 2)),
    by('A', guard('exit', 2, 1)),
    by('A', { kind: 'action_end', text: 'call f()', result: 0n }),
  ];
  expect(formatTimeline(events)).toBe(
    ['call f() = 0', '└─ p REFUSED   active 01 -> 02 -> 01  preempt_count 0'].join('\n'),
  );
});

test('a refusal is where it happened when others come before its put', () => {
  const events = [
    by('A', action('call f(1)')),
    by('A', guard('enter', 0, 1, true)),
    by('A', { kind: 'preempted', by: 'B' }),
    by('B', action('call f(2)')),
    by('B', guard('enter', 1, 2)),
    by('B', { kind: 'preempted', by: 'A' }),
    by('A', { kind: 'resumed' }),
    by('A', guard('exit', 2, 1)),
    by('B', { kind: 'resumed' }),
    by('B', guard('exit', 2, 1)),
  ];
  expect(formatTimeline(events)).toBe(
    [
      'A: call f(1)',
      '└─ p admitted  active 00 -> 01  preempt_count 0',
      '   └─ preempted by B',
      'B: call f(2)',
      '├─ p REFUSED   active 01 -> 02  preempt_count 0',
      '└─ preempted by A',
      'A goes on',
      '└─ put  active 02 -> 01',
      'B goes on',
      '└─ p put  active 02 -> 01',
    ].join('\n'),
  );
});

test('an interrupt between a refusal and its put is between them', () => {
  const events = [
    by('A', action('call f()')),
    by('A', guard('enter', 1, 2)),
    by('A', { kind: 'interrupt', level: 'nmi', text: 'call g()' }),
    { ...by('A', guard('enter', 2, 3)), depth: 1 },
    { ...by('A', guard('exit', 3, 2)), depth: 1 },
    by('A', { kind: 'interrupt_end' }),
    by('A', guard('exit', 2, 1)),
  ];
  expect(formatTimeline(events)).toBe(
    [
      'call f()',
      '├─ p REFUSED   active 01 -> 02  preempt_count 0',
      '├─ nmi  call g()',
      '│  └─ p REFUSED   active 02 -> 03 -> 02  preempt_count 0',
      '└─ p put  active 02 -> 01',
    ].join('\n'),
  );
});

test('a refusal whose put never comes is shown', () => {
  const events = [by('A', action('call f()')), by('A', guard('enter', 1, 2))];
  expect(formatTimeline(events)).toContain('p REFUSED   active 01 -> 02  preempt_count 0');
});
