import { runCli } from '../../../src/cli/program.js';
import type { CliResult } from '../../support/cli.js';
import { environment } from '../../support/environment.js';
import { Given, Kept } from '../../support/kept.js';

export interface CommandRun extends CliResult {
  readonly args: readonly string[];
}

/** Runs the command in this process. The emulated kernel is read once for all. */
export async function runCommand(args: readonly string[]): Promise<CommandRun> {
  const [stdout, stderr] = [new Kept(), new Kept()];
  const status = await runCli(args, { stdin: new Given(), stdout, stderr }, { environment });
  return { args, status, stdout: stdout.text, stderr: stderr.text };
}
