import { expect, test } from 'vitest';
import { tinybpfHere } from '../support/in-process.js';

const LAB = 'programs/explore/two-tasks.bpf';

test.each(['--guard', '-g', '--guards'])('`explore %s` takes names, again or with commas', async (option) => {
  const { stdout } = await tinybpfHere([
    'explore',
    '-n',
    '1',
    option,
    'arm64,generic',
    option,
    'arm64-v1',
    LAB,
  ]);
  for (const guard of ['arm64', 'generic', 'arm64-v1']) expect(stdout).toContain(guard);
});

test('`run --guard all` runs under every guard, those of the lab too', async () => {
  const listed = JSON.parse((await tinybpfHere(['list', 'guards', '--json'])).stdout) as {
    guards: readonly { name: string }[];
  };
  const { stdout } = await tinybpfHere([
    'run',
    '--json',
    '--guard',
    'all',
    'programs/explore/broken-guard.bpf',
    '-n',
    '1',
  ]);
  const { scenarios } = JSON.parse(stdout) as { scenarios: readonly { guard: { name: string } }[] };
  const names = scenarios.map((s) => s.guard.name);
  expect(names).toEqual(expect.arrayContaining(listed.guards.map((g) => g.name)));
  expect(names.length).toBe(listed.guards.length + 1);
});

test.each(['run', 'check'])('`%s --guards` goes on working', async (command) => {
  const now = await tinybpfHere([command, '--guard', 'generic', 'programs/recursion.bpf']);
  expect(await tinybpfHere([command, '--guards', 'generic', 'programs/recursion.bpf'])).toEqual(now);
});
