import { errorAt, InputError } from '../text/diagnostic.js';
import { estimate } from './statistics.js';

/** The host's clock, in milliseconds. */
export type Clock = () => number;

/** A clock of which it is known how finely it goes. */
export interface Timer {
  readonly now: Clock;
  /** Milliseconds between two values that it shows one after the other; with a fine clock, what reading it takes. */
  readonly step: number;
  /** How often it has jumped back while something was timed. */
  jumps: number;
}

/** Changes of the clock that are looked at: enough for a median that a few interruptions do not move. */
const FEWEST_CHANGES = 25;
/** With a fine clock, so many more that the code that reads it is optimised, as it is later. */
const MOST_CHANGES = 2000;
/** Milliseconds that looking takes, but for the fewest changes. */
const LOOKING = 10;
/** Readings, one straight after the other, in which a clock that goes at all has moved: a second of them, about. */
const MOST_READINGS = 1 << 24;

/** A number of milliseconds in the unit that suits it. */
export function duration(ms: number): string {
  const [unit, size] = ms < 1e-3 ? ['ns', 1e-6] : ms < 1 ? ['µs', 1e-3] : ms < 1000 ? ['ms', 1] : ['s', 1000];
  return `${Number((ms / Number(size)).toPrecision(3))} ${unit}`;
}

/** Why nothing can be measured with a clock. */
export function unmeasurable(why: string): InputError {
  return new InputError(
    errorAt('B0623', `nothing can be measured: ${why}`, {
      help: 'browsers make their clock coarser, or stop it, to protect their users; `tinybpf bench` has the system’s own',
    }),
  );
}

/** Reads a clock until it shows another value, and says which. Throws `InputError` if it stands still. */
export function nextChange({ now }: Pick<Timer, 'now'>, last: number): number {
  for (let i = 0; i < MOST_READINGS; i += 1) {
    const time = now();
    if (time > last || time < last) return time;
  }
  throw unmeasurable('the clock stands still');
}

/**
 * Finds out how finely a clock goes. A clock that jumps back goes no more finely than that: what it shows may be wrong by
 * as much. Throws `InputError` if it stands still.
 */
export function timerOf(now: Clock): Timer {
  const changes: number[] = [];
  let back = 0;
  const start = now();
  for (let last = start; ; ) {
    const isEnough = changes.length >= MOST_CHANGES || last - start >= LOOKING;
    if (isEnough && changes.length >= FEWEST_CHANGES) break;
    const time = nextChange({ now }, last);
    changes.push(Math.abs(time - last));
    back = Math.max(back, last - time);
    last = time;
  }
  return { now, step: Math.max(estimate(changes).median, back), jumps: 0 };
}
