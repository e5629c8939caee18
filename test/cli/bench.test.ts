// cspell:ignore fentri
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { processorsHere } from '../../src/cli/processors.js';
import { tinybpf } from '../support/cli.js';
import { tinybpfHere } from '../support/in-process.js';

const SHORT = ['--seconds', '0.01'];

test('prints a table, bars, the noise floor and what others measured', async () => {
  const run = await tinybpfHere(['bench', ...SHORT, '-c', 'fentry,trig-kernel-count', '-g', 'arm64']);
  expect(run.stderr).toBe('');
  expect(run.status).toBe(0);
  expect(run.stdout).toMatch(/^engine wasm, kernel arm64-7\.3, \d+ rounds of \d+ ms/);
  for (const guard of ['arm64', 'generic', 'none'])
    expect(run.stdout).toMatch(new RegExp(`^  ${guard} +█`, 'm'));
  expect(run.stdout).toMatch(/^noise floor: [\d.]+ %$/m);
  expect(run.stdout).toContain('Neoverse V2');
});

test('prints JSON, and writes a plot whole', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'tinybpf-'));
  const svg = join(dir, 'plot.svg');
  const args = ['--json', 'bench', ...SHORT, '-c', 'rawtp', '--engine', 'interp', '--svg', svg];
  const run = await tinybpfHere(args);
  expect(run.status).toBe(0);
  const { version, bench } = JSON.parse(run.stdout);
  expect(version).toBe(1);
  expect(bench.engine).toBe('interp');
  expect(bench.rows.map((r: { guard: string }) => r.guard)).toEqual(['generic', 'arm64', 'x86', 'none']);
  for (const row of bench.rows) {
    expect(row.ns.median).toBeGreaterThan(0);
    expect(row.m_ops_per_s).toBeCloseTo(1000 / row.ns.median);
  }
  expect(readFileSync(svg, 'utf8')).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
  expect(readdirSync(dir)).toEqual(['plot.svg']);
});

test.skipIf(processorsHere() < 2)('runs emulated CPUs on threads', () => {
  const run = tinybpf([
    '--json',
    'bench',
    ...SHORT,
    '-c',
    'fentry',
    '-g',
    'arm64',
    '--cpus',
    '2',
    '--false-sharing',
  ]);
  expect(run.stderr).toBe('');
  expect(run.status).toBe(0);
  const { scale } = JSON.parse(run.stdout);
  expect(scale.rows).toHaveLength(3 * 2 * 2);
  for (const row of scale.rows) {
    expect(row.ns.median).toBeGreaterThan(0);
    // Whether the two ran at once depends on what else this machine does.
    expect(row.m_ops_per_s === null).toBe(row.busy < 0.8);
  }
});

test('more CPUs than the machine has are refused, and how many it has is said', async () => {
  const most = processorsHere();
  const run = await tinybpfHere(['bench', ...SHORT, '-c', 'fentry', '--cpus', String(most + 1)]);
  expect(run.status).toBe(2);
  expect(run.stdout).toBe('');
  expect(run.stderr).toContain(`--cpus ${most + 1}: this machine runs ${most} thread`);
  expect(run.stderr).toContain(`--cpus ${most}\``);
});

test.each([
  ['no control groups', {}, 8],
  ['no limit', { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': 'max 100000\n' }, 8],
  ['two processors\u2019 time', { '/sys/fs/cgroup/cpu.max': '200000 100000\n' }, 2],
  ['more time than there is', { '/sys/fs/cgroup/cpu.max': '1600000 100000\n' }, 8],
  ['half a processor', { '/sys/fs/cgroup/cpu.max': '50000 100000\n' }, 1],
  [
    'a limit further up',
    {
      '/proc/self/cgroup': '4:memory:/x\n0::/a/b/c\n',
      '/sys/fs/cgroup/a/b/c/cpu.max': 'max 100000\n',
      '/sys/fs/cgroup/a/cpu.max': '350000 100000\n',
    },
    3,
  ],
])('a container with %s', (_, files: Readonly<Record<string, string>>, processors) => {
  expect(processorsHere((path) => files[path] ?? '', 8)).toBe(processors);
});

test.each([
  [['-c', 'fentri'], 'there is no benchmark case `fentri`', 'did you mean `trig-fentry`?'],
  [['-g', 'arm63'], 'there is no guard `arm63`', 'did you mean `arm64`?'],
  [['-k', 'arm64-7.4'], 'there is no kernel model `arm64-7.4`', 'arm64-7.3'],
  [['--seconds', '0'], 'Expected a number of seconds', ''],
  [['--seconds', 'x'], 'Expected a number of seconds', ''],
  [['--engine', 'jit'], 'Allowed choices are wasm, interp', ''],
  [['--cpus', '65'], 'Expected a whole number from 1 to 64', ''],
  [['--false-sharing'], '--false-sharing takes two CPUs or more', '--cpus 2'],
  [['--cpus', '0'], 'Expected a whole number from 1 to 64', ''],
  [['--cpus', '2', '--svg', 'x.svg'], '--svg plots guards', ''],
  [['--cpus', '2', '--engine', 'interp'], 'only compiled code runs on several threads', ''],
  [['--svg', '/nowhere/at/all.svg'], 'there is no directory /nowhere/at', ''],
  [['--svg', tmpdir()], 'is a directory', ''],
  [['-g', 'missing/guard.bpf'], 'there is no file missing/guard.bpf', ''],
])('bad options are explained: %j', async (args, message, help) => {
  const run = await tinybpfHere(['bench', ...args]);
  expect(run.status).toBe(2);
  expect(run.stdout).toBe('');
  expect(run.stderr).toContain(message);
  expect(run.stderr).toContain(help);
  expect(existsSync('x.svg')).toBe(false);
});

test('measures the calls of a lab on both engines, without and with programs', async () => {
  const run = await tinybpfHere(['--json', 'bench', 'programs/recursion.bpf', ...SHORT, '-g', 'arm64']);
  expect(run.stderr).toBe('');
  expect(run.status).toBe(0);
  const { lab, benches } = JSON.parse(run.stdout);
  expect(lab).toBe('programs/recursion.bpf');
  expect(benches.map((b: { engine: string }) => b.engine)).toEqual(['wasm', 'interp']);
  for (const bench of benches) {
    expect(bench.guards).toEqual(['generic', 'arm64', 'none', 'no programs']);
    expect(bench.rows.map((r: { case: string; guard: string }) => `${r.case} ${r.guard}`)).toEqual([
      ...['generic', 'arm64', 'none', 'no programs'].map((g) => `delete hash1[0] ${g}`),
      ...['generic', 'arm64', 'no programs'].map((g) => `delete hash2[0] ${g}`),
    ]);
    expect(bench.left_out).toEqual([
      { what: 'delete hash2[0]', guard: 'none', why: expect.stringContaining('stack_overflow') },
    ]);
  }
});

test('measures what `--do` says of an object, on one engine', async () => {
  const object = 'test/data/objects/small.bpf.o';
  const action = 'call bpf_fentry_test1(1)';
  const run = await tinybpfHere(['bench', object, ...SHORT, '--engine', 'interp', '-d', action]);
  expect(run.stderr).toBe('');
  expect(run.status).toBe(0);
  expect(run.stdout.match(/^engine /gm)).toHaveLength(1);
  expect(run.stdout).toContain(`\n${action}  generic `);
});

test.each([
  [['programs/recursion.bpf', '--cases', 'fentry'], "--cases is for the cases of the kernel's benchmark", 2],
  [['programs/recursion.bpf', '--cpus', '2'], "--cpus is for the cases of the kernel's benchmark", 2],
  [['programs/recursion.bpf', '--svg', 'x.svg'], '--svg plots one engine', 2],
  [['programs/recursion.bpf', '-n', '3'], 'there is no scenario `3`', 2],
  [['programs/recursion.bpf', '-g', 'arm63'], 'there is no guard `arm63`', 2],
  [['programs/recursion.bpf', '-d', 'delete hash3[0]'], 'there is no map `hash3`', 1],
  [['programs/nothing.bpf'], 'there is no file programs/nothing.bpf', 2],
  [['--do', 'delete hash1[0]'], '--do says what is done with a file, and none is given', 2],
])('what cannot be measured of a file is explained: %j', async (args, message, status) => {
  const run = await tinybpfHere(['bench', ...SHORT, ...args]);
  expect(run.stdout).toBe('');
  expect(run.stderr).toContain(message);
  expect(run.status).toBe(status);
});
