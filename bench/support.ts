import { readFileSync } from 'node:fs';
import { Bench } from 'tinybench';
import { bootBench } from '../src/bench/prepare.js';
import { shippedFiles } from '../src/cli/shipped.js';
import type { Kernel } from '../src/kernel/kernel.js';
import { DEFAULT_MODEL } from '../src/kernel/model.js';
import { type Booted, bootScenario } from '../src/lab/boot.js';
import { Environment, modelNamed, parseOrThrow } from '../src/lab/environment.js';
import type { RunOptions } from '../src/lab/run.js';
import type { EngineFactory } from '../src/machine/bare.js';
import { formatTable } from '../src/report/table.js';

/** A measured case: the median and half the spread between the quarters, in nanoseconds of one call. */
export interface Measured {
  readonly name: string;
  readonly median: number;
  readonly spread: number;
  /** The shortest call of all: what the code takes when nothing else runs. */
  readonly least: number;
}

/** Processor time of the process so far, in nanoseconds: what other processes do counts little. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

/** Milliseconds on the wall after which processor time is looked at again: asking for it takes as long as a short call. */
const PAUSE = 1;

/**
 * Nanoseconds of processor time that a call takes, the mean of a slice of some milliseconds of it: on a machine that does other
 * things the slice takes longer, and has as many calls. One call where the slice is 0.
 */
export function processorTimeOf(run: () => unknown, slice: number): number {
  const before = processorTime();
  let calls = 0;
  let spent = 0;
  do {
    const pause = performance.now() + Math.min(slice, PAUSE);
    do {
      run();
      calls += 1;
    } while (performance.now() < pause);
    spent = processorTime() - before;
  } while (spent < slice * 1e6);
  return spent / calls;
}

export interface Case {
  readonly name: string;
  readonly run: () => void;
}

/**
 * Measures cases with tinybench in rounds, so that what the machine does besides falls on all of them alike; the median
 * of a case's rounds counts. `beside` runs once a round, for what is timed elsewhere.
 */
export async function measure(
  cases: readonly Case[],
  rounds = 5,
  time = 120,
  iterations = 16,
  beside?: () => void,
): Promise<Measured[]> {
  const medians = cases.map((): number[] => []);
  const least = cases.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < rounds; round += 1) {
    // Each round begins with another case, so that none is always the first.
    const order = cases.map((_, i) => (i + round) % cases.length);
    const bench = new Bench({ time, iterations, warmupTime: round === 0 ? 200 : 20, warmupIterations: 1 });
    for (const i of order) bench.add(cases[i]!.name, cases[i]!.run);
    await bench.run();
    beside?.();
    for (const i of order) {
      const { result } = bench.getTask(cases[i]!.name) ?? {};
      if (result?.state !== 'completed') continue;
      medians[i]!.push(result.latency.p50 * 1e6);
      least[i] = Math.min(least[i]!, result.latency.min * 1e6);
    }
  }
  return cases.map((c, i) => {
    const sorted = medians[i]!.sort((a, b) => a - b);
    const at = (q: number): number =>
      sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
    return { name: c.name, median: at(0.5), spread: (at(0.75) - at(0.25)) / 2, least: least[i]! };
  });
}

export const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;

export function heading(text: string): void {
  console.log(`\n${text}\n`);
}

export function table(rows: readonly Readonly<Record<string, string | number>>[]): void {
  console.log(formatTable(rows, (t) => t));
}

const environment = new Environment(shippedFiles());

/** A lab of programs/, booted with the options given. */
export function bootLab(path: string, options: RunOptions): Booted {
  const name = `programs/${path}`;
  const lab = parseOrThrow({ name, text: readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8') });
  return bootScenario(lab, undefined, environment, options);
}

/** The machine of a case of `tinybpf bench` under a shipped guard. */
export function bootCase(name: string, guard: string, engine: EngineFactory): Kernel {
  const path = `programs/bench/${name}.bpf`;
  const lab = parseOrThrow({
    name: path,
    text: readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'),
  });
  const ast = environment.guard(guard, lab);
  return bootBench(environment, { lab, guard: ast, model: modelNamed(DEFAULT_MODEL), engine });
}
