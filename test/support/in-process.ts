import { vi } from 'vitest';
import type { CliResult } from './cli.js';
import { Kept } from './kept.js';

const stdin = vi.hoisted((): { bytes: Uint8Array; isReady: boolean } => ({
  bytes: new Uint8Array(),
  isReady: false,
}));

vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof import('node:fs')>();
  const readSync = (fd: number, into: Uint8Array, ...rest: unknown[]): unknown => {
    if (fd !== 0) return Reflect.apply(fs.readSync, fs, [fd, into, ...rest]);
    // A terminal or a pipe that another process has made non-blocking has nothing at first.
    stdin.isReady = !stdin.isReady;
    if (stdin.isReady) throw Object.assign(new Error('try again'), { code: 'EAGAIN' });
    const given = stdin.bytes.subarray(0, into.length);
    into.set(given);
    stdin.bytes = stdin.bytes.subarray(given.length);
    return given.length;
  };
  return { ...fs, readSync };
});

const { runCli } = await import('../../src/cli/program.js');

/**
 * What the command does, without a process of its own, which takes most of the time of a short command. The working
 * directory is that of the tests, which is the project's.
 */
export async function tinybpfHere(
  args: readonly string[],
  input: string | Uint8Array = '',
): Promise<CliResult> {
  stdin.bytes = typeof input === 'string' ? new TextEncoder().encode(input) : input;
  const [stdout, stderr] = [new Kept(), new Kept()];
  vi.stubEnv('FORCE_COLOR', undefined);
  try {
    const status = await runCli(args, { stdout, stderr });
    return { status, stdout: stdout.text, stderr: stderr.text };
  } finally {
    vi.unstubAllEnvs();
  }
}
