import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PROGRAMS } from './programs.js';

/** The programs, compiled for the host. */
export interface Native {
  /** A program's first result, and the processor time of a later run, the mean of some milliseconds, in nanoseconds. */
  readonly time: (name: string, ms: number) => { readonly result: bigint; readonly ns: number };
  readonly remove: () => void;
}

/** Compiles the programs, whose sources are in a folder, with cc -O2; undefined where there is no compiler. */
export function compileNative(folder: URL): Native | undefined {
  const dir = mkdtempSync(join(tmpdir(), 'tinybpf-bench-'));
  const binary = join(dir, 'programs');
  const names = PROGRAMS.map((p) => p.name);
  const list = names.map((n) => `PROGRAM(${n})`).join(' ');
  const sources = ['main', ...names].map((name) => fileURLToPath(new URL(`${name}.c`, folder)));
  const built = spawnSync('cc', ['-O2', `-DPROGRAMS=${list}`, '-o', binary, ...sources], {
    encoding: 'utf8',
  });
  const remove = (): void => rmSync(dir, { recursive: true });
  if (built.error !== undefined) {
    remove();
    return undefined;
  }
  if (built.status !== 0) throw new Error(`cc: ${built.stderr}`);
  const time: Native['time'] = (name, ms) => {
    const ran = spawnSync(binary, [name, String(ms)], { encoding: 'utf8' });
    const [result, ns] = ran.stdout.split(' ');
    if (ran.status !== 0 || result === undefined) throw new Error(`the C program ${name} failed`);
    return { result: BigInt(result), ns: Number(ns) };
  };
  return { time, remove };
}
