import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { explore } from '../../src/explore/explore.js';
import { finish } from '../../src/explore/search.js';
import { parseOrThrow } from '../../src/lab/environment.js';
import { scenariosOf } from '../../src/lab/run.js';
import { parseSchedule } from '../../src/replay/parse.js';
import { replay } from '../../src/replay/replay.js';
import { environment } from '../support/environment.js';
import { LIMITS } from '../support/explore.js';

const labOf = (text: string) => parseOrThrow({ name: 'loops.bpf', text });

function findings(text: string): readonly string[] {
  const lab = labOf(text);
  const { counterexamples } = finish(explore(lab, scenariosOf(lab)[0]!, environment, {}, LIMITS));
  return counterexamples.find((c) => c.property === 'no_deadlock')?.trace.findings ?? [];
}

/** Line 1 is its head, line 2 its first instruction. */
const f = (body: string): string =>
  `function f(u64 a) {\n${body}    r0 = 0\n    exit\n}\nfunction g(u64 a) {\n    r0 = 0\n    exit\n}\n`;
const scenario = (...lines: string[]): string => `scenario {\n    ${lines.join('\n    ')}\n}\n`;
const ONE = 'task A cpu 0 { call f(1) }';

test.each([
  ['a jump to itself', `${f('again:\n    goto again\n')}${scenario(ONE)}`, ['A', 'f+0', 3]],
  [
    'a loop with a loop in it',
    `${f('again:\n    r1 = 3\nmore:\n    r1 += -1\n    if r1 != 0 goto more\n    goto again\n')}${scenario(ONE)}`,
    ['A', 'f+0', 3],
  ],
  [
    'a loop that calls',
    `${f('    r6 = r1\nagain:\n    r1 = r6\n    call g\n    goto again\n')}${scenario(ONE)}`,
    ['A', 'f+1', 4],
  ],
] as const)('names where a task goes round: %s', (_, text, [who, where, line]) => {
  expect(findings(text)).toEqual([`${who} never ends: it goes round at ${where} (loops.bpf:${line})`]);
});

test('a guard that never comes back is named', () => {
  const text = `guard spins {
    area size 4 align 4
    enter {
        r0 = 1
    spin:
        if r0 == 1 goto spin
        exit
    }
    exit {
        exit
    }
}
function f(u64 a) {
    r0 = 0
    exit
}
program on_f : fentry/f {
    r0 = 0
    exit
}
${scenario('guard spins', ONE)}`;
  expect(findings(text)).toContain('A never ends: it goes round at spins.enter+1 (loops.bpf:6)');
});

test('who ends after the schedule is not named', () => {
  const text = f('again:\n    if r1 == 1 goto again\n');
  const tasks = scenario(ONE, 'task B cpu 0 { call f(2) x 3 }');
  expect(findings(text + tasks)).toEqual(['A never ends: it goes round at f+0 (loops.bpf:3)']);
});

test('who never has a turn is told why', () => {
  const lab = new URL('../data/explore/a-task-that-waits-with-preemption-off.bpf', import.meta.url);
  const found = findings(readFileSync(lab, 'utf8'));
  expect(found).toEqual([
    'A never ends: it goes round at wait+3 (loops.bpf:10)',
    'B never goes on: A cannot be preempted now',
  ]);
});

test('an interrupt that never ends is named, and who it keeps from going on', () => {
  const text = f('again:\n    goto again\n');
  const found = findings(text + scenario('task B cpu 0 { call g(1) }', 'may nmi x 1 { call f(1) }'));
  expect(found.slice(0, 2)).toEqual([
    'nmi never ends: it goes round at f+0 (loops.bpf:3)',
    'B never goes on: an interrupt is on CPU 0',
  ]);
});

const JOINS = f('') + scenario('task A cpu 0 { call f(1) join B }', 'task B cpu 0 { call f(1) join A }');

test('tasks that wait for each other say for whom', () => {
  expect(findings(JOINS)).toEqual(['A waits in `join B`', 'B waits in `join A`']);
});

test('a schedule cannot pass a join of a task that is not done', () => {
  const lab = labOf(f('') + scenario('task A cpu 0 { join B }', 'task B cpu 0 { call f(1) }'));
  const schedule = parseSchedule({ name: 'a.schedule', text: 'task A 1\n' });
  expect(() => replay(lab, scenariosOf(lab)[0]!, environment, schedule, {})).toThrow(
    '`task A 1` is not possible: A waits in `join B`',
  );
});

/** What is said of an exploration that was ended after some states. */
function stillGoing(text: string, maxStates: number): readonly string[] {
  const lab = labOf(text);
  const work = explore(lab, scenariosOf(lab)[0]!, environment, {}, { ...LIMITS, maxStates });
  const { completeness, rounds } = finish(work);
  expect(completeness).toBe('max-states');
  return rounds.map((said) => said.replace(/[\d,]+ times/, 'N times'));
}
const COUNTS = '    r1 = n ll\n    r2 = *(u64 *)(r1 + 0)\n    r2 += 1\n    *(u64 *)(r1 + 0) = r2\n';
const N = 'global n : u64\n';

test.each([
  [
    'a counter that grows for ever',
    `${N}${f(`again:\n${COUNTS}    goto again\n`)}${scenario(ONE, 'task B cpu 0 { call g(1) }')}`,
    ['A has gone round N times at f+0 (loops.bpf:4)'],
    30,
  ],
  [
    'a register that grows, which nobody sees',
    `${f('again:\n    r1 += 1\n    goto again\n')}${scenario(ONE)}`,
    ['A has gone round N times at f+0 (loops.bpf:3)'],
    30,
  ],
  [
    'a loop of an interrupt, on top of a task that has gone through another',
    `${N}${f(`    r3 = 99\nfirst:\n    r3 += -1\n    if r3 != 0 goto first\n`)}function h(u64 a) {
again:
${COUNTS}    goto again
}
${scenario(ONE, 'may nmi { call h(1) }')}`,
    ['nmi has gone round N times at h+0 (loops.bpf:16)'],
    30,
  ],
  [
    'a function that is called again and again',
    `${N}${f('    r6 = r1\nagain:\n    r1 = r6\n    call count\n    goto again\n')}function count(u64 a) {
${COUNTS}    r0 = 0
    exit
}
${scenario(ONE)}`,
    ['A has gone round N times at f+1 (loops.bpf:5)'],
    30,
  ],
  [
    'a guard that counts for ever',
    `${N}guard counts {
    area size 4 align 4
    enter {
    again:
${COUNTS}        goto again
    }
    exit {
        exit
    }
}
${f('')}program on_f : fentry/f {
    r0 = 0
    exit
}
${scenario('guard counts', ONE)}`,
    ['A has gone round N times at counts.enter+0 (loops.bpf:6)'],
    30,
  ],
] as const)('names who goes round where exploring is cut short: %s', (_, text, said, states) => {
  expect(stillGoing(text, states)).toEqual(said);
});

test('names one or both of two that go round, on a CPU each', () => {
  const text = `${N}${f(`again:\n${COUNTS}    goto again\n`)}${scenario('cpus 2', ONE, 'task B cpu 1 { call f(1) }')}`;
  const said = stillGoing(text, 12_000);
  expect(said.length).toBeGreaterThan(0);
  for (const one of said) expect(one).toMatch(/^[AB] has gone round N times at f\+0 \(loops\.bpf:4\)$/);
});

test('names nobody where there are only many states', () => {
  const many = ['A', 'B', 'C'].map((t) => `task ${t} cpu 0 { call count(1) x 9 }`);
  const text = `${N}function count(u64 a) {\n${COUNTS}    r0 = 0\n    exit\n}\n${scenario(...many)}`;
  expect(stillGoing(text, 500)).toEqual([]);
});
