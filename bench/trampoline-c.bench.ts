import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchCase, CASES } from '../src/bench/cases.js';
import { prepare } from '../src/bench/prepare.js';
import { assemble } from '../src/isa/assemble.js';
import type { Kernel } from '../src/kernel/kernel.js';
import { loadProgram } from '../src/machine/load.js';
import { WasmEngine, type WasmOptions } from '../src/machine/wasm/engine.js';
import { parseAssembly } from '../src/syntax/parse-program.js';
import { errorAt } from '../src/text/diagnostic.js';
import { bootCase, heading, median, processorTimeOf, table } from './support.js';
import { type Calls, CWriter } from './to-c.js';

const GUARDS = ['none', 'generic', 'arm64', 'x86'] as const;
const NAMES = ['trig-kernel-count', 'trig-fentry', 'trig-fexit', 'trig-fmodret', 'trig-rawtp'] as const;

interface Variant {
  readonly name: string;
  readonly options?: Partial<WasmOptions>;
  /** Set where the task's pointer to what a program was attached with is left as it is. */
  readonly runContext?: false;
}

/** What is timed: each but the first and the last leaves one thing out. */
const VARIANTS: readonly Variant[] = [
  { name: 'wasm' },
  { name: 'no shadow', options: { shadow: false } },
  { name: 'no budget', options: { fuel: false } },
  { name: 'no frames', options: { frames: false } },
  { name: 'no run ctx', runContext: false },
  { name: 'none of them', options: { shadow: false, fuel: false, frames: false }, runContext: false },
];
/** What is timed of C: with calls as cc likes them, with each as a call, and what `runContext` leaves out. */
const NATIVES = [{ calls: 'free' }, { calls: 'kept' }, { calls: 'free', runContext: false }] as const;
const BATCH = 4000;
const ROUNDS = Number(process.env['ROUNDS'] ?? 11);
/** Milliseconds of processor time: of a slice, and until there is optimised code. */
const SLICE = 10;
const WARM_UP = 60;

/** Has calls of what sets the run context go to a function that does nothing. */
function leaveOutRunContext({ machine, symbols }: Kernel): void {
  const { insns } = assemble(parseAssembly({ name: 'nothing', text: 'r0 = 0\nexit' }).value ?? []);
  const nothing = errorAt('B0208', 'nothing has a name here');
  const { index } = loadProgram(machine, {
    ...{ name: 'nothing', kind: 'kernel', insns },
    resolver: { call: () => nothing, address: () => nothing },
  });
  const { entries } = machine.text;
  machine.text.enterAt(
    symbols.functionIndex('bpf_set_run_ctx'),
    entries[index * 2]!,
    entries[index * 2 + 1]!,
  );
}

function boot(name: string, guard: string, { options, runContext }: Omit<Variant, 'name'>): Kernel {
  const kernel = bootCase(name, guard, (m) => new WasmEngine(m, { atomics: true, ...options }));
  if (runContext === false) leaveOutRunContext(kernel);
  return kernel;
}

/** The C of a booted machine, compiled to a file; gives nanoseconds of one trigger. */
function native(binary: string, kernel: Kernel, driver: string, calls: Calls): (ms: number) => number {
  const image = `${binary}.mem`;
  writeFileSync(`${binary}.c`, new CWriter(kernel, calls).write(driver));
  writeFileSync(image, kernel.memory.u8.subarray(0, kernel.memory.limit));
  const built = spawnSync('cc', ['-O2', '-w', '-o', binary, `${binary}.c`], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`cc: ${built.stderr}`);
  return (ms) => {
    const ran = spawnSync(binary, [image, String(ms)], { encoding: 'utf8' });
    const [ns, triggers, hits] = ran.stdout.trim().split(' ');
    if (ran.status !== 0 || triggers !== hits)
      throw new Error(`${binary}: ${hits} of ${triggers} were counted`);
    return Number(ns);
  };
}

/** Times of a case under a guard, one of each round. */
interface Times {
  readonly insns: number;
  readonly natives: readonly (readonly number[])[];
  readonly variants: readonly (readonly number[])[];
}

function timeCase(bench: BenchCase, guard: string, binary: string): Times {
  const prepared = VARIANTS.map((variant) => prepare(boot(bench.name, guard, variant), bench, BATCH));
  const programs = NATIVES.map(({ calls, ...variant }, i) =>
    native(`${binary}-${i}`, boot(bench.name, guard, variant), bench.driver, calls),
  );
  const natives = NATIVES.map((): number[] => []);
  const variants = VARIANTS.map((): number[] => []);
  for (const { run } of prepared) processorTimeOf(run, WARM_UP);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [i, time] of programs.entries()) natives[i]!.push(time(SLICE));
    for (const i of VARIANTS.keys()) {
      const k = (i + round) % VARIANTS.length;
      variants[k]!.push(processorTimeOf(prepared[k]!.run, SLICE) / BATCH);
    }
  }
  return { insns: prepared[0]!.insns, natives, variants };
}

/** The median of what one takes beside the other in the same round. */
const beside = (these: readonly number[], others: readonly number[]): number =>
  median(these.map((ns, i) => ns / others[i]!));

/** A traced call compiled to WebAssembly beside the same instructions in C, and what the checks cost. */
export async function trampolineCSuite(): Promise<void> {
  heading(
    'A traced call beside the same instructions in C (processor time, ns a trigger; volatile loads and stores, -O2)',
  );
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
        const { insns, natives, variants } = timeCase(bench, guard, join(dir, `${name}-${guard}`));
        const [free, kept, withoutContext] = natives;
        const [wasm] = variants;
        ratios.push([beside(wasm!, free!), beside(wasm!, kept!)]);
        rows.push({
          ...{ case: name, guard: bench.usesGuard ? guard : '-', insns: insns.toFixed(0) },
          ...{ C: median(free!).toFixed(2), 'C, calls kept': median(kept!).toFixed(2) },
          'C, no run ctx': median(withoutContext!).toFixed(2),
          ...Object.fromEntries(VARIANTS.map((v, i) => [v.name, median(variants[i]!).toFixed(2)])),
          'wasm/C': beside(wasm!, free!).toFixed(2),
          'none/C': beside(variants.at(-1)!, withoutContext!).toFixed(2),
          'wasm/C kept': beside(wasm!, kept!).toFixed(2),
        });
      }
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
  table(rows);
  const mean = (k: 0 | 1): string =>
    Math.exp(ratios.reduce((sum, r) => sum + Math.log(r[k]), 0) / ratios.length).toFixed(2);
  console.log(
    `\ngeometric means: ${mean(0)} times C (at most 1.4 is asked for), ${mean(1)} times C whose calls are kept`,
  );
  console.log(
    'C has neither shadow nor budget, and does not clear and poison frames; where it may, it makes one function of it all.',
  );
  console.log(
    'Each column leaves one thing out of `wasm`: `no frames` the clearing and closing of frames, `no run ctx` what the task is told of the program that runs. What is left without all of them is the code itself.',
  );
}
