// cspell:ignore nosuchfile
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tinybpfHere } from '../support/in-process.js';

const fields = (stdout: string): Map<string, number> =>
  new Map([...stdout.matchAll(/^ {2}(\w+) {1,}: {1,}(\d+)$/gm)].map((m) => [m[1]!, Number(m[2])] as const));

/** The fields of the global part come before those of chunks, which have names in common with them. */
const globals = (stdout: string): Map<string, number> => fields(stdout.split('Per Chunk Stats:')[0]!);

test('prints the fields of percpu_stats in the kernel’s columns, and a map', async () => {
  const run = await tinybpfHere(['percpu', '4:8 x1000, free 1/2, 4:4 x500', '--cpus', '2']);
  expect(run.stderr).toBe('');
  expect(run.status).toBe(0);
  expect(run.stdout).toContain('pcpu-alloc: s110000 r8192 d29264 u147456 alloc=36*4096, 2 CPUs');
  expect(run.stdout).toMatch(/^4:8 x1000 {2}1000 allocated in chunk 0$/m);
  expect(run.stdout).toMatch(/^free 1\/2 {3}500 freed$/m);
  expect(run.stdout).toContain('  nr_cur_alloc        :         1000\n');
  expect([...globals(run.stdout).keys()]).toEqual([
    ...['unit_size', 'static_size', 'reserved_size', 'dyn_size', 'atom_size', 'alloc_size'],
    ...['nr_alloc', 'nr_dealloc', 'nr_cur_alloc', 'nr_max_alloc', 'nr_chunks', 'nr_max_chunks'],
    ...['min_alloc_size', 'max_alloc_size', 'empty_pop_pages'],
  ]);
  expect(run.stdout).toMatch(/first chunk, slot 12\n {2}0 {3}\| +\+#########\n/);
});

test('later requests fill the holes that alignment left', async () => {
  // 1000 words at even bits; 999 holes of one bit between them, which 4:4 takes before anything after.
  const holes = async (script: string): Promise<number> =>
    fields((await tinybpfHere(['percpu', script])).stdout).get('sum_frag')!;
  expect(await holes('4:8 x1000')).toBe(999 * 4);
  expect(await holes('4:8 x1000, 4:4 x999')).toBe(0);
  expect(await holes('4:8 x1000, 4:8 x999')).toBe(1998 * 4);
  expect(await holes('4:1 x1000')).toBe(0);
});

test('what to free, in the order of allocation', async () => {
  const alive = async (script: string): Promise<number> =>
    globals((await tinybpfHere(['percpu', script])).stdout).get('nr_cur_alloc')!;
  expect(await alive('4:4 x10, free 1/2')).toBe(5);
  expect(await alive('4:4 x10, free 2/3')).toBe(4);
  expect(await alive('4:4 x10, free first 3')).toBe(7);
  expect(await alive('4:4 x10, free last 100')).toBe(0);
  expect(await alive('4:4 x10; free all\n4:4 # comment')).toBe(1);
  const map = (await tinybpfHere(['percpu', '64:64 x4, free first 1, free last 1'])).stdout;
  expect(map).toMatch(/first chunk, slot \d+\n {2}0 {3}\| +\.\.##\.+\n/);
});

test('reads a file and standard input', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'tinybpf-')), 'script');
  writeFileSync(file, '// two\n4:4 x2\n');
  for (const run of [await tinybpfHere(['percpu', file]), await tinybpfHere(['percpu', '-'], '4:4 x2')]) {
    expect(run.status).toBe(0);
    expect(run.stdout).toContain('2 allocated');
  }
});

test('refusals are the kernel’s, and fail', async () => {
  const run = await tinybpfHere(['percpu', '0:4 x3, 4:12, 4:4, reserved 16384:4']);
  expect(run.status).toBe(1);
  expect(run.stdout).toContain('  illegal size (0) or align (4) for percpu allocation  (3 times)\n');
  expect(run.stdout).toContain('  illegal size (4) or align (12) for percpu allocation\n');
  expect(run.stdout).toContain(
    'percpu: allocation failed, size=16384 align=4 atomic=0, alloc from reserved chunk failed',
  );
});

test('the work queue’s part can be left out', async () => {
  const script = '4096:4 x6';
  expect(globals((await tinybpfHere(['percpu', script])).stdout).get('nr_chunks')).toBe(2);
  const run = await tinybpfHere(['percpu', '--no-work', script]);
  expect(globals(run.stdout).get('nr_chunks')).toBe(1);
  expect(run.stdout).toContain('balance work is scheduled');
  expect(
    globals((await tinybpfHere(['percpu', '--no-work', `${script}, balance`])).stdout).get('nr_chunks'),
  ).toBe(2);
});

test('old hints do not see what was freed in a later page', async () => {
  const script = '4:4 x7316, free last 10, 4:4 x3';
  const last = async (hints: string): Promise<string> =>
    (await tinybpfHere(['percpu', '--hints', hints, script])).stdout;
  expect(await last('old')).toContain('3 allocated in chunk 1\n');
  expect(await last('mended')).toContain('3 allocated in chunk 0\n');
});

test('--programs compares the alignments', async () => {
  const run = await tinybpfHere(['percpu', '--programs', '10000', '--cpus', '64']);
  expect(run.status).toBe(0);
  expect(run.stdout).toMatch(/together, all CPUs +2560000 +51\d+ +\+25\d+/);
  const json = JSON.parse(
    (await tinybpfHere(['--json', 'percpu', '--programs', '10000', '--cpus', '64'])).stdout,
  ) as {
    alignment: { comparisons: { costs: { align: number; chunks: number }[] }[] };
  };
  expect(
    json.alignment.comparisons.map((c) => c.costs.map(({ align, chunks }) => ({ align, chunks }))),
  ).toEqual([
    [
      { align: 4, chunks: 2 },
      { align: 8, chunks: 2 },
    ],
    [
      { align: 4, chunks: 4 },
      { align: 8, chunks: 4 },
    ],
  ]);
});

test.each([
  ['4:8 x1000, fre 1/2', 1, ['error[B0620]', '<script>:1:12', 'did you mean `free`?']],
  ['', 1, ['error[B0620]', 'has no statement']],
  ['nosuchfile', 2, ['error[B0801]']],
] as const)('bad script %j', async (script, status, says) => {
  const run = await tinybpfHere(['percpu', script]);
  for (const text of says) expect(run.stderr).toContain(text);
  expect(run.stdout).toBe('');
  expect(run.status).toBe(status);
});

test('neither a script nor --programs', async () => {
  const run = await tinybpfHere(['percpu']);
  expect(run.status).toBe(2);
  expect(run.stderr).toContain('error[B0803]');
});
