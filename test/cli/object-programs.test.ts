// cspell:ignore delet raed unlinkatt
import { describe, expect, test } from 'vitest';
import type { CliResult } from '../support/cli.js';
import { tinybpfHere } from '../support/in-process.js';

/** Objects run without a lab: what they trace is made, and what they leave to user space is said on the command line. */
const TRACED = 'test/data/objects/traced.bpf.o';
const UNKNOWN = 'test/data/objects/unknown-arguments.bpf.o';

function count(run: CliResult, program: string): string | undefined {
  return new RegExp(`name ${program} .* run_cnt (\\d+)`).exec(run.stdout)?.[1];
}

describe.each(['interp', 'wasm'])('on %s', (engine) => {
  const run = (...args: readonly string[]): Promise<CliResult> =>
    tinybpfHere(['run', '--engine', engine, ...args]);

  test('what programs trace and nobody declares is made, and said', async () => {
    const done = await run(TRACED, '--do', 'call do_unlinkat(7, 0)', '--do', 'fire sched_switch(0, 1, 2, 3)');
    expect(done.status).toBe(0);
    expect(done.stdout).toContain(
      'made because programs are attached to them: do_unlinkat(dfd, name), ' +
        'tracepoint sched_switch(preempt, prev, next, prev_state); functions return 0',
    );
    for (const program of ['do_unlinkat', 'do_unlinkat_exit', 'on_switch'])
      expect(count(done, program)).toBe('1');
    expect(count(done, 'probe')).toBe('0');
    expect(done.stderr).toContain(
      'warning[B0602]: `on_packet` is left out: programs of section `xdp` are not emulated',
    );
  });

  test('what a program is attached to can be said', async () => {
    const done = await run(TRACED, '--attach', 'probe=kprobe/any_function', '--do', 'call any_function(5)');
    expect(done.stdout).toContain('attach kprobe/any_function');
    expect([count(done, 'probe'), count(done, 'do_unlinkat')]).toEqual(['1', '0']);
  });

  test('what is said of one leaves the others attached, unless they are chosen', async () => {
    const both = ['--do', 'call any_function(5)', '--do', 'call do_unlinkat(7, 0)'];
    const besides = await run(TRACED, '--attach', 'probe=kprobe/any_function', ...both);
    expect([count(besides, 'probe'), count(besides, 'do_unlinkat')]).toEqual(['1', '1']);
    const chosen = await run(TRACED, '--attach', 'probe=kprobe/any_function,on_switch', ...both);
    expect([count(chosen, 'probe'), count(chosen, 'do_unlinkat')]).toEqual(['1', '0']);
  });

  test('a prototype that is given says where a result lies', async () => {
    const given = ['--function', 'long nobody_knows_me(int first)', '--do', 'call nobody_knows_me(3)'];
    const done = await run(UNKNOWN, ...given);
    expect(done).toMatchObject({ status: 0 });
    expect(count(done, 'reads')).toBe('1');
  });
});

test('a program that reads what nobody knows is refused, and told what to say', async () => {
  const { status, stderr } = await tinybpfHere(['run', UNKNOWN, '--do', 'call nobody_knows_me(3)']);
  expect(status).toBe(1);
  expect(stderr).toContain('error[B0417]: `reads` reads what `nobody_knows_me` is called with');
  expect(stderr).toContain("--function 'int nobody_knows_me(int first, void *second)'");
  expect(stderr).not.toContain('`counts`');
});

test.each([
  ['int f(struct pair p)', '`struct pair p` is passed by value'],
  ['int f(int a, ...)', 'a function with a variable number of arguments cannot be traced'],
  ['int f(int a,)', 'a parameter is missing'],
  ['nothing at all', '`nothing at all` is not a prototype in C'],
  ['', '`` is not a prototype in C'],
])('as a prototype `%s` is refused', async (text, message) => {
  const { status, stderr } = await tinybpfHere(['run', UNKNOWN, '--function', text]);
  expect(status).toBe(2);
  expect(stderr).toContain(`error[B0409]: ${message}`);
});

test('a lab makes what it traces only when asked, and says where a name is near to another', async () => {
  const lab = `program p : fentry/htab_map_delet_elem {
    r0 = 0
    exit
}
scenario { cpu 0 { call htab_map_delet_elem() } }
`;
  const refused = await tinybpfHere(['run', '-'], lab);
  expect(refused.stderr).toContain('error[B0602]: there is no function `htab_map_delet_elem` to attach to');
  const made = await tinybpfHere(['run', '--declare-missing', '-'], lab);
  expect(made).toMatchObject({ status: 0 });
  expect(made.stderr).toContain('warning[B0416]');
  expect(made.stderr).toContain('did you mean `htab_map_delete_elem`?');
  expect(count(made, 'p')).toBe('1');
});

test.each([
  ['vfs_raed', 'did you mean `vfs_read`?'],
  ['do_unlinkatt', 'did you mean `do_unlinkat`?'],
  // Others that are called much like one of these may well be there.
  ['tcp_v7_connect', undefined],
  ['vfs_readlink', undefined],
] as const)('what is attached to %s is made, and a slip of what people trace is said', async (name, help) => {
  const made = await tinybpfHere([
    'run',
    TRACED,
    '--attach',
    `probe=kprobe/${name}`,
    '--do',
    `call ${name}(1)`,
  ]);
  expect(made.status).toBe(0);
  expect(count(made, 'probe')).toBe('1');
  if (help === undefined) expect(made.stderr).not.toContain('B0416');
  else expect(made.stderr).toContain(help);
});
