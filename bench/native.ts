import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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

/**
 * Bytes by which the programs are moved. cc aligns functions to 16 bytes, and where in a line of the cache (64 bytes) one
 * begins depends on what else is linked: that alone makes some of them take up to 1.7 times as long. So each is timed in
 * all four places, and the mean counts.
 */
const MOVED = [0, 16, 32, 48] as const;

/** Compiles the programs, whose sources are in a folder, with cc -O2; undefined where there is no compiler. */
export function compileNative(folder: URL): Native | undefined {
  const dir = mkdtempSync(join(tmpdir(), 'tinybpf-bench-'));
  const names = PROGRAMS.map((p) => p.name);
  const list = names.map((n) => `PROGRAM(${n})`).join(' ');
  const sources = ['main', ...names].map((name) => fileURLToPath(new URL(`${name}.c`, folder)));
  const remove = (): void => rmSync(dir, { recursive: true });
  const binaries: string[] = [];
  for (const bytes of MOVED) {
    const first = join(dir, `moved-${bytes}.c`);
    const binary = join(dir, `programs-${bytes}`);
    writeFileSync(first, `__asm__(".skip ${bytes}, 0x90");\n`);
    const built = spawnSync('cc', ['-O2', `-DPROGRAMS=${list}`, '-o', binary, first, ...sources], {
      encoding: 'utf8',
    });
    if (built.error !== undefined) {
      remove();
      return undefined;
    }
    if (built.status !== 0) throw new Error(`cc: ${built.stderr}`);
    binaries.push(binary);
  }
  const time: Native['time'] = (name, ms) => {
    const runs = binaries.map((binary) => {
      const ran = spawnSync(binary, [name, String(ms / binaries.length)], { encoding: 'utf8' });
      const [result, ns] = ran.stdout.split(' ');
      if (ran.status !== 0 || result === undefined) throw new Error(`the C program ${name} failed`);
      return { result: BigInt(result), ns: Number(ns) };
    });
    return { result: runs[0]!.result, ns: runs.reduce((sum, { ns }) => sum + ns, 0) / runs.length };
  };
  return { time, remove };
}
