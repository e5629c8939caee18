import { nextChange, type Timer, unmeasurable } from './clock.js';

/** What some calls, one after the other, took. */
export interface Sample {
  readonly calls: number;
  readonly ms: number;
}

/** Steps of the clock without which nothing is said about how long something took: it is then right to 1 %. */
export const LEAST_STEPS = 100;

/** Milliseconds that a sample takes at least. */
export const shortestSample = ({ step }: Timer): number => LEAST_STEPS * step;

/** So many steps back are the clock's own uncertainty, of which a sample has to bear some per cent; more are a jump. */
const UNSURE = 3;
/** Calls in which a clock that goes at all has moved. */
const MOST_STILL = 50_000;
/** How often the clock may jump back: it is set now and then, but a clock that does so again and again is none. */
const MOST_JUMPS = 5;

/** One sample; undefined if the clock has jumped back in it. Throws `InputError` if it stands still. */
function attempt(call: () => void, timer: Timer): Sample | undefined {
  const { now, step } = timer;
  // From one change of the clock to another, so that it is not wrong by a part of a step at either end.
  const start = nextChange(timer, now());
  let last = start;
  let steps = 0;
  let still = 0;
  for (let calls = 1; ; calls += 1) {
    call();
    const time = now();
    if (time > last) {
      // A clock that did not move during a whole call moves by one step after it, however far that is.
      steps += still === 0 ? (time - last) / step : 1;
      last = time;
      still = 0;
      if (steps >= LEAST_STEPS && last - start >= LEAST_STEPS * step) return { calls, ms: last - start };
    } else {
      if (time < last - UNSURE * step) return undefined;
      still += 1;
      if (still > MOST_STILL) throw unmeasurable('the clock stands still');
    }
  }
}

/** Calls until the clock has made a hundred steps. Throws `InputError` if the clock does not go as a clock should. */
export function takeSample(call: () => void, timer: Timer): Sample {
  while (timer.jumps < MOST_JUMPS) {
    const sample = attempt(call, timer);
    if (sample !== undefined) return sample;
    timer.jumps += 1;
  }
  throw unmeasurable('the clock goes backwards');
}

/** Calls for `ms` milliseconds, in which optimised code comes to be. Throws `InputError` if the clock stands still. */
export function warmUp(call: () => void, ms: number, { now }: Timer): void {
  const start = now();
  let last = start;
  for (let still = 0; last - start < ms; still += 1) {
    call();
    const time = now();
    if (time !== last) still = 0;
    if (still > MOST_STILL) throw unmeasurable('the clock stands still');
    // How long it has been nobody knows with a clock that jumps back, and it may never get there; samples will tell.
    if (time < last) return;
    last = time;
  }
}
