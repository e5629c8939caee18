import { Meter, type RunLimits } from '../lab/limits.js';
import { lockWaits } from '../lab/lock-waits.js';
import type { Runner } from '../lab/runner.js';
import type { Outcome, Stopped } from '../lab/script.js';
import { backtrace } from '../machine/make-fault.js';
import type { Thread } from '../machine/thread.js';
import { errorAt, InputError } from '../text/diagnostic.js';
import { continued } from './choice.js';
import type { Moved, Player, Ready } from './player.js';
import { choiceOf, formatTurn, type Schedule } from './schedule.js';

/** Carries out a schedule, whole or instruction by instruction; where it ends the run does. */
export class Rerun implements Runner {
  readonly byHand = undefined;
  /** The schedule says which interrupts arrive, and each does. */
  readonly interrupts = [];
  readonly #player: Player;
  readonly #schedule: Schedule;
  readonly #meter: Meter;
  /** The turn, and the moves of it that are done. */
  #turn = 0;
  #moves = 0;
  #ready: Ready | undefined;

  constructor(player: Player, schedule: Schedule, limits: RunLimits = {}) {
    this.#player = player;
    this.#schedule = schedule;
    this.#meter = new Meter(limits, player.scene.kernel.memory.bytes, player.recorder !== undefined);
  }

  get results(): Player['results'] {
    return this.#player.results;
  }

  get next(): Thread | undefined {
    return this.#ready?.thread;
  }

  /** Throws `InputError` for turns that are not possible. */
  run(): Outcome {
    for (;;) {
      const over = this.step();
      if (over !== undefined) return over;
    }
  }

  /** Throws `InputError` for turns that are not possible. */
  prepare(): Outcome | undefined {
    while (this.#ready === undefined) {
      const over = this.#meter.over({
        events: this.#player.recorder?.events.length ?? 0,
        results: this.#turn,
      });
      if (over !== undefined) return this.#stopped(over);
      const choice = this.#choice();
      if (choice === undefined) return this.#outcome();
      const begun = this.#player.begin(choice);
      if (begun.kind === 'ready') this.#ready = begun;
      else this.#done(begun);
    }
    return undefined;
  }

  step(): Outcome | undefined {
    const over = this.prepare();
    if (over !== undefined) return over;
    const moved = this.#player.execute(this.#ready!);
    this.#ready = undefined;
    if (moved.kind === 'fault') return { kind: 'fault', fault: moved.fault };
    this.#done(moved);
    return this.prepare();
  }

  remember(): () => void {
    const [turn, moves, ready] = [this.#turn, this.#moves, this.#ready];
    const restore = this.#player.remember();
    return () => {
      restore();
      [this.#turn, this.#moves, this.#ready] = [turn, moves, ready];
    };
  }

  /** What comes next; undefined at the end of the schedule. */
  #choice(): number | undefined {
    const turn = this.#schedule.turns[this.#turn];
    if (turn === undefined) return undefined;
    const first = choiceOf(this.#player.scene, turn);
    return this.#moves === 0 ? first : continued(first);
  }

  #done(moved: Exclude<Moved, { kind: 'fault' }>): void {
    const turn = this.#schedule.turns[this.#turn]!;
    this.#moves += 1;
    if (moved.kind === 'impossible') {
      const at = turn.span === undefined ? {} : { span: turn.span };
      const what = `\`${formatTurn(turn)}\` is not possible: ${moved.why}`;
      throw new InputError(
        errorAt('B0412', what, { ...at, notes: [`it was move ${this.#moves} of the turn`] }),
      );
    }
    if (this.#moves < turn.moves) return;
    this.#turn += 1;
    this.#moves = 0;
  }

  #outcome(): Outcome {
    return this.#player.isOver ? { kind: 'finished' } : this.#stopped('paused');
  }

  #stopped(kind: Stopped['kind']): Outcome {
    const { kernel } = this.#player.scene;
    const { machine, processors } = kernel;
    const running = processors.find((cpu) => cpu.depth > 0 || cpu.current !== undefined)?.top;
    const where = running?.isBusy === true ? backtrace(machine, running, running.pc) : [];
    const { unfinished } = this.#player;
    return { kind, executed: machine.executed, where, unfinished, waits: lockWaits(kernel) };
  }
}
