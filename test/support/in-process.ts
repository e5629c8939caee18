import { vi } from 'vitest';
import type { CliResult } from './cli.js';

const stdin = vi.hoisted((): { bytes: Uint8Array } => ({ bytes: new Uint8Array() }));

vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof import('node:fs')>();
  const readFileSync = (path: unknown, ...rest: unknown[]): unknown =>
    path === 0 ? Buffer.from(stdin.bytes) : Reflect.apply(fs.readFileSync, fs, [path, ...rest]);
  return { ...fs, readFileSync };
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
  const written = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const keep = (stream: 'stdout' | 'stderr') =>
    vi.spyOn(process[stream], 'write').mockImplementation((chunk: string | Uint8Array) => {
      written[stream].push(Buffer.from(chunk as string));
      return true;
    });
  const spies = [keep('stdout'), keep('stderr')];
  vi.stubEnv('FORCE_COLOR', undefined);
  try {
    const status = await runCli(args);
    const [stdout, stderr] = [written.stdout, written.stderr].map((w) => Buffer.concat(w).toString());
    return { status, stdout: stdout!, stderr: stderr! };
  } finally {
    for (const spy of spies) spy.mockRestore();
    vi.unstubAllEnvs();
  }
}
