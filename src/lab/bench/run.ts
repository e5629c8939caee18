import type { KernelModel } from '../../kernel/model.js';
import { ENGINES } from '../../machine/engines.js';
import type { GuardAst, LabAst } from '../../syntax/lab-ast.js';
import type { Environment } from '../environment.js';
import { BASELINE, type BenchCase, NO_GUARD } from './cases.js';
import { type Clock, measureAll, type Progress, type Samples } from './measure.js';
import { bootBench, type Prepared, prepare } from './prepare.js';
import type { Schedule } from './rounds.js';
import { areDistinct, difference, type Estimate, estimate, ratio } from './statistics.js';

export type BenchEngine = 'interp' | 'wasm';

/** Triggers of one call of the driver: long enough beside what the call costs, short enough for many in a round. */
const BATCH: Readonly<Record<BenchEngine, number>> = { wasm: 4000, interp: 100 };

export interface BenchSpec {
  readonly cases: readonly BenchCase[];
  /** `generic` and `none` are among them: the others are compared with these. */
  readonly guards: readonly GuardAst[];
  readonly model: KernelModel;
  readonly engine: BenchEngine;
  readonly schedule: Schedule;
  /** The lab of a case. */
  readonly lab: (name: string) => LabAst;
  readonly now: Clock;
  readonly progress?: Progress;
}

/** A case under a guard. Times are nanoseconds of one trigger. */
export interface BenchRow {
  readonly case: string;
  readonly guard: string;
  readonly ns: Estimate;
  /** What the guard itself costs: the difference to the same case under `none`. Where the case does not use it, noise. */
  readonly share: Estimate;
  /** How many times as long as under `generic`. */
  readonly ratio: Estimate;
  /** Emulated instructions of one trigger. */
  readonly insns: number;
}

/** A case that does not use the guard, and by how much guards differ in it all the same. */
export interface FloorRow {
  readonly case: string;
  readonly ns: number;
  /** As a fraction. */
  readonly part: number;
}

/** Two guards that cannot be told apart in a case. */
export interface Indistinct {
  readonly case: string;
  readonly guards: readonly [string, string];
}

/** More than this between the rounds of one measurement, as a fraction, and the host was busy with something else. */
const STEADY = 0.1;

/** The measurement whose rounds scatter most, if that is more than on a quiet host. */
export interface Unsteady {
  readonly case: string;
  readonly guard: string;
  readonly part: number;
}

export interface BenchResult {
  readonly engine: BenchEngine;
  readonly kernel: string;
  readonly cases: readonly BenchCase[];
  readonly guards: readonly string[];
  readonly schedule: Schedule;
  readonly rows: readonly BenchRow[];
  readonly floor: readonly FloorRow[];
  readonly indistinct: readonly Indistinct[];
  readonly unsteady: Unsteady | undefined;
}

/** How far the medians of a case's guards lie apart. */
function floorOf(bench: BenchCase, samples: readonly (readonly number[])[]): FloorRow {
  const medians = samples.map((s) => estimate(s).median);
  const least = Math.min(...medians);
  const ns = Math.max(...medians) - least;
  return { case: bench.name, ns, part: ns / least };
}

/** The fraction by which things differ that should not. */
export function floorPart(floor: readonly FloorRow[]): number {
  return Math.max(0, ...floor.map((f) => f.part));
}

function unsteadyOf(rows: readonly BenchRow[]): Unsteady | undefined {
  const scatter = rows.map((r) => ({ case: r.case, guard: r.guard, part: r.ns.spread / r.ns.median }));
  const [worst] = scatter.toSorted((a, b) => b.part - a.part);
  return worst !== undefined && worst.part > STEADY ? worst : undefined;
}

/** What samples say. */
export function evaluate(
  cases: readonly BenchCase[],
  guards: readonly string[],
  samples: Samples,
  insns: (bench: number, guard: number) => number,
): Pick<BenchResult, 'rows' | 'floor' | 'indistinct' | 'unsteady'> {
  const [baseline, nothing] = [guards.indexOf(BASELINE), guards.indexOf(NO_GUARD)];
  const rows = cases.flatMap((bench, b) =>
    guards.map((guard, g): BenchRow => {
      const of = (i: number): readonly number[] => samples[b]![i]!;
      return {
        case: bench.name,
        guard,
        ns: estimate(of(g)),
        share: difference(of(g), of(nothing)),
        ratio: ratio(of(g), of(baseline)),
        insns: insns(b, g),
      };
    }),
  );
  const floor = cases.flatMap((bench, b) => (bench.usesGuard ? [] : [floorOf(bench, samples[b]!)]));
  const part = floorPart(floor);
  const indistinct = cases.flatMap((bench, b) =>
    !bench.usesGuard
      ? []
      : guards.flatMap((one, i) =>
          guards.slice(i + 1).flatMap((other, k): Indistinct[] => {
            const [x, y] = [samples[b]![i]!, samples[b]![i + 1 + k]!];
            return areDistinct(x, y, part) ? [] : [{ case: bench.name, guards: [one, other] }];
          }),
        ),
  );
  return { rows, floor, indistinct, unsteady: unsteadyOf(rows) };
}

/** Boots a machine for every case and guard, measures them in turn and says what came out. Throws `InputError`. */
export async function runBench(env: Environment, spec: BenchSpec): Promise<BenchResult> {
  const { cases, guards, engine, model, schedule } = spec;
  const factory = ENGINES[engine]!;
  const prepared = cases.map((bench) => {
    const lab = spec.lab(bench.name);
    return guards.map((guard): Prepared => {
      const kernel = bootBench(env, { lab, guard, model, engine: factory });
      return prepare(kernel, bench, BATCH[engine]);
    });
  });
  const names = guards.map((g) => g.name.name);
  const samples = await measureAll(prepared, schedule, spec.now, spec.progress);
  return {
    engine,
    kernel: model.name,
    cases,
    guards: names,
    schedule: { ...schedule, rounds: samples[0]?.[0]?.length ?? 0 },
    ...evaluate(cases, names, samples, (b, g) => prepared[b]![g]!.insns),
  };
}
