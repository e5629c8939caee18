import { expect, test } from 'vitest';
import { StandardInput } from '../../src/cli/input.js';
import { runCli } from '../../src/cli/program.js';
import { Kept } from '../support/kept.js';

const trouble = (code: string) => () => {
  throw Object.assign(new Error(code), { code });
};

/** What `tinybpf asm -` does where reading standard input does this, one attempt after another. */
async function asmOf(
  ...given: (() => string)[]
): Promise<{ status: number; stdout: string; stderr: string }> {
  const stdin = new StandardInput((fd, into) => {
    expect(fd).toBe(0);
    const bytes = Buffer.from(given.shift()?.() ?? '');
    into.set(bytes);
    return bytes.length;
  });
  const [stdout, stderr] = [new Kept(), new Kept()];
  const status = await runCli(['asm', '-'], { stdin, stdout, stderr });
  return { status, stdout: stdout.text, stderr: stderr.text };
}

test('a terminal or pipe that another process has made non-blocking has nothing at first', async () => {
  const nothingYet = trouble('EAGAIN');
  const run = await asmOf(
    nothingYet,
    () => 'r0 = ',
    nothingYet,
    nothingYet,
    () => '7\nexit\n',
    nothingYet,
  );
  expect(run).toEqual({
    status: 0,
    stdout: 'b7 00 00 00 07 00 00 00\n95 00 00 00 00 00 00 00\n',
    stderr: '',
  });
});

test('the end of a pipe on Windows is an end', async () => {
  expect((await asmOf(() => 'exit\n', trouble('EOF'))).status).toBe(0);
});

test('what cannot be read is said', async () => {
  const run = await asmOf(trouble('EIO'));
  expect(run.status).toBe(2);
  expect(run.stderr).toContain('error[B0801]: cannot read <stdin>: EIO');
});
