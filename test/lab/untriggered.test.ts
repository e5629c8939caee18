import { describe, expect, test } from 'vitest';
import type { MapType } from '../../src/kernel/map/types.js';
import { tinybpfHere } from '../support/in-process.js';

/** What is said of a lab in which nothing happens: doing what it says makes the program run. */

const program = (target: string): string => `program a : ${target} {\n    r0 = 0\n    exit\n}\n`;
const run = (lab: string, ...options: readonly string[]) =>
  tinybpfHere(['run', '--no-verify', ...options, '-'], lab);

async function help(lab: string, ...options: readonly string[]): Promise<string> {
  const { stderr } = await run(`${lab}scenario { }\n`, ...options);
  expect(stderr).toContain('warning[B0414]: nothing is triggered');
  return / = help: (.*)/.exec(stderr)![1]!;
}

/** Does it, beside the lab. */
async function follow(lab: string, said: string): Promise<void> {
  const all = [...said.matchAll(/`((?:cpu|at|attach) [^`]*)`/g)].map((m) => m[1]!);
  expect(all, said).not.toEqual([]);
  const { stdout, status } = await run(`${lab}scenario {\n${all.join('\n')}\nexpect a.run_cnt > 0\n}\n`);
  expect(stdout, said).toContain('ok   expect a.run_cnt > 0');
  expect(status, said).toBe(0);
}

/** Maps of the types that a suggestion may want. */
const FIELDS: Readonly<Partial<Record<MapType, string>>> = {
  hash: 'key 4, value 8, max_entries 4',
  array: 'value 8, max_entries 4',
  lru_hash: 'key 4, value 8, max_entries 4',
  lpm_trie: 'key 8, value 8, max_entries 4',
  prog_array: 'max_entries 4',
  queue: 'value 8, max_entries 4',
  stack_trace: 'value 64, max_entries 4',
  task_storage: 'value 8',
};
const mapOf = (type: MapType, name: string): string => `map ${name} : ${type} { ${FIELDS[type]} }\n`;

const { stdout } = await tinybpfHere(['list', 'functions']);
const functions = stdout
  .split('\n')
  .slice(1)
  .flatMap((line) => /^\w+/.exec(line)?.[0] ?? []);

/** Functions of the kernel that an action reaches, by which kind of program is on them. */
async function reached(kind: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of functions) {
    const lab = program(`${kind}/${name}`);
    const said = await help(lab);
    if (said.startsWith('no action by itself')) continue;
    found.push(name);
    const [, type] = /, MAP being of type (\w+)$/.exec(said) ?? [];
    await follow(lab + (type === undefined ? '' : mapOf(type as MapType, 'MAP')), said);
  }
  return found;
}

test('on every function of the kernel', async () => {
  const found = await reached('fentry');
  expect(found).toEqual(
    expect.arrayContaining(['htab_map_delete_elem', 'trie_update_elem', 'bpf_jiffies64']),
  );
  expect(found).not.toContain('bpf_dynptr_read');
  expect(found.length).toBeGreaterThan(35);
});

test('a kprobe does not see what a system call does with a map', async () => {
  const found = await reached('kprobe');
  expect(found).toEqual(expect.arrayContaining(['bpf_fentry_test1', 'bpf_jiffies64']));
  expect(found.filter((name) => name.includes('_map_'))).toEqual([]);
  expect(await help(program('kprobe/htab_map_delete_elem'))).toBe(
    'no action by itself makes `a` run: have a program do what calls `htab_map_delete_elem`',
  );
});

describe('a map of the lab is named', () => {
  test.each(Object.keys(FIELDS) as MapType[])('%s', async (type) => {
    const lab = mapOf('hash', 'other') + mapOf(type, 'mine') + program('lsm/bpf');
    expect(await help(lab)).toContain('other[0]');
    await follow(lab, await help(lab));
  });

  test('of the type that has the function', async () => {
    const lab = mapOf('hash', 'other') + mapOf('lpm_trie', 'mine') + program('fentry/trie_delete_elem');
    expect(await help(lab)).toBe('say what happens: `cpu 0 { delete mine[0] }` makes `a` run');
  });
});

const WORK = 'function work(u64 n, s32 m) {\n    r0 = 0\n    exit\n}\n';
test.each([
  ['fentry/work', WORK, 'call work(1, 2)'],
  ['kprobe.multi/wor*', WORK, 'call work(1, 2)'],
  ['freplace/b', 'program b : tc {\n    r0 = 0\n    exit\n}\n', 'test_run b'],
  ['fmod_ret/bpf_modify_return_test', '', 'test_run a'],
  ['syscall', '', 'test_run a'],
  ['iter/task', '', 'iter a'],
  ['tp_btf/fired', 'tracepoint fired(u64 x, u64 y)\n', 'fire fired(1, 2)'],
  ['perf_event', '', 'call bpf_jiffies64()'],
])('%s', async (target, rest, action) => {
  const lab = program(target) + rest;
  const said = await help(lab);
  expect(said).toContain(`\`cpu 0 { ${action} }\``);
  // What replaces a program has its counts.
  if (!target.startsWith('freplace')) await follow(lab, said);
});

test('on the command line it is an option', async () => {
  const lab = program('fentry/work');
  expect(await help(lab, '--function', 'long work(int n, struct file *f)')).toContain(
    '`cpu 0 { call work(1, 2) }`',
  );
  const { stderr } = await tinybpfHere(['run', '--no-verify', 'test/data/objects/functions.bpf.o']);
  const [, name, value] = /help: say what happens: `(--do) '([^']*)'` makes/.exec(stderr) ?? [];
  const { stdout } = await tinybpfHere([
    'run',
    '--no-verify',
    'test/data/objects/functions.bpf.o',
    name!,
    value!,
  ]);
  expect(stdout).toMatch(/ run_cnt [1-9]/);
});
