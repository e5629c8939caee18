import type { Timer } from './clock.js';
import type { Prepared } from './prepare.js';
import { type Cell, LEAST_ROUNDS, orderOfRound, type TimingPlan } from './rounds.js';
import { takeSample, warmUp } from './sample.js';
import { estimate } from './statistics.js';

/** Called before each measurement with how many are done, of how many. */
export type Progress = (done: number, all: number, cell: Cell) => void;

interface Timed {
  /** Nanoseconds of one call in the middle of many samples. */
  readonly ns: number;
  /** The part of the shortest sample that one step of the clock is. */
  readonly part: number;
}

/** Times calls for `time` milliseconds, once at least. Throws `InputError` if the clock cannot be used. */
function timeOf(run: () => void, time: number, timer: Timer): Timed {
  const each: number[] = [];
  let spent = 0;
  let part = 0;
  do {
    const { calls, ms } = takeSample(run, timer);
    each.push(ms / calls);
    part = Math.max(part, timer.step / ms);
    spent += ms;
  } while (spent < time);
  return { ns: estimate(each).median * 1e6, part };
}

/** Nanoseconds of one trigger, by case, guard and round. */
export type Samples = readonly (readonly (readonly number[])[])[];

export interface Measured {
  readonly samples: Samples;
  /** The part of what was timed at once that one step of the clock is, at most: nothing is known more exactly. */
  readonly clockPart: number;
}

/**
 * Measures every case under every guard, round by round; fewer rounds than planned where time is up before. Of what cannot
 * be measured there are no samples. Throws `InputError` if the clock cannot be used.
 */
export async function measureAll(
  prepared: readonly (readonly (Prepared | undefined)[])[],
  schedule: TimingPlan,
  timer: Timer,
  progress: Progress = () => {},
): Promise<Measured> {
  const samples = prepared.map((row) => row.map((): number[] => []));
  const guards = prepared[0]?.length ?? 0;
  const all = schedule.rounds * prepared.flat().filter((p) => p !== undefined).length;
  let done = 0;
  let clockPart = 0;
  const until = schedule.until ?? Number.POSITIVE_INFINITY;
  for (let round = 0; round < schedule.rounds; round += 1) {
    if (round >= LEAST_ROUNDS && timer.now() >= until) break;
    for (const cell of orderOfRound(round, prepared.length, guards)) {
      const measurable = prepared[cell.bench]![cell.guard];
      if (measurable === undefined) continue;
      progress(done, all, cell);
      const { run, batch } = measurable;
      if (round === 0) warmUp(run, schedule.warmup, timer);
      const { ns, part } = timeOf(run, schedule.time, timer);
      samples[cell.bench]![cell.guard]!.push(ns / batch);
      clockPart = Math.max(clockPart, part);
      done += 1;
    }
  }
  return { samples, clockPart };
}
