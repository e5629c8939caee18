// cspell:ignore pipestatus
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { isLinux, scratch, shell } from '../support/shell.js';

const dir = scratch();
const LAB = `map h : hash { key 4, value 8, max_entries 1 }
scenario { cpu 0 { update h[0] = 1 } expect h[0] == 1 }
`;
const FULL = 'error[B0805]: cannot write to standard output: no space left on device (ENOSPC)\n';

beforeAll(() => {
  writeFileSync(join(dir, 'lab.bpf'), LAB);
  writeFileSync(join(dir, 'warns.bpf'), 'scenario { cpu 0 { } cpu 0 { } }');
});

describe.skipIf(!isLinux)('a full disk', () => {
  test.each([
    'run lab.bpf',
    '--json run lab.bpf',
    'list insns',
    '--help',
    'run --help',
    '--version',
    'step lab.bpf -x stepi',
  ])('is told in one line: tinybpf %s', (args) => {
    expect(shell(`tinybpf ${args} > /dev/full`, dir)).toEqual({ status: 1, stdout: '', stderr: FULL });
  });

  test('for standard error can be told to nobody, but by the status', () => {
    const all = shell('tinybpf asm - <<< "r0 = x ll" 2> /dev/full', dir);
    expect(all).toMatchObject({ status: 1, stderr: '' });
    expect(all.stdout).toContain('18 00');
    expect(shell('tinybpf run > /dev/full 2> /dev/full', dir)).toEqual({
      status: 2,
      stdout: '',
      stderr: '',
    });
    expect(shell('tinybpf rnu 2> /dev/full', dir)).toEqual({ status: 2, stdout: '', stderr: '' });
  });

  test('is seen where a part of what is written still fits', () => {
    // A file of at most 1 KiB: the system takes the first part of a write, and says so by its length only.
    const run = shell('(ulimit -f 1; tinybpf --json list insns > out)', dir);
    expect(run).toMatchObject({ status: 1, stderr: expect.stringMatching(/^error\[B0805\]: .*EFBIG\)\n$/) });
    expect(statSync(join(dir, 'out')).size).toBe(1024);
  });
});

describe.skipIf(!isLinux)('nobody who reads', () => {
  test('is not an error', () => {
    const run = shell('tinybpf --json list insns | head -c 1; echo $PIPESTATUS', dir);
    expect(run).toEqual({ status: 0, stdout: '{0\n', stderr: '' });
    expect(shell('tinybpf rnu 2>&1 | true; exit $PIPESTATUS', dir)).toEqual({
      status: 2,
      stdout: '',
      stderr: '',
    });
  });

  test('ends a script of the stepper', () => {
    const run = shell('yes info | tinybpf step lab.bpf | head -1', dir);
    expect(run.stderr).toBe('');
    expect(run.stdout).toContain('[0]');
  });

  test('has closed the descriptor', () => {
    expect(shell('tinybpf run lab.bpf >&-', dir)).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(shell('tinybpf run 2>&-', dir)).toEqual({ status: 2, stdout: '', stderr: '' });
    expect(shell('tinybpf run - <&-', dir).stderr).toBe('error[B0804]: <stdin> is empty\n');
  });
});

test.skipIf(!isLinux)('all is written to a pipe that is read slowly, and to a file', () => {
  const run = shell(
    'tinybpf --json list insns > all; tinybpf --json list insns | (read -r x; echo "$x"; cat) > piped',
    dir,
  );
  expect(run).toEqual({ status: 0, stdout: '', stderr: '' });
  const all = readFileSync(join(dir, 'all'), 'utf8');
  expect(all.length).toBeGreaterThan(1 << 14);
  expect(readFileSync(join(dir, 'piped'), 'utf8')).toBe(all);
});
