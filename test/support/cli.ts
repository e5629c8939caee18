import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

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
): CliResult {
  const { FORCE_COLOR: _, ...clean } = process.env;
  const run = spawnSync(process.execPath, [main, ...args], {
    cwd: ROOT,
    input,
    env: { ...clean, ...env },
    timeout: 60_000,
    maxBuffer: 1 << 28,
  });
  return { status: run.status, stdout: run.stdout.toString(), stderr: run.stderr.toString() };
}
