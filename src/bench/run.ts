import type { KernelModel } from '../kernel/model.js';
import type { Environment } from '../lab/environment.js';
import { MEASURING_ENGINES } from '../machine/engines.js';
import type { GuardAst, LabAst } from '../syntax/lab-ast.js';
import { BARE, BASELINE, type BenchCase, NO_GUARD } from './cases.js';
import type { Timer } from './clock.js';
import { measureAll, type Progress, type Samples } from './measure.js';
import { bootAll, bootBench, prepare } from './prepare.js';
import { checkFits, type TimingPlan } from './rounds.js';
import {
  areDistinct,
  difference,
  type Estimate,
  estimate,
  type Interval,
  intervalOf,
  ratio,
} from './statistics.js';

export type BenchEngine = 'interp' | 'wasm';

/** Triggers of one call of the driver: long enough beside what the call costs, short enough for many in a round. */
const BATCH: Readonly<Record<BenchEngine, number>> = { wasm: 4000, interp: 100 };

export interface BenchSpec {
  readonly cases: readonly BenchCase[];
  /** `generic` and `none` are among them: the others are compared with these. */
  readonly guards: readonly GuardAst[];
  readonly model: KernelModel;
  readonly engine: BenchEngine;
  readonly schedule: TimingPlan;
  /** The lab of a case. */
  readonly lab: (name: string) => LabAst;
  readonly timer: Timer;
  readonly progress?: Progress;
}

/** A case under a guard. Times are nanoseconds of one trigger. */
export interface BenchRow {
  readonly case: string;
  readonly guard: string;
  readonly ns: Estimate;
  /** Where the median of `ns` lies. */
  readonly interval: Interval;
  /** What the guard itself costs: how much longer it takes than under `none`. Undefined if that cannot be told. */
  readonly share: Estimate | undefined;
  /** How many times as long as under `generic`. Undefined if the two cannot be told apart. */
  readonly ratio: Estimate | undefined;
  /** What programs add to the same call without them, and what they do in it. Undefined where that is not measured. */
  readonly programs?: { readonly ns: Estimate | undefined };
  readonly effect?: { readonly runs: number; readonly misses: number };
  /** Emulated instructions of one trigger. */
  readonly insns: number;
}

/** A case that does not use the guard, and by how much guards differ in it all the same. */
interface FloorRow {
  readonly case: string;
  readonly ns: number;
  /** As a fraction. */
  readonly part: number;
}

/** What no difference between guards means anything below. */
export interface NoiseFloor {
  /** The fraction by which things differ that should not. */
  readonly part: number;
  readonly cases: readonly FloorRow[];
  /** Nanoseconds of a step of the clock, and the part of what was timed at once that one step is, at most. */
  readonly clock: { readonly step: number; readonly part: number };
}

/** Two guards that cannot be told apart in a case. */
interface Indistinct {
  readonly case: string;
  readonly guards: readonly [string, string];
}

/** More than this between the rounds of one measurement, as a fraction, and the host was busy with something else. */
const STEADY = 0.1;

/** The measurement whose rounds scatter most, if that is more than on a quiet host. */
interface Unsteady {
  readonly case: string;
  readonly guard: string;
  readonly part: number;
}

export interface BenchResult {
  readonly engine: BenchEngine;
  readonly kernel: string;
  readonly cases: readonly BenchCase[];
  readonly guards: readonly string[];
  readonly schedule: TimingPlan;
  readonly rows: readonly BenchRow[];
  readonly floor: NoiseFloor;
  readonly indistinct: readonly Indistinct[];
  readonly unsteady: Unsteady | undefined;
}

/** How far the medians of a case's guards lie apart. */
function floorOf(bench: BenchCase, samples: readonly (readonly number[])[]): FloorRow {
  const medians = samples.filter((s) => s.length > 0).map((s) => estimate(s).median);
  const least = Math.min(...medians);
  const most = Math.max(...medians);
  return { case: bench.name, ns: most - least, part: most / least - 1 };
}

function unsteadyOf(rows: readonly BenchRow[]): Unsteady | undefined {
  const scatter = rows.map((r) => ({ case: r.case, guard: r.guard, part: r.ns.spread / r.ns.median }));
  const [worst] = scatter.toSorted((a, b) => b.part - a.part);
  return worst !== undefined && worst.part > STEADY ? worst : undefined;
}

type Evaluation = Pick<BenchResult, 'rows' | 'floor' | 'indistinct' | 'unsteady'>;

/** What samples say. Guards of a case are told apart, or nothing is said of how they differ. */
export function evaluate(
  cases: readonly BenchCase[],
  guards: readonly string[],
  samples: Samples,
  clock: NoiseFloor['clock'],
  insns: (bench: number, guard: number) => number,
): Evaluation {
  const [baseline, nothing, bare] = [BASELINE, NO_GUARD, BARE].map((name) => guards.indexOf(name)) as [
    number,
    number,
    number,
  ];
  const floorRows = cases.flatMap((bench, b) =>
    bench.usesGuard
      ? []
      : [
          floorOf(
            bench,
            samples[b]!.filter((_, g) => g !== bare),
          ),
        ],
  );
  const part = Math.max(clock.part, ...floorRows.map((f) => f.part));
  const rows: BenchRow[] = [];
  const indistinct: Indistinct[] = [];
  for (const [b, bench] of cases.entries()) {
    const of = (g: number): readonly number[] => samples[b]![g] ?? [];
    const has = (g: number): boolean => of(g).length > 0;
    const areApart = (g: number, other: number): boolean =>
      has(g) && has(other) && areDistinct(of(g), of(other), part);
    const against = (g: number, other: number, compare: typeof ratio): Estimate | undefined =>
      has(other) && (g === other || areApart(g, other)) ? compare(of(g), of(other)) : undefined;
    for (const [g, guard] of guards.entries()) {
      if (!has(g)) continue;
      const usesGuard = bench.usesGuard && g !== bare;
      rows.push({
        case: bench.name,
        guard,
        ns: estimate(of(g)),
        interval: intervalOf(of(g)),
        share: usesGuard ? against(g, nothing, difference) : undefined,
        ratio: usesGuard || g === baseline ? against(g, baseline, ratio) : undefined,
        ...(g !== bare && has(bare) && { programs: { ns: against(g, bare, difference) } }),
        insns: insns(b, g),
      });
      if (usesGuard)
        for (const [other, name] of guards.entries())
          if (other > g && other !== bare && has(other) && !areApart(g, other))
            indistinct.push({ case: bench.name, guards: [guard, name] });
    }
  }
  return { rows, floor: { part, cases: floorRows, clock }, indistinct, unsteady: unsteadyOf(rows) };
}

/** Boots a machine for every case and guard, measures them in turn and says what came out. Throws `InputError`. */
export async function runBench(env: Environment, spec: BenchSpec): Promise<BenchResult> {
  const { cases, guards, engine, model, schedule } = spec;
  checkFits(schedule, cases.length * guards.length, spec.timer);
  const factory = MEASURING_ENGINES[engine]!;
  const machines = bootAll(cases, guards, (bench, guard) =>
    bootBench(env, { lab: spec.lab(bench.name), guard, model, engine: factory }),
  );
  const prepared = machines.map((row, b) => row.map((kernel) => prepare(kernel, cases[b]!, BATCH[engine])));
  const names = guards.map((g) => g.name.name);
  const { samples, clockPart } = await measureAll(prepared, schedule, spec.timer, spec.progress);
  const clock = { step: spec.timer.step * 1e6, part: clockPart };
  return {
    engine,
    kernel: model.name,
    cases,
    guards: names,
    schedule: { ...schedule, rounds: samples[0]?.[0]?.length ?? 0 },
    ...evaluate(cases, names, samples, clock, (b, g) => prepared[b]![g]!.insns),
  };
}
