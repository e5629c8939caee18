import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tinybpfHere } from '../support/in-process.js';
import { isLinux, scratch, shell, started } from '../support/shell.js';

const dir = scratch();
const LAB = `map h : hash { key 4, value 8, max_entries 1 }
scenario { cpu 0 { update h[0] = 1 } expect h[0] == 1 }
`;
const lab = join(dir, 'lab.bpf');
writeFileSync(lab, LAB);

describe.skipIf(!isLinux)('input without end', () => {
  const wanted = '/dev/zero has more bytes than are read\n = expected: at most 67108864 bytes';
  test.each([
    ['run', '/dev/zero'],
    ['check', '/dev/zero'],
    ['disasm', '/dev/zero'],
    ['asm', '/dev/zero'],
    ['percpu', '/dev/zero'],
    ['explore', '/dev/zero'],
    ['run', lab, '--schedule', '/dev/zero'],
    ['explore', lab, '--guards', '/dev/zero'],
    ['bench', '--guards', '/dev/zero'],
  ])('is refused by %s %s', async (...args) => {
    const run = await tinybpfHere(args);
    expect(run.stderr).toContain(wanted);
    expect(run.status).toBe(2);
  });

  test('fails as a lab and as a test, and the others are run', async () => {
    mkdirSync(join(dir, 'some'));
    symlinkSync('/dev/zero', join(dir, 'some', 'a.bpf'));
    symlinkSync('nothing', join(dir, 'some', 'b.bpf'));
    symlinkSync('.', join(dir, 'some', 'c'));
    symlinkSync('.', join(dir, 'some', 'd.bpf'));
    writeFileSync(join(dir, 'some', 'e.bpf'), LAB);
    const run = await tinybpfHere(['test', join(dir, 'some')]);
    expect(run.stderr).toContain('a.bpf has more bytes than are read');
    expect(run.stderr).toContain('there is no file');
    expect(run.stderr).toContain('d.bpf is a directory');
    expect(run.stdout).toContain('e.bpf: 1 passed, 0 failed');
    expect(run.stdout).toContain('1 passed, 3 failed');
    symlinkSync('/dev/zero', join(dir, 'some', 'a.data'));
    symlinkSync('nothing', join(dir, 'some', 'b.data'));
    const other = await tinybpfHere(['conformance', join(dir, 'some')]);
    expect(other.stdout).toContain('0 passed, 2 failed');
  });

  test('is refused where a lab names it as an object', async () => {
    const path = join(dir, 'object.bpf');
    writeFileSync(path, 'scenario { cpu 0 { } }\nobject "/dev/zero"\n');
    const run = await tinybpfHere(['run', path]);
    expect(run.stderr).toContain('error[B0801]: /dev/zero has more bytes than are read\n');
    expect(run.stderr).toContain('object.bpf:2:8\n');
    expect(run.status).toBe(1);
  });

  test('is refused on standard input, within what 64 MiB take', () => {
    const run = shell(`(ulimit -v 8000000; tinybpf run - < /dev/zero); tinybpf plugin < /dev/zero`, dir);
    expect(run.stderr.match(/<stdin> has more bytes/g)).toHaveLength(2);
    expect(run.status).toBe(2);
  });
});

test('input that is too long to be what it should is refused', async () => {
  const line = await tinybpfHere(['step', lab], `stepi\nprint ${'1 + '.repeat(30_000)}`);
  expect(line.stdout).toContain('[1]');
  expect(line.stderr).toContain('error[B0104]: line 2 of <stdin> has more than 65536 bytes');
  expect(line.status).toBe(1);
  const code = new Uint8Array(8 * 1_000_001).fill(0x95);
  for (const args of [['disasm', '--input', 'raw', '-'], ['disasm', '-'], ['plugin']]) {
    const bytes = args.includes('raw') ? code : '95 '.repeat(code.length);
    const run = await tinybpfHere(args, bytes);
    expect(run.stderr).toContain('error[B0510]: <stdin> has 1000001 instruction slots');
    expect(run.status).toBe(1);
  }
  const unknown = await tinybpfHere(['plugin'], 'ff'.repeat(8 * 1000));
  expect(unknown.stderr.length).toBeLessThan(1000);
  expect(unknown.stderr).toContain('and 990 more');
});

test.skipIf(!isLinux)('commands without end are refused', async () => {
  const run = await tinybpfHere(['step', lab, '--commands', '/dev/zero']);
  expect(run.stderr).toContain('error[B0104]: line 1 of /dev/zero has more than 65536 bytes');
  expect(run.status).toBe(1);
});

test('a lab that names an object which is not there is told where', async () => {
  const path = join(dir, 'missing.bpf');
  writeFileSync(path, 'object "lab.o"\nscenario { cpu 0 { } }\n');
  const run = await tinybpfHere(['check', path]);
  expect(run.stderr).toContain('missing.bpf:1:8');
  expect(run.status).toBe(1);
});

describe.skipIf(!isLinux)('what is read', () => {
  test('may be a pipe, named or not, and a file of /proc', () => {
    const passed = 'lab.bpf: no errors\n';
    expect(shell('mkfifo p; cat lab.bpf > p & tinybpf check p', dir).stdout).toBe('p: no errors\n');
    expect(shell('tinybpf check <(cat lab.bpf)', dir).stdout).toMatch(/: no errors\n$/);
    expect(shell('tinybpf check /proc/self/fd/3 3< lab.bpf', dir).stdout).toMatch(/: no errors\n$/);
    expect(shell('tinybpf check lab.bpf', dir).stdout).toBe(passed);
    const version = shell('tinybpf asm /proc/version', dir);
    expect(version.stderr).toContain('--> /proc/version:1:');
    expect(version.status).toBe(1);
  });

  test('may not be a directory, and need not be there when it is opened', () => {
    expect(shell('tinybpf run - < .', dir).stderr).toContain('<stdin> is a directory');
    expect(shell('mkdir -p gone && cd gone && rmdir ../gone && tinybpf run lab.bpf', dir)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('there is no file lab.bpf'),
    });
    expect(
      shell('tinybpf run loop; tinybpf run lab.bpf/x; tinybpf test "$(printf %5000s)"', dir),
    ).toMatchObject({
      status: 2,
    });
  });
});

test('commands are carried out as they come', async () => {
  const step = started(['step', lab, '-c', '-']);
  await step.says('[0]');
  step.child.stdin.write('stepi\n');
  await step.says('[1]');
  step.child.stdin.write('reverse-st');
  step.child.stdin.write('epi\r\nquit');
  await step.says('(tinybpf) reverse-stepi');
  step.child.stdin.end();
  expect(await step.ended).toEqual({ status: 0, signal: null });
  expect(step.stderr()).toBe('');
});

test('a command that is not text is told by its line', async () => {
  const run = await tinybpfHere(['step', lab], Uint8Array.from([...Buffer.from('stepi\nst'), 0xe9, 10]));
  expect(run.stderr).toContain('--> <stdin>:2:3');
  expect(run.status).toBe(1);
});
