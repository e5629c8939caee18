import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { PROCESS_LIMIT } from './limits.js';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface CliResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command as a user does. `npm test` builds it before. */
export function tinybpf(
  args: readonly string[],
  input: string | Uint8Array = '',
  env: NodeJS.ProcessEnv = {},
  cwd = ROOT,
): CliResult {
  const { FORCE_COLOR: _, ...clean } = process.env;
  const run = spawnSync(process.execPath, [main, ...args], {
    cwd,
    input,
    env: { ...clean, ...env },
    timeout: PROCESS_LIMIT,
    maxBuffer: 1 << 28,
  });
  if ((run.error as NodeJS.ErrnoException | undefined)?.code === 'ETIMEDOUT')
    throw new Error(`tinybpf ${args.join(' ')} did not end within ${PROCESS_LIMIT / 1000} s`);
  return { status: run.status, stdout: run.stdout.toString(), stderr: run.stderr.toString() };
}
