import type { Kernel } from '../kernel/kernel.js';
import type { KernelModel } from '../kernel/model.js';
import type { Environment } from '../lab/environment.js';
import type { Machine } from '../machine/machine.js';
import { WasmEngine } from '../machine/wasm/engine.js';
import type { GuardAst, LabAst } from '../syntax/lab-ast.js';
import { errorAt, InputError } from '../text/diagnostic.js';
import type { BenchCase } from './cases.js';
import type { Timer } from './clock.js';
import type { CpuJob, CpuSample } from './cpu.js';
import { bootAll, bootBench, callDriver, hitsOf } from './prepare.js';
import { checkFits, LEAST_ROUNDS, orderOfRound, type TimingPlan } from './rounds.js';
import { PLACEMENTS, type Placement, placeWords, withMovedLab, withMovedWords } from './sharing.js';
import { type Estimate, estimate, precisionOf } from './statistics.js';

/** Threads of the host, each of which can be an emulated CPU. */
export interface CpuPool {
  /** Runs jobs at once, from a common start; undefined for one that cannot be run. */
  run(jobs: readonly CpuJob[], ms: number): Promise<readonly (CpuSample | undefined)[]>;
}

export interface ScaleSpec {
  readonly cases: readonly BenchCase[];
  readonly guards: readonly GuardAst[];
  readonly model: KernelModel;
  /** Most CPUs; measured are 1, 2, 4 … and this. */
  readonly cpus: number;
  /** Also with the `active` words of all CPUs side by side. */
  readonly falseSharing: boolean;
  readonly schedule: TimingPlan;
  readonly lab: (name: string) => LabAst;
  readonly pool: CpuPool;
  readonly timer: Timer;
  readonly progress?: (done: number, all: number, what: string) => void;
}

/** A case under a guard on so many CPUs at once. */
interface ScaleRow {
  readonly case: string;
  readonly guard: string;
  readonly placement: Placement | undefined;
  readonly cpus: number;
  /** Nanoseconds of one trigger on its CPU. */
  readonly ns: Estimate;
  /** The part of the time in which all CPUs ran at once, undisturbed: calls took as long as the middle one. */
  readonly busy: number;
  /** Millions of triggers a second, of all CPUs together. Undefined if they did not run together. */
  readonly rate: Estimate | undefined;
  /** How many times the rate of one CPU; undefined if either is. */
  readonly speedup: number | undefined;
  /** The fraction of its median up to which it is known what a trigger takes, or the rate if that is less well known. */
  readonly precision: number;
}

/** Rounds are repeated until every row is known to that fraction, but not more often than so many times what was planned. */
export const PRECISE = 0.05;
const MOST_TIMES = 4;

/** With less of the time undisturbed than this, CPUs did not run at once, and together they make no rate. */
export const ENOUGH = 0.8;

/** The part of the time in which all CPUs ran, and undisturbed. Threads that take turns have no time in common. */
function busyOf(samples: readonly CpuSample[]): number {
  const [from, to] = [samples.map((s) => s.from), samples.map((s) => s.to)];
  const together = Math.max(0, Math.min(...to) - Math.max(...from));
  const all = Math.max(...to) - Math.min(...from);
  return (together / all) * Math.min(...samples.map((s) => s.busy));
}

export interface ScaleResult {
  readonly kernel: string;
  readonly cpus: number;
  readonly schedule: TimingPlan;
  readonly rows: readonly ScaleRow[];
}

/** Triggers on the host's own thread, after which compiled code exists and knows where indirect calls go. */
const LEARN = 2000;
const LEARN_CALLS = 4;

interface Booted {
  readonly bench: BenchCase;
  readonly guard: string;
  readonly placement: Placement | undefined;
  readonly kernel: Kernel;
  readonly engine: WasmEngine;
}

type Machinery = Omit<Booted, 'engine'> & { readonly jobs: readonly CpuJob[] };

/** Boots a machine with shared memory. */
function bootOne(
  env: Environment,
  spec: ScaleSpec,
  bench: BenchCase,
  guard: GuardAst,
  placement: Placement | undefined,
): Booted {
  let engine: WasmEngine | undefined;
  const lab = spec.lab(bench.name);
  const kernel = bootBench(env, {
    lab: placement === undefined ? lab : withMovedLab(lab),
    guard: placement === undefined ? guard : withMovedWords(guard),
    model: spec.model,
    cpus: spec.cpus,
    sharedMemory: true,
    engine: (machine: Machine) => {
      engine = new WasmEngine(machine, { windows: false });
      return engine;
    },
  });
  return { bench, guard: guard.name.name, placement, kernel, engine: engine! };
}

/** Compiles the driver of a machine. Everything that is not compiled code runs here. */
function machineryOf({ engine, ...booted }: Booted): Machinery {
  const { bench, placement, kernel } = booted;
  if (placement !== undefined) placeWords(kernel, placement);
  const { text } = kernel.machine;
  const fn = kernel.symbols.functionIndex(bench.driver);
  for (let i = 0; i < LEARN_CALLS; i += 1) callDriver(kernel, bench, 0, LEARN);
  const module = engine.moduleAt(text.entries[fn * 2]!);
  if (module === undefined) throw new Error(`the driver of ${bench.name} was not compiled`);
  const jobs = kernel.tasks.map(({ thread }) => ({
    module,
    memory: kernel.memory.wasm,
    limit: kernel.memory.limit,
    thread: thread.at,
    fn,
    frameSize: text.entries[fn * 2 + 1]!,
  }));
  return { ...booted, jobs };
}

/** 1, 2, 4 … up to `most`, and that. */
export function cpuCounts(most: number): readonly number[] {
  const counts: number[] = [];
  for (let n = 1; n < most; n *= 2) counts.push(n);
  return [...counts, most];
}

async function measureOnce(m: Machinery, cpus: number, ms: number, pool: CpuPool): Promise<CpuSample[]> {
  const before = m.jobs.map((_, cpu) => hitsOf(m.kernel, cpu));
  const samples = await pool.run(m.jobs.slice(0, cpus), ms);
  return samples.map((sample, cpu) => {
    const what = `${m.bench.name} under guard ${m.guard}`;
    if (sample === undefined)
      throw new InputError(
        errorAt('B0622', `${what} calls what only one thread of the host can do, or faults`),
      );
    const counted = hitsOf(m.kernel, cpu) - before[cpu]!;
    if (counted !== BigInt(sample.triggers))
      throw new InputError(
        errorAt('B0621', `${what}: on CPU ${cpu} ${counted} of ${sample.triggers} triggers ran the program`),
      );
    return sample;
  });
}

/** Measures cases on 1, 2, 4 … CPUs at once, each on a thread of the host. Throws `InputError`. */
export async function runScale(env: Environment, spec: ScaleSpec): Promise<ScaleResult> {
  const placements: readonly (Placement | undefined)[] = spec.falseSharing ? PLACEMENTS : [undefined];
  const booted = bootAll(spec.cases, spec.guards, (bench, guard) =>
    placements.map((p) => bootOne(env, spec, bench, guard, p)),
  );
  const machines = booted.flat(2).map(machineryOf);
  const counts = cpuCounts(spec.cpus);
  const found = machines.map(() =>
    counts.map(() => ({ rates: [] as number[], ns: [] as number[], busy: [] as number[] })),
  );
  const { schedule, pool } = spec;
  checkFits(schedule, machines.length * counts.length, spec.timer);
  for (const m of machines) await measureOnce(m, spec.cpus, schedule.warmup, pool);
  const cells = machines.length * counts.length;
  const until = schedule.until ?? Number.POSITIVE_INFINITY;
  const precision = (i: number, k: number): number => {
    const { rates, ns } = found[i]![k]!;
    return Math.max(precisionOf(rates), precisionOf(ns));
  };
  const isPrecise = (): boolean =>
    machines.every((_, i) => counts.every((_count, k) => precision(i, k) < PRECISE));
  let done = 0;
  for (let round = 0; round < schedule.rounds * MOST_TIMES; round += 1) {
    if (round >= LEAST_ROUNDS && spec.timer.now() >= until) break;
    if (round >= schedule.rounds && isPrecise()) break;
    const all = Math.max(schedule.rounds, round + 1) * cells;
    for (const { bench: i, guard: k } of orderOfRound(round, machines.length, counts.length)) {
      const m = machines[i]!;
      spec.progress?.(done, all, `${m.bench.name} ${m.guard} on ${counts[k]!}`);
      const samples = await measureOnce(m, counts[k]!, schedule.time, pool);
      const { rates, ns, busy } = found[i]![k]!;
      rates.push(samples.reduce((sum, sample) => sum + 1000 / sample.ns, 0));
      ns.push(samples.reduce((sum, sample) => sum + sample.ns, 0) / samples.length);
      busy.push(busyOf(samples));
      done += 1;
    }
  }
  const rows = machines.flatMap((m, i) => {
    const rateOf = (k: number): Estimate | undefined => {
      const { rates, busy } = found[i]![k]!;
      return estimate(busy).median < ENOUGH ? undefined : estimate(rates);
    };
    const one = rateOf(0)?.median;
    return counts.map((cpus, k): ScaleRow => {
      const { ns, busy } = found[i]![k]!;
      const rate = rateOf(k);
      return {
        case: m.bench.name,
        guard: m.guard,
        placement: m.placement,
        cpus,
        ns: estimate(ns),
        busy: estimate(busy).median,
        rate,
        speedup: rate === undefined || one === undefined ? undefined : rate.median / one,
        precision: precision(i, k),
      };
    });
  });
  const rounds = found[0]?.[0]?.rates.length ?? 0;
  return { kernel: spec.model.name, cpus: spec.cpus, schedule: { ...schedule, rounds }, rows };
}
