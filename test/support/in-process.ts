// cspell:ignore unstub
import { vi } from 'vitest';
import { runCli } from '../../src/cli/program.js';
import type { CliResult } from './cli.js';
import { Given, Kept } from './kept.js';

/**
 * What the command does, without a process of its own, which takes most of the time of a short command. The working
 * directory is that of the tests, which is the project's, or `dir` meanwhile.
 */
export async function tinybpfHere(
  args: readonly string[],
  input: string | Uint8Array = '',
  dir?: string,
): Promise<CliResult> {
  const [stdout, stderr] = [new Kept(), new Kept()];
  const before = dir === undefined ? undefined : process.cwd();
  vi.stubEnv('FORCE_COLOR', undefined);
  try {
    if (dir !== undefined) process.chdir(dir);
    const status = await runCli(args, { stdin: new Given(input), stdout, stderr });
    return { status, stdout: stdout.text, stderr: stderr.text };
  } finally {
    if (before !== undefined) process.chdir(before);
    vi.unstubAllEnvs();
  }
}
