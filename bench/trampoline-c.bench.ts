import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CASES } from '../src/bench/cases.js';
import { type Prepared, prepare } from '../src/bench/prepare.js';
import { WasmEngine, type WasmOptions } from '../src/machine/wasm/engine.js';
import { bootCase, heading, measure, median, table } from './support.js';
import { type Calls, CWriter } from './to-c.js';

const GUARDS = ['none', 'generic', 'arm64', 'x86'] as const;
const NAMES = ['trig-kernel-count', 'trig-fentry', 'trig-fexit', 'trig-fmodret', 'trig-rawtp'] as const;
const VARIANTS: readonly (readonly [string, Partial<WasmOptions>])[] = [
  ['wasm', {}],
  ['no shadow', { shadow: false }],
  ['no budget', { fuel: false }],
  ['no frames', { frames: false }],
  ['none of them', { shadow: false, fuel: false, frames: false }],
];
const BATCH = 4000;
const ROUNDS = 7;

/** The C of a booted machine, compiled; gives nanoseconds of one trigger. */
function native(
  dir: string,
  name: string,
  kernel: ReturnType<typeof bootCase>,
  driver: string,
  calls: Calls,
) {
  const binary = join(dir, `${name}-${calls}`);
  const image = `${binary}.mem`;
  writeFileSync(`${binary}.c`, new CWriter(kernel, calls).write(driver));
  writeFileSync(image, kernel.memory.u8.subarray(0, kernel.memory.limit));
  const built = spawnSync('cc', ['-O2', '-w', '-o', binary, `${binary}.c`], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`cc: ${built.stderr}`);
  return (ms: number): number => {
    const ran = spawnSync(binary, [image, String(ms)], { encoding: 'utf8' });
    const [ns, triggers, hits] = ran.stdout.trim().split(' ');
    if (ran.status !== 0 || triggers !== hits)
      throw new Error(`${name}: ${hits} of ${triggers} were counted`);
    return Number(ns);
  };
}

/** A traced call compiled to WebAssembly beside the same instructions in C, and what the checks cost. */
export async function trampolineCSuite(): Promise<void> {
  heading('A traced call beside the same instructions in C (ns a trigger; volatile loads and stores, -O2)');
  if (spawnSync('cc', ['--version']).status !== 0) {
    console.log('there is no cc here');
    return;
  }
  const dir = mkdtempSync(join(tmpdir(), 'tinybpf-bench-'));
  const rows: Record<string, string | number>[] = [];
  const ratios: [number, number][] = [];
  try {
    for (const name of NAMES) {
      const bench = CASES.find((c) => c.name === name)!;
      for (const guard of GUARDS) {
        if (!bench.usesGuard && guard !== 'none') continue;
        const prepared = VARIANTS.map(([, options]): Prepared => {
          return prepare(
            bootCase(name, guard, (m) => new WasmEngine(m, { atomics: true, ...options })),
            bench,
            BATCH,
          );
        });
        const fresh = bootCase(name, guard, (m) => new WasmEngine(m, { atomics: true }));
        const [free, kept] = (['free', 'kept'] as const).map((calls) =>
          native(dir, `${name}-${guard}`, fresh, bench.driver, calls),
        );
        const [freeNs, keptNs]: [number[], number[]] = [[], []];
        const measured = await measure(
          prepared.map(({ run }, i) => ({ name: VARIANTS[i]![0], run })),
          ROUNDS,
          40,
          4,
          () => {
            freeNs.push(free!(40));
            keptNs.push(kept!(40));
          },
        );
        const c = median(freeNs);
        const [wasm, ...without] = measured.map((m) => m.median / BATCH);
        ratios.push([wasm! / c, wasm! / median(keptNs)]);
        rows.push({
          case: name,
          guard: bench.usesGuard ? guard : '-',
          insns: prepared[0]!.insns.toFixed(0),
          C: c.toFixed(2),
          'C, calls kept': median(keptNs).toFixed(2),
          wasm: wasm!.toFixed(2),
          ...Object.fromEntries(without.map((ns, i) => [VARIANTS[i + 1]![0], ns.toFixed(2)])),
          'wasm/C': (wasm! / c).toFixed(2),
          'wasm/C kept': (wasm! / median(keptNs)).toFixed(2),
        });
      }
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
  table(rows);
  const mean = (k: 0 | 1): string =>
    Math.exp(ratios.reduce((sum, r) => sum + Math.log(r[k]), 0) / ratios.length).toFixed(2);
  console.log(`\ngeometric means: ${mean(0)} times C, ${mean(1)} times C whose calls are kept`);
  console.log(
    'C has neither shadow nor budget, and does not clear and poison frames; where it may, it makes one function of it all.',
  );
  console.log(
    'Each column leaves one thing out of `wasm`, `no frames` the clearing and closing of frames; what is left without all of them is the code itself.',
  );
}
