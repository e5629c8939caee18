/** What a run may take besides instructions; absent: whatever it takes. */
export interface RunLimits {
  /** By the clock from the first instruction on. */
  readonly maxSeconds?: number;
  /** Milliseconds since any moment; needed for `maxSeconds`. */
  readonly clock?: () => number;
  /** Bytes of the emulated machine, and of what is recorded and written of the run. */
  readonly maxBytes?: number;
}

/**
 * What an event is counted as: itself, and its share of what is made of all of them, a timeline, JSON or a trace
 * (measured: 250 bytes itself, 130 to 450 in what is made of it).
 * @internal
 */
export const EVENT_BYTES = 1024;
/**
 * What the result of a call is counted as.
 * @internal
 */
export const RESULT_BYTES = 64;
/** What a record of a ring buffer is counted as when it is shown. */
export const RECORD_BYTES = 512;

/** Instructions that are executed between two looks at the limits. */
const STRETCH = 1 << 18;
/** The same while events are recorded, which can be one for every second or third instruction. */
const RECORDED_STRETCH = 1 << 14;

/** What a run has kept so far. */
export interface Kept {
  readonly events: number;
  readonly results: number;
}

/** Looks, now and then, whether a run takes more than it may. */
export class Meter {
  /** Instructions after which it is to be asked again. */
  readonly stretch: number;
  readonly #clock: () => number;
  readonly #end: number;
  readonly #room: number;

  /** `machineBytes` are taken already. Its clock starts now. */
  constructor(limits: RunLimits, machineBytes: number, isRecorded: boolean) {
    const { maxSeconds, clock, maxBytes } = limits;
    if (maxSeconds !== undefined && clock === undefined) throw new Error('seconds need a clock');
    this.#clock = clock ?? (() => 0);
    this.#end = this.#clock() + (maxSeconds ?? Infinity) * 1000;
    this.#room = (maxBytes ?? Infinity) - machineBytes;
    const isLimited = maxSeconds !== undefined || maxBytes !== undefined;
    this.stretch = !isLimited ? Infinity : isRecorded ? RECORDED_STRETCH : STRETCH;
  }

  /** What the run has taken too much of; undefined if it can go on. */
  over({ events, results }: Kept): 'time' | 'memory' | undefined {
    if (events * EVENT_BYTES + results * RESULT_BYTES > this.#room) return 'memory';
    if (this.#end < Infinity && this.#clock() >= this.#end) return 'time';
    return undefined;
  }
}
