import fc from 'fast-check';
import { expect, test } from 'vitest';
import { COUNTERS } from '../../src/lab/expect.js';
import { beginScenario } from '../../src/lab/run.js';
import { formatReply } from '../../src/report/step.js';
import { SPARE_ACTIONS } from '../../src/step/by-hand.js';
import { COMMANDS } from '../../src/step/commands.js';
import { Prompt } from '../../src/step/prompt.js';
import { Session } from '../../src/step/session.js';
import { takeSnapshot } from '../../src/step/snapshots.js';
import { INTERRUPT_LEVELS } from '../../src/syntax/lab-ast.js';
import { environment } from '../support/environment.js';
import { labScenarios } from '../support/labs.js';

const labs = labScenarios('programs', 'test/data/labs');
const [{ lab, scenario }] = labs.filter((s) => s.name.startsWith('recursion.bpf')) as [(typeof labs)[0]];
const options = { observe: true, spareActions: SPARE_ACTIONS };

function open(): Prompt {
  return new Prompt(new Session(() => beginScenario(lab, scenario, environment, options)), scenario);
}

/** Words that mean something in one place or another. */
const words = [
  ...COMMANDS.flatMap((c) => c.names).filter((n) => n !== 'quit' && n !== 'q' && n !== 'exit'),
  ...[
    'on_delete',
    'on_delete+3',
    'on_delete+2',
    'htab_map_delete_elem',
    'trampoline',
    'of',
    'active',
    'on',
    'cpu',
  ],
  ...[
    'refused',
    'nmi',
    'hardirq',
    'softirq',
    'task',
    'if',
    'pass1',
    '&pass1',
    'hash1',
    'hash1[0]',
    'hash2[0]',
  ],
  ...[
    '==',
    '0',
    '1',
    '2',
    '3',
    '-1',
    '18',
    '/8xb',
    '/3i',
    '/s',
    '$r1',
    'r10',
    '0xffff800000000000',
    '+',
    '8',
  ],
  ...[
    'registers',
    'threads',
    'cpus',
    'maps',
    'percpu',
    'raised',
    'breakpoints',
    'x',
    '{',
    '}',
    '"',
    '#',
    '\\',
    'é',
  ],
];
const line = fc.array(fc.constantFrom(...words), { maxLength: 5 }).map((w) => w.join(' '));

test('no line throws, and every one is answered', () => {
  fc.assert(
    fc.property(fc.array(line, { minLength: 10, maxLength: 30 }), (lines) => {
      const d = open();
      for (const text of lines) {
        const reply = d.run(text);
        expect(formatReply(reply)).not.toMatch(/undefined|NaN|\[object/);
      }
    }),
    { numRuns: 25 },
  );
});

test('what was made to happen by hand happens again on the way back and on', () => {
  const position = fc.integer({ min: 0, max: 2000 });
  const raised = fc.constantFrom(
    'nmi delete hash1[0]',
    'hardirq delete hash2[0]',
    'softirq delete hash1[0] x 2',
    'nmi',
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(position, raised), { maxLength: 3 }), position, (byHand, end) => {
      const d = open();
      const { session } = d;
      for (const [at, what] of [...byHand].sort(([a], [b]) => a - b)) {
        session.goTo(at);
        d.run(`raise ${what}`);
      }
      session.goTo(end);
      const before = Buffer.from(takeSnapshot(session.run).memory);
      const events = [...session.events];
      session.goTo(0);
      session.goTo(end);
      expect(before.equals(takeSnapshot(session.run).memory)).toBe(true);
      expect(session.events).toEqual(events);
    }),
    { numRuns: 25 },
  );
});

test.each([
  'raise nmi delete nothing[0]',
  'raise hardirq delete hash1[0] update hash2[0] = 1 x',
  'raise nmi x 2',
])('`%s` is refused and leaves nothing in memory', (line) => {
  const d = open();
  d.run('stepi 5');
  const before = Buffer.from(takeSnapshot(d.session.run).memory);
  expect(d.run(line).kind).toBe('wrong');
  expect(before.equals(takeSnapshot(d.session.run).memory)).toBe(true);
});

test('`finish` in the outermost function ends where the next action begins', () => {
  const d = open();
  const ended = (): number => d.session.events.filter((e) => e.kind === 'action_end').length;
  for (let n = 1; n <= 4; n += 1) {
    const reply = d.run('finish');
    expect(ended()).toBe(n);
    expect(formatReply(reply)).toMatch(/^returned -?\d+/);
    expect(d.session.outcome === undefined).toBe(n < 4);
  }
});

test('words are completed', () => {
  const d = open();
  expect(d.complete('rev').candidates).toContain('reverse-continue');
  expect(d.complete('break on_d').candidates).toEqual(['on_delete']);
  expect(d.complete('watch active of ').candidates).toEqual(['on_delete']);
  expect(d.complete('info trampoline h').candidates).toEqual(['htab_map_delete_elem']);
  expect(d.complete('print on_delete.').candidates).toEqual(COUNTERS.map((c) => `on_delete.${c}`).sort());
  expect(d.complete('raise ').candidates).toEqual([...INTERRUPT_LEVELS].sort());
  expect(d.complete('nothing ').candidates).toEqual([]);
});

test('a motion can be given up', () => {
  const d = open();
  d.run('goto 10');
  const execution = d.execute('reverse-stepi');
  expect(execution.next().done).toBe(false);
  const { value } = execution.next(true);
  expect(value).toMatchObject({ kind: 'stop', end: 'interrupted' });
  expect(d.session.position).toBe(10);
});
