import { duration, type Timer, unmeasurable } from './clock.js';
import { LEAST_STEPS, shortestSample } from './sample.js';

/** One measurement: indices of the case and of the guard. */
export interface Cell {
  readonly bench: number;
  readonly guard: number;
}

/**
 * The order of one round: case by case, the guards of a case one after the other, so that what the host does besides
 * falls on all of them. Every round begins with another case and another guard, so that none is always the first.
 */
export function orderOfRound(round: number, cases: number, guards: number): Cell[] {
  return Array.from({ length: cases }, (_, i) => {
    const bench = (i + round) % cases;
    return Array.from({ length: guards }, (_, j) => ({ bench, guard: (j + round + i) % guards }));
  }).flat();
}

/** How long what is measured. */
export interface TimingPlan {
  readonly rounds: number;
  /** Milliseconds of one measurement. */
  readonly time: number;
  /** Milliseconds before the first round of each case and guard, in which optimised code comes to be. */
  readonly warmup: number;
  /** The host's clock after which no further round begins, but for the first few. */
  readonly until?: number;
}

/** Rounds without which a median means nothing. */
export const LEAST_ROUNDS = 3;

const MOST_ROUNDS = 25;
const FEWEST_ROUNDS = 9;
/** Milliseconds that are enough for a median; more rounds say more than longer ones. */
const ENOUGH = 16;
/** Less is too short to have a median. */
const SHORTEST = 4;
const LONGEST_WARMUP = 150;

/** Divides `seconds` for each case and guard into rounds. With a coarse clock the fewest there have to be may take longer. */
export function timingPlanFor(seconds: number, timer: Timer): TimingPlan {
  const total = seconds * 1000;
  const sample = shortestSample(timer);
  const fewest = FEWEST_ROUNDS * sample <= total ? FEWEST_ROUNDS : LEAST_ROUNDS;
  const rounds = Math.max(fewest, Math.min(MOST_ROUNDS, Math.floor(total / Math.max(ENOUGH, sample))));
  return {
    rounds,
    time: Math.max(SHORTEST, sample, total / rounds),
    warmup: Math.min(LONGEST_WARMUP, Math.max(20, total / 4)),
  };
}

/** Seconds that `--quick` measures altogether, and in all with starting and compiling. */
const QUICK_TOTAL = 7;
export const QUICK_LIMIT = 13;

/** Seconds for each case and guard, so that all together stay within the time of a quick run. */
export function quickSeconds(cells: number): number {
  return Math.min(0.5, QUICK_TOTAL / cells / 1.25);
}

/**
 * A coarse clock may make a quick run take twice its time. Throws `InputError` if not even the fewest rounds of so many
 * measurements could be done in that.
 */
export function checkFits({ until }: TimingPlan, cells: number, timer: Timer): void {
  const sample = shortestSample(timer) / 1000;
  const needed = LEAST_ROUNDS * cells * sample;
  if (until === undefined || needed <= 2 * QUICK_LIMIT) return;
  throw unmeasurable(
    `the clock steps ${duration(timer.step)} and a figure takes ${LEAST_STEPS} steps, so that ${cells} of them, ` +
      `${LEAST_ROUNDS} times each, take ${duration(needed * 1000)}`,
  );
}
