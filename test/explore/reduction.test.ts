import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { agree, searched } from '../support/explore.js';

const PREEMPTIBLE = 'arm64-7.3-preempt-rcu';

/** A function that does what a trampoline does round a program, as far as the guard sees it. */
const RUN = `
function instance(u64 who) notrace {
    call migrate_disable
    call rcu_read_lock
    r1 = p$prog ll
    call bpf_prog_get_recursion_context
    if r0 == 0 goto out
    r1 = inside ll
    r2 = 1
    lock *(u64 *)(r1 + 0) += r2
    r2 = -1
    lock *(u64 *)(r1 + 0) += r2
out:
    r1 = p$prog ll
    call bpf_prog_put_recursion_context
    call rcu_read_unlock
    call migrate_enable
    r0 = 0
    exit
}
`;
const INSTANCE = `${RUN}
function traced() {
    r0 = 0
    exit
}
global inside : u64
program p : fentry/traced {
    r0 = 0
    exit
}
`;

const call = (task: string, cpu = 0): string =>
  `    task ${task} cpu ${cpu} { call entry(${task.charCodeAt(0)}) }\n`;
const entry = (body: string): string => `function entry(u64 who) {\n${body}\n    r0 = 0\n    exit\n}\n`;
/** States of a random lab without reduction beyond which it is left: a few large ones would take all the time. */
const MOST_RANDOM = Number(process.env['EXPLORE_STATES'] ?? 150_000);
const ENTRY = entry('    call instance');
const GUARDS = ['generic', 'arm64', 'arm64-v1', 'arm64-nested', 'x86', 'none'];
/** The kernel that a guard was written for. */
const ownOf = (guard: string): string => (guard.startsWith('arm64') ? 'arm64-7.3' : 'amd64-7.3');

describe('guards, with and without reduction', () => {
  for (const guard of GUARDS)
    for (const kernel of [ownOf(guard), PREEMPTIBLE])
      test(`${guard} on ${kernel}: two tasks`, () => {
        agree(
          `${INSTANCE}${ENTRY}scenario {\n guard ${guard}\n${call('A')}${call('B')} finally inside == 0\n}`,
          kernel,
        );
      });
  // There are as many states as the product of all lengths: what a trampoline does for tasks is left out of interrupts, and of
  // the task too where all three meet, which they do on the architecture that a guard was written for only.
  const bare = RUN.replaceAll(/^ +call (?:migrate|rcu)_.*\n/gm, '').replace(
    'instance(u64 who) notrace',
    'bare(u64 who)',
  );
  const [hardirq, nmi] = ['hardirq', 'nmi'].map(
    (level, i) => `    may ${level} x 1 { call bare(${i + 1}) }\n`,
  );
  const interrupted = (guard: string, task: string, ...may: readonly (string | undefined)[]): string =>
    `${INSTANCE}${bare}${task}scenario {\n guard ${guard}\n${call('A')}${may.join('')}}`;
  for (const guard of GUARDS) {
    const own = ownOf(guard);
    test(`${guard}: a task, a hardirq and an NMI`, () => {
      agree(interrupted(guard, entry('    call bare'), hardirq, nmi), own);
    });
    test.each([
      ['a hardirq', hardirq],
      ['an NMI', nmi],
    ])(`${guard}: a task and %s`, (_, may) => {
      agree(interrupted(guard, ENTRY, may), own);
    });
  }
  for (const guard of ['arm64', 'arm64-v1', 'x86'])
    test(`${guard}: two CPUs`, () => {
      const text = `${INSTANCE}${ENTRY}scenario {\n cpus 2\n guard ${guard}\n${call('A')}${call('B', 1)} always inside <= 2\n}`;
      agree(text, 'arm64-7.3');
    });
  test('a softirq that a hardirq raises, over a task that has bottom halves disabled for a while', () => {
    const body = '    call local_bh_disable\n    call instance\n    call local_bh_enable';
    const handler = 'function handler(u64 who) {\n    call instance\n    r0 = 0\n    exit\n}\n';
    const text = `${INSTANCE}${entry(body)}${handler}scenario {\n${call('A')}    may softirq x 1 { call handler(1) }\n}`;
    for (const guard of ['arm64', 'generic'])
      agree(text.replace('scenario {', `scenario {\n guard ${guard}`), 'arm64-7.3');
  });
});

describe('plain memory, with and without reduction', () => {
  const X = 'global x : u64\nglobal y : u64\n';
  const racy = entry('    r1 = x ll\n    r2 = *(u64 *)(r1 + 0)\n    r2 += 1\n    *(u64 *)(r1 + 0) = r2');
  const cases: Readonly<Record<string, string>> = {
    'a lost update': `${X}${racy}scenario {\n${call('A')}${call('B')} finally x == 2\n}`,
    'a lost update by an interrupt': `${X}${racy}scenario {\n${call('A')} may hardirq x 1 { call entry(1) }\n finally x == 2\n}`,
    'an update with interrupts off': `${X}${entry('    call local_irq_save\n    r6 = r0\n    r1 = x ll\n    r2 = *(u64 *)(r1 + 0)\n    r2 += 1\n    *(u64 *)(r1 + 0) = r2\n    r1 = r6\n    call local_irq_restore')}scenario {\n${call('A')} may hardirq x 1 { call entry(1) }\n finally x == 2\n}`,
    'the same against an NMI': `${X}${entry('    call local_irq_save\n    r6 = r0\n    r1 = x ll\n    r2 = *(u64 *)(r1 + 0)\n    r2 += 1\n    *(u64 *)(r1 + 0) = r2\n    r1 = r6\n    call local_irq_restore')}scenario {\n${call('A')} may nmi x 1 { call entry(1) }\n finally x == 2\n}`,
    'an atomic update': `${X}${entry('    r1 = x ll\n    r2 = 1\n    lock *(u64 *)(r1 + 0) += r2')}scenario {\n${call('A')}${call('B')} finally x == 2\n}`,
    'an update with preemption off': `${X}${entry('    call preempt_disable\n    r1 = x ll\n    r2 = *(u64 *)(r1 + 0)\n    r2 += 1\n    *(u64 *)(r1 + 0) = r2\n    call preempt_enable')}scenario {\n${call('A')}${call('B')} finally x == 2\n}`,
    'the same on two CPUs': `${X}${entry('    call preempt_disable\n    r1 = x ll\n    r2 = *(u64 *)(r1 + 0)\n    r2 += 1\n    *(u64 *)(r1 + 0) = r2\n    call preempt_enable')}scenario {\n cpus 2\n${call('A')}${call('B', 1)} finally x == 2\n}`,
    'two words that a condition sees together': `${X}function fx(u64 a) {\n r1 = x ll\n r2 = 1\n *(u64 *)(r1 + 0) = r2\n r2 = 0\n *(u64 *)(r1 + 0) = r2\n r0 = 0\n exit\n}\nfunction fy(u64 a) {\n r1 = y ll\n r2 = 1\n *(u64 *)(r1 + 0) = r2\n r2 = 0\n *(u64 *)(r1 + 0) = r2\n r0 = 0\n exit\n}\nscenario {\n task A cpu 0 { call fx(1) }\n task B cpu 0 { call fy(1) }\n always x + y <= 1\n}`,
    'a task that waits for another for ever': `${X}${racy}scenario {\n task A cpu 0 { join B }\n task B cpu 0 { join A }\n}`,
    'a fault on one order only': `${X}${entry('    r1 = x ll\n    r2 = *(u64 *)(r1 + 0)\n    if r2 == 0 goto set\n    r3 = 0\n    r3 = *(u64 *)(r3 + 0)\nset:\n    r2 = 1\n    *(u64 *)(r1 + 0) = r2\n    r2 = 0\n    *(u64 *)(r1 + 0) = r2')}scenario {\n${call('A')}${call('B')}}`,
    'spinning until another has written': `${X}function wait(u64 a) {\nagain:\n r1 = x ll\n r2 = *(u64 *)(r1 + 0)\n if r2 == 0 goto again\n r0 = 0\n exit\n}\nfunction give(u64 a) {\n r1 = x ll\n r2 = 1\n *(u64 *)(r1 + 0) = r2\n r0 = 0\n exit\n}\nscenario {\n task A cpu 0 { call wait(1) }\n task B cpu 0 { call give(1) }\n}`,
    'steps of tasks that set and join': `${X}${racy}scenario {\n task A cpu 0 { set x = 5  call entry(1) }\n task B cpu 0 { call entry(1)  join A  set x = 9 }\n}`,
    'an interrupt that leaves preemption off': `${X}${racy}function leak(u64 a) {\n call preempt_disable\n r0 = 0\n exit\n}\nscenario {\n${call('A')}${call('B')} may hardirq x 1 { call leak(1) }\n finally x == 2\n}`,
    'a condition over a map': `map m : hash { key 4, value 8, max_entries 2 }\nglobal x : u64\n${entry('    r1 = x ll\n    r2 = 1\n    *(u64 *)(r1 + 0) = r2\n    r2 = 0\n    *(u64 *)(r1 + 0) = r2')}scenario {\n task A cpu 0 { update m[1] = 1  delete m[1] }\n${call('B')} always x == 0 || m[1] == absent\n}`,
    'a map that two tasks update': `map m : hash { key 4, value 8, max_entries 2 }\nscenario {\n task A cpu 0 { update m[1] = 1  delete m[1] }\n task B cpu 0 { update m[1] = 2 }\n}`,
  };
  // The interrupt copies x to y; it can find 1 only where it comes before interrupts, or bottom halves, are off.
  const copy =
    'function copy(u64 v) {\n r1 = x ll\n r2 = *(u64 *)(r1 + 0)\n r1 = y ll\n *(u64 *)(r1 + 0) = r2\n r0 = 0\n exit\n}\n';
  const set = (n: number): string => `    r1 = x ll\n    r2 = ${n}\n    *(u64 *)(r1 + 0) = r2\n`;
  const guarded = (on: string, off: string): string =>
    `${X}${copy}${entry(`${set(1)}    call ${on}\n    r6 = r0\n${set(2)}    r1 = r6\n    call ${off}`)}`;
  const withIrqsOff = guarded('local_irq_save', 'local_irq_restore');
  const withBhOff = guarded('local_bh_disable', 'local_bh_enable');
  const outcomes: readonly (readonly [string, string, string, boolean])[] = [
    ['a hardirq just before interrupts are off', withIrqsOff, 'hardirq', true],
    ['a softirq just before bottom halves are off', withBhOff, 'softirq', true],
  ];
  test.each(outcomes)('%s', (_, text, level, breaks) => {
    const lab = `${text}scenario {\n${call('A')} may ${level} x 1 { call copy(1) }\n always y != 1\n}`;
    agree(lab, 'arm64-7.3');
    expect([...searched(lab, 'arm64-7.3', true).breaches.keys()].includes('always')).toBe(breaks);
  });
  test.each([
    ['a lost update', ['finally']],
    ['a lost update by an interrupt', ['finally']],
    ['the same against an NMI', ['finally']],
    ['an atomic update', []],
    ['an update with preemption off', []],
    ['the same on two CPUs', ['finally']],
    ['two words that a condition sees together', ['always']],
    ['a task that waits for another for ever', ['no_deadlock']],
    ['a fault on one order only', ['no_fault']],
    ['a condition over a map', ['always']],
    ['an interrupt that leaves preemption off', ['balanced', 'finally']],
  ] as const)('%s has its verdict', (name, broken) => {
    expect([...searched(cases[name]!, 'arm64-7.3', true).breaches.keys()]).toEqual(broken);
  });
  for (const [name, text] of Object.entries(cases)) test(name, () => void agree(text, 'arm64-7.3'));
});

/** Guards with something wrong or nothing: the order of what they do, and what is protected, is random. */
const randomGuard = fc
  .record({
    enterOff: fc.boolean(),
    exitOff: fc.boolean(),
    readInside: fc.boolean(),
    width: fc.constantFrom('u8', 'u32'),
    own: fc.boolean(),
    kernel: fc.constantFrom(PREEMPTIBLE, 'arm64-7.3'),
    /** Preemption stays off from enter to exit. */
    held: fc.boolean(),
    second: fc.constantFrom('task', 'nmi', 'both'),
  })
  .map((g) => {
    const index = g.own ? '    r1 += r7\n' : '';
    const on = (yes: boolean, what: string): string => (yes ? `    call ${what}\n` : '');
    const read = `    w8 = *(${g.width} *)(r6 + 0)\n`;
    const head =
      '    r6 = r1\n    call interrupt_context_level\n    r7 = r0\n    r6 = &(void __percpu *)(r6)\n';
    const change = (n: number): string =>
      `    r1 = r6\n${index}    w2 = *(u8 *)(r1 + 0)\n    w2 += ${n}\n    *(u8 *)(r1 + 0) = w2\n`;
    const guard = `guard random {
    area size 4 align 4
    enter {
${head}${on(g.enterOff || g.held, 'preempt_disable')}${change(1)}${g.readInside ? read : ''}${on(g.enterOff && !g.held, 'preempt_enable')}${g.readInside ? '' : read}
    r0 = 1
    if w8 == 1 goto out
    r0 = 0
out:
    exit
    }
    exit {
${head}${on(g.exitOff && !g.held, 'preempt_disable')}${change(-1)}${on(g.exitOff || g.held, 'preempt_enable')}
    exit
    }
}\n`;
    const task = g.second === 'nmi' ? '' : call('B');
    const other = task + (g.second === 'task' ? '' : '    may nmi x 1 { call entry(1) }\n');
    return {
      kernel: g.kernel,
      text: `${guard}${INSTANCE}${ENTRY}scenario {\n guard random\n${call('A')}${other}}`,
    };
  });

test('random guards come to the same verdicts with and without reduction', () => {
  fc.assert(
    fc.property(randomGuard, ({ text, kernel }) => void agree(text, kernel, undefined, MOST_RANDOM)),
    { numRuns: Number(process.env['EXPLORE_RUNS'] ?? 5) },
  );
});
