// cspell:ignore unstub
import { vi } from 'vitest';
import { runCli } from '../../src/cli/program.js';
import type { CliResult } from './cli.js';
import { Given, Kept } from './kept.js';

/**
 * What the command does, without a process of its own, which takes most of the time of a short command. The working
 * directory is that of the tests, which is the project's.
 */
export async function tinybpfHere(
  args: readonly string[],
  input: string | Uint8Array = '',
): Promise<CliResult> {
  const [stdout, stderr] = [new Kept(), new Kept()];
  vi.stubEnv('FORCE_COLOR', undefined);
  try {
    const status = await runCli(args, { stdin: new Given(input), stdout, stderr });
    return { status, stdout: stdout.text, stderr: stderr.text };
  } finally {
    vi.unstubAllEnvs();
  }
}
