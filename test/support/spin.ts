import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PROMELA_PROPERTIES } from '../../src/promela/model.js';
import { PROCESS_LIMIT } from './limits.js';

const execute = promisify(execFile);

const runs = (command: string, args: readonly string[]): boolean =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0;

let found: boolean | undefined;

/** Whether there are SPIN and a C compiler. */
export function hasSpin(): boolean {
  found ??= runs('spin', ['-V']) && runs('cc', ['--version']);
  return found;
}

/** What SPIN found of a model. */
export interface SpinVerdict {
  readonly broken: readonly string[];
  readonly states: number;
  readonly isComplete: boolean;
  readonly output: string;
}

/** Checks a model, with `-D` of these properties or of all; every violation is reported, not only the first. */
export async function runSpin(model: string, properties: readonly string[] = []): Promise<SpinVerdict> {
  const dir = mkdtempSync(join(tmpdir(), 'tinybpf-spin-'));
  const run = async (command: string, args: readonly string[]): Promise<string> => {
    try {
      return (await execute(command, args, { cwd: dir, maxBuffer: 1 << 28, timeout: PROCESS_LIMIT })).stdout;
    } catch (e) {
      if ((e as { killed?: boolean }).killed !== true) throw e;
      throw new Error(`${command} did not end within ${PROCESS_LIMIT / 1000} s`);
    }
  };
  try {
    writeFileSync(join(dir, 'model.pml'), model);
    await run('spin', [...properties.map((p) => `-DPROPERTY_${p}`), '-a', 'model.pml']);
    await run('cc', ['-O0', '-w', '-fwrapv', '-DSAFETY', '-o', 'pan', 'pan.c']);
    const output = await run('./pan', ['-c0', '-w18']);
    const says = (p: string): boolean =>
      p === 'no_deadlock' ? /invalid end state \(/.test(output) : output.includes(`assertion violated ${p} `);
    return {
      broken: PROMELA_PROPERTIES.filter(says),
      states: Number(/(\d+) states, stored/.exec(output)?.[1]),
      isComplete: /errors:/.test(output) && !/max search depth too small|out of memory/.test(output),
      output,
    };
  } finally {
    rmSync(dir, { recursive: true });
  }
}
