// cspell:ignore other_one
import { describe, expect, test } from 'vitest';
import type { CliResult } from '../support/cli.js';
import { tinybpfHere } from '../support/in-process.js';

/** Programs that are attached to several functions or tracepoints, where Linux has a link for each. */
const FUNCTIONS = ['one_a', 'one_b', 'two_a']
  .map((name) => `function ${name}(u64 x) {\n    r0 = r1\n    exit\n}\n`)
  .join('');
const program = (name: string, section: string): string => `program ${name} : ${section} {
    r2 = seen ll
    r3 = *(u64 *)(r1 + 0)
    r4 = *(u64 *)(r2 + 0)
    r4 *= 10
    r4 += r3
    *(u64 *)(r2 + 0) = r4
    r0 = 0
    exit
}
`;
const CALLS = 'cpu 0 {\n call one_a(1)\n call one_b(2)\n call two_a(3)\n }';
const lab = (programs: string, scenario: string): string =>
  `global seen : u64\n${FUNCTIONS}tracepoint first(u64 x)\ntracepoint second(u64 x)\n${programs}scenario {\n${scenario}\n}\n`;

describe.each(['interp', 'wasm'])('on %s', (engine) => {
  const run = (text: string, ...more: readonly string[]): Promise<CliResult> =>
    tinybpfHere(['run', '--engine', engine, ...more, '-'], text);

  test.each([
    [
      'a kprobe, as settings',
      program('p', 'kprobe'),
      `attach p to kprobe/one_b, p to kprobe/two_a\n${CALLS}\nexpect seen == 23`,
    ],
    ['a pattern', program('p', 'kprobe.multi/one_*'), `${CALLS}\nexpect seen == 12\nexpect p.run_cnt == 2`],
    ['a pattern with one letter', program('p', 'kprobe.multi/???_a'), `${CALLS}\nexpect seen == 13`],
    ['what returns', program('p', 'kretprobe.multi:*_a'), `${CALLS}\nexpect seen == 13`],
    [
      'tracepoints',
      program('p', 'raw_tp'),
      `attach p to raw_tp/first, p to raw_tp/second
       cpu 0 {\n fire first(4)\n fire second(5)\n }\nexpect seen == 45`,
    ],
    [
      'one after the other, and detached from both',
      program('p', 'kprobe'),
      `cpu 0 {
        call one_a(1)
        attach p to kprobe/one_a
        call one_a(2)
        call one_b(3)
        attach p to kprobe/one_b
        call one_a(4)
        call one_b(5)
        detach p
        call one_a(6)
        call one_b(7)
    }
    expect seen == 245`,
    ],
  ])('%s', async (_, programs, scenario) => {
    const done = await run(lab(programs, scenario));
    expect(done, done.stdout + done.stderr).toMatchObject({ status: 0 });
  });

  test.each(['kprobe', 'kprobe.multi', 'kretprobe', 'raw_tp', 'tp', 'uprobe'])(
    'each link of a program of kind %s has its own cookie',
    async (kind) => {
      const isPoint = kind.endsWith('tp');
      const [a, b] = isPoint ? ['first', 'second'] : ['one_a', 'one_b'];
      const prefix = kind === 'tp' ? 'tp/lab' : kind === 'uprobe' ? 'uprobe//bin/x' : kind;
      const to = (name: string): string => (kind === 'uprobe' ? `"${prefix}:${name}"` : `${prefix}/${name}`);
      const does = (name: string): string => (isPoint ? `fire ${name}(1)` : `call ${name}(1)`);
      const text = `global seen : u64
${FUNCTIONS}tracepoint first(u64 x)
tracepoint second(u64 x)
program p : ${kind} {
    call bpf_get_attach_cookie
    r2 = seen ll
    r4 = *(u64 *)(r2 + 0)
    r4 *= 10
    r4 += r0
    *(u64 *)(r2 + 0) = r4
    r0 = 0
    exit
}
scenario "settings" {
    attach p to ${to(a!)} cookie 3, p to ${to(b!)} cookie 4
    cpu 0 {
        ${does(a!)}
        ${does(b!)}
        ${does(a!)}
    }
    expect seen == 343
}
scenario "actions" {
    cpu 0 {
        attach p to ${to(a!)} cookie 5
        ${does(a!)}
        attach p to ${to(b!)} cookie 6
        ${does(b!)}
        detach p
        attach p to ${to(a!)} cookie 7
        ${does(a!)}
        ${does(b!)}
    }
    expect seen == 567
}
`;
      const done = await run(text);
      expect(done, done.stdout + done.stderr).toMatchObject({ status: 0 });
    },
  );

  test('the functions of a pattern that nobody declares are those that are called, and those that are traced most', async () => {
    const text = `${program('p', 'kprobe.multi/vfs_*')}scenario {\n cpu 0 {\n call vfs_other_one(3)\n call vfs_read(4, 5)\n }\n}`;
    const done = await run(`global seen : u64\n${text}`, '--declare-missing');
    expect(done.stdout, done.stderr).toMatch(/attach kprobe.multi\/vfs_\* .* run_cnt 2 /);
    expect(done.stdout).toContain('vfs_write(');
  });
});

test('the output names all that a program is attached to', async () => {
  const text = lab(program('p', 'kprobe'), `${CALLS}`);
  const args = ['run', '--attach', 'p=kprobe/one_a', '--attach', 'p=kprobe/one_b', '-'];
  const { stdout } = await tinybpfHere(args, text);
  expect(stdout).toContain('attach kprobe/one_a, kprobe/one_b  ');
  expect(stdout).toContain('run_cnt 2 ');
});

test.each([
  [
    'a program with a trampoline has one target',
    program('p', 'fentry/one_a'),
    'attach p to fentry/one_a, p to fentry/one_b',
    /B0405\]: `p` is attached to fentry\/one_a already/,
  ],
  [
    'kinds are not mixed',
    program('p', 'kprobe'),
    'attach p to kprobe/one_a, p to kretprobe/one_b',
    /B0405\]: `p` is attached to kprobe\/one_a already/,
  ],
  [
    'a pattern matches something',
    program('p', 'kprobe.multi/none_*'),
    '',
    /B0602\]: no function matches `none_\*`/,
  ],
  [
    'what cannot be attached so is told once',
    program('p', 'kprobe'),
    'attach p to fentry/one_a',
    /^error\[B0602\]: a program of kind kprobe cannot be attached to fentry\/one_a\n/,
  ],
])('%s', async (_, programs, scenario, message) => {
  const { stderr, status } = await tinybpfHere(['run', '-'], lab(programs, `${scenario}\n${CALLS}`));
  expect(status).toBe(1);
  expect(stderr).toMatch(message);
  expect(stderr.match(/error\[/g)?.length).toBe(1);
});
