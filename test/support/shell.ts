// cspell:ignore norc
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CliResult } from './cli.js';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** What has devices, descriptors and links as these tests want them. */
export const isLinux = process.platform === 'linux';

export const scratch = (): string => mkdtempSync(join(tmpdir(), 'tinybpf-'));

/** Somebody who owns nothing. */
export const NOBODY = 65534;

/** Whether a command can be run as somebody who has to ask; root may write everywhere. */
export const canBeNobody =
  process.getuid?.() === 0 &&
  spawnSync(process.execPath, [main, '-V'], { uid: NOBODY, gid: NOBODY }).status === 0;

/** Runs a script of the shell in a folder; `tinybpf` in it is the built command, and its status the last command's. */
export function shell(script: string, cwd: string, user?: number): CliResult {
  const tinybpf = `tinybpf() { '${process.execPath}' '${main}' "$@"; }`;
  const { FORCE_COLOR: _, ...env } = process.env;
  const run = spawnSync('bash', ['--norc', '-c', `${tinybpf}\n${script}`], {
    cwd,
    env,
    timeout: 60_000,
    ...(user !== undefined && { uid: user, gid: user }),
  });
  return { status: run.status, stdout: run.stdout.toString(), stderr: run.stderr.toString() };
}

export interface Started {
  readonly child: ChildProcessWithoutNullStreams;
  /** Resolves when standard output has held a text. */
  readonly says: (text: string) => Promise<void>;
  /** The same of standard error. */
  readonly complains: (text: string) => Promise<void>;
  readonly stderr: () => string;
  readonly ended: Promise<{ readonly status: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** Starts the built command, to be talked to while it runs. */
export function started(args: readonly string[], cwd?: string): Started {
  const child = spawn(process.execPath, [main, ...args], { cwd, stdio: 'pipe' });
  let [out, err] = ['', ''];
  const heard = new EventEmitter();
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
    heard.emit('more');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
    heard.emit('more');
  });
  return {
    child,
    says: async (text) => {
      while (!out.includes(text)) await once(heard, 'more');
    },
    complains: async (text) => {
      while (!err.includes(text)) await once(heard, 'more');
    },
    stderr: () => err,
    ended: once(child, 'close').then(([status, signal]) => ({ status, signal })),
  };
}
