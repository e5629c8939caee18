import type { RecorderState } from '../lab/recorder.js';
import type { Begun } from '../lab/run.js';

/** Everything that can change in a run, as it was before the instruction at `position`. */
export interface Snapshot {
  /** Instructions executed before. */
  readonly position: number;
  /** Version of the machine's text: attaching makes code, which is not part of a snapshot. */
  readonly version: number;
  readonly memory: Uint8Array;
  readonly idleNs: number;
  /** Puts the runner back. */
  readonly runner: () => void;
  readonly recorder: RecorderState;
}

export function takeSnapshot({ kernel, runner, recorder }: Begun): Snapshot {
  const { machine } = kernel;
  return {
    position: machine.executed,
    version: machine.text.version,
    memory: machine.memory.u8.slice(),
    idleNs: machine.idleNs,
    runner: runner.remember(),
    recorder: recorder!.save(),
  };
}

/** Puts a run back to a snapshot of itself. */
export function restoreSnapshot({ kernel, recorder }: Begun, snapshot: Snapshot): void {
  const { machine } = kernel;
  machine.memory.u8.set(snapshot.memory);
  machine.executed = snapshot.position;
  machine.idleNs = snapshot.idleNs;
  snapshot.runner();
  recorder!.restore(snapshot.recorder);
}

/** Instructions between two snapshots, while there are few. */
const FIRST_INTERVAL = 512;
const MOST_BYTES = 96 << 20;
const FEWEST = 4;

/**
 * Snapshots of one run in ascending order. When there are too many, every second is dropped and the distance doubled, so
 * that going back costs the same share of a long run as of a short one.
 */
export class Snapshots {
  #interval = FIRST_INTERVAL;
  #kept: Snapshot[] = [];

  /** Whether one is to be taken at a position. */
  isDue(position: number): boolean {
    const last = this.#kept.at(-1);
    return last === undefined || position >= last.position + this.#interval;
  }

  add(snapshot: Snapshot): void {
    this.#kept.push(snapshot);
    const most = Math.max(FEWEST, Math.floor(MOST_BYTES / snapshot.memory.length));
    if (this.#kept.length <= most) return;
    this.#kept = this.#kept.filter((_, i) => i % 2 === 0);
    this.#interval *= 2;
  }

  /** The last one at or before a position. */
  before(position: number): Snapshot | undefined {
    return this.#kept.findLast((s) => s.position <= position);
  }

  /** Forgets those after a position: what comes there has changed. */
  forgetAfter(position: number): void {
    this.#kept = this.#kept.filter((s) => s.position <= position);
  }

  clear(): void {
    this.#kept = [];
  }
}
