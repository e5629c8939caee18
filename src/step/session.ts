import type { Kernel } from '../kernel/kernel.js';
import type { LabEvent } from '../lab/events.js';
import type { Begun } from '../lab/run.js';
import type { Outcome } from '../lab/script.js';
import type { Thread } from '../machine/thread.js';
import { restoreSnapshot, Snapshots, takeSnapshot } from './snapshots.js';

/** Something a user made happen at a position; it happens again whenever the run comes by there. */
export interface Intervention {
  readonly position: number;
  readonly text: string;
  readonly apply: (run: Begun) => void;
  /** Offset of the first byte after what it has in the arena, and how many actions of it those are. */
  readonly arenaUsed: number;
  readonly actions: number;
}

/**
 * A run that can be walked in both directions. A position is the number of instructions executed before it; the run
 * is at one with everything decided: interrupts that come there have come, and `thread` executes the next
 * instruction. Runs are deterministic, so going back is going on from an earlier snapshot, or from the beginning.
 */
export class Session {
  readonly #begin: () => Begun;
  readonly #snapshots = new Snapshots();
  #run: Begun;
  #outcome: Outcome | undefined;
  #interventions: Intervention[] = [];

  /** `begin` boots the same machine each time; it records events. Throws `InputError` as it does. */
  constructor(begin: () => Begun) {
    this.#begin = begin;
    this.#run = begin();
    this.#outcome = this.#run.runner.prepare();
    this.#arrive();
  }

  get run(): Begun {
    return this.#run;
  }

  get kernel(): Kernel {
    return this.#run.kernel;
  }

  get position(): number {
    return this.kernel.machine.executed;
  }

  /** How it ended; undefined while there is a next instruction. */
  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  /** The thread that executes the next instruction. */
  get thread(): Thread | undefined {
    return this.#outcome === undefined ? this.#run.runner.next : undefined;
  }

  /** What has happened so far. */
  get events(): readonly LabEvent[] {
    return this.#run.recorder!.events;
  }

  get interventions(): readonly Intervention[] {
    return this.#interventions;
  }

  /** Executes one instruction; false if there is none left. */
  forward(): boolean {
    if (this.#outcome !== undefined) return false;
    this.#outcome = this.#run.runner.step();
    this.#arrive();
    return true;
  }

  /** Position of the last snapshot that can be returned to before a position; 0 where there is none. */
  resumable(before: number): number {
    const snapshot = this.#snapshots.before(before - 1);
    return snapshot === undefined || !this.#fits(snapshot.version) ? 0 : snapshot.position;
  }

  /** Goes to a position, or to the end of the run if that comes before. */
  goTo(position: number): void {
    const wanted = Math.max(0, position);
    if (wanted < this.position) this.#back(wanted);
    while (this.position < wanted && this.forward());
  }

  /** Makes something happen here; what was to happen after this position is forgotten. */
  intervene(what: Omit<Intervention, 'position'>): void {
    const { position } = this;
    this.#interventions = this.#interventions.filter((i) => i.position <= position);
    this.#snapshots.forgetAfter(position);
    this.#interventions.push({ ...what, position });
    what.apply(this.#run);
    this.#outcome = this.#prepareAnew();
  }

  /**
   * To the last snapshot before a position. Snapshots are never gone forward to: the events in between, which have been
   * forgotten on the way back, would be missing.
   */
  #back(position: number): void {
    const snapshot = this.#snapshots.before(position);
    if (snapshot === undefined || !this.#fits(snapshot.version)) {
      this.#restart();
      return;
    }
    restoreSnapshot(this.#run, snapshot);
    this.#outcome = undefined;
    this.#intervene();
  }

  #fits(version: number): boolean {
    return version === this.kernel.machine.text.version;
  }

  /** Attaching has made code since: only from the beginning the same machine comes about again. */
  #restart(): void {
    this.#snapshots.clear();
    this.#run = this.#begin();
    this.#outcome = this.#run.runner.prepare();
    this.#arrive();
  }

  /** A snapshot shows a position as it was before anything was made to happen there. */
  #arrive(): void {
    if (this.#outcome !== undefined) return;
    if (this.#snapshots.isDue(this.position)) this.#snapshots.add(takeSnapshot(this.#run));
    this.#intervene();
  }

  #intervene(): void {
    for (const i of this.#interventions) {
      if (i.position !== this.position || this.#outcome !== undefined) continue;
      i.apply(this.#run);
      this.#outcome = this.#prepareAnew();
    }
  }

  #prepareAnew(): Outcome | undefined {
    this.#run.runner.byHand?.reconsider();
    return this.#run.runner.prepare();
  }
}
