import { Bench } from 'tinybench';
import type { Prepared } from './prepare.js';
import { type Cell, LEAST_ROUNDS, orderOfRound, type Schedule } from './rounds.js';

/** The host's clock, in milliseconds. */
export type Clock = () => number;

/** Called before each measurement with how many are done, of how many. */
export type Progress = (done: number, all: number, cell: Cell) => void;

/** Nanoseconds of one call in the middle of many calls. */
async function timeOf(run: () => void, time: number, warmup: number, now: Clock): Promise<number> {
  const bench = new Bench({
    now,
    time,
    iterations: 3,
    warmup: warmup > 0,
    warmupTime: warmup,
    warmupIterations: 1,
    throws: true,
  });
  bench.add('run', run);
  const [task] = await bench.run();
  const result = task?.result;
  if (result?.state !== 'completed') throw new Error('a measurement was not completed');
  return result.latency.p50 * 1e6;
}

/** Nanoseconds of one trigger, by case, guard and round. */
export type Samples = readonly (readonly (readonly number[])[])[];

/** Measures every case under every guard, round by round; fewer rounds than planned where time is up before. */
export async function measureAll(
  prepared: readonly (readonly Prepared[])[],
  schedule: Schedule,
  now: Clock,
  progress: Progress = () => {},
): Promise<Samples> {
  const samples = prepared.map((row) => row.map((): number[] => []));
  const guards = prepared[0]?.length ?? 0;
  const all = schedule.rounds * prepared.length * guards;
  let done = 0;
  const until = schedule.until ?? Number.POSITIVE_INFINITY;
  for (let round = 0; round < schedule.rounds; round += 1) {
    if (round >= LEAST_ROUNDS && now() >= until) break;
    for (const cell of orderOfRound(round, prepared.length, guards)) {
      progress(done, all, cell);
      const { run, batch } = prepared[cell.bench]![cell.guard]!;
      const ns = await timeOf(run, schedule.time, round === 0 ? schedule.warmup : 0, now);
      samples[cell.bench]![cell.guard]!.push(ns / batch);
      done += 1;
    }
  }
  return samples;
}
