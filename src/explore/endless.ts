import type { Observer } from '../machine/engine.js';
import type { Thread } from '../machine/thread.js';
import { CHOICE } from '../replay/choice.js';
import type { Player } from '../replay/player.js';
import type { Scene } from '../replay/scene.js';
import { formatLine } from '../text/source.js';

/** What a thread has done: by frames relative to where it was first seen. */
interface Walk {
  depth: number;
  /** By depth, the instruction executed last. */
  readonly last: Map<number, number>;
  /** By depth, the first instruction that a jump went back to. */
  readonly back: Map<number, number>;
}

/** Watches where threads go round. */
export class Rounds {
  readonly observer: Observer = {
    instruction: (thread, slot) => this.#instruction(thread, slot),
    call: (thread) => this.#enter(thread, 1),
    tail: (thread) => this.#enter(thread, 0),
    return: (thread) => {
      this.#of(thread).depth -= 1;
    },
  };
  readonly #walks = new Map<Thread, Walk>();

  /** Forgets what was seen. */
  clear(): void {
    this.#walks.clear();
  }

  hasRun(thread: Thread): boolean {
    return this.#walks.has(thread);
  }

  /** Slot at which the outermost loop of a thread begins. */
  loopOf(thread: Thread): number | undefined {
    const back = this.#walks.get(thread)?.back ?? new Map<number, number>();
    return back.get(Math.min(...back.keys()));
  }

  #of(thread: Thread): Walk {
    let walk = this.#walks.get(thread);
    if (walk === undefined) {
      walk = { depth: 0, last: new Map(), back: new Map() };
      this.#walks.set(thread, walk);
    }
    return walk;
  }

  #instruction(thread: Thread, slot: number): void {
    const { depth, last, back } = this.#of(thread);
    if (slot <= (last.get(depth) ?? -1)) back.set(depth, Math.min(slot, back.get(depth) ?? slot));
    last.set(depth, slot);
  }

  /** A frame begins, which has been nowhere yet. */
  #enter(thread: Thread, deeper: number): void {
    const walk = this.#of(thread);
    walk.depth += deeper;
    walk.last.delete(walk.depth);
  }
}

/** Moves in which whoever ends at all is taken to end, and how often that many are tried as long as some do. */
const WINDOW = 8_000;
const MOST_WINDOWS = 10;

/** Lets all go on after a schedule that nothing ends after, in turns, to see who stays where. */
class Aftermath {
  readonly #scene: Scene;
  readonly #player: Player;
  readonly #rounds: Rounds;
  readonly #choices: readonly number[];
  hasFaulted = false;
  /** Why a choice was not possible when it was last tried. */
  readonly #why = new Map<number, string>();

  constructor(scene: Scene, player: Player, rounds: Rounds) {
    this.#scene = scene;
    this.#player = player;
    this.#rounds = rounds;
    this.#choices = [
      ...scene.kernel.processors.map((c) => CHOICE.interrupt(c.id)),
      ...scene.tasks.flatMap(({ kind }, i) => (kind === 'idle' ? [] : [CHOICE.task(i)])),
    ];
  }

  /** Whether it has come to where nothing ends any more. */
  settle(): boolean {
    for (let n = 0; n < MOST_WINDOWS; n += 1) {
      const before = this.#progress();
      this.#rounds.clear();
      if (!this.#window() || this.#progress() === before) return true;
    }
    return false;
  }

  findings(sources: readonly (readonly string[])[], isSettled: boolean): string[] {
    const { kernel, tasks } = this.#scene;
    const place = (thread: Thread): string => (isSettled ? this.#place(thread) : '');
    const interrupts = kernel.processors.flatMap(({ id, depth, top }) =>
      depth === 0 ? [] : [`${sources[id]?.[depth - 1] ?? 'an interrupt'} never ends${place(top)}`],
    );
    const left = tasks.flatMap(({ task: { name, thread }, kind }, i) => {
      if (kind === 'idle' || this.#player.isDone(i)) return [];
      const join = this.#player.joinOf(i);
      if (join !== undefined) return [`${name} waits in \`${join}\``];
      if (thread.waitsFor !== 0) return [`${name} waits for ever`];
      const why = this.#why.get(CHOICE.task(i));
      if (isSettled && why !== undefined && !this.#rounds.hasRun(thread))
        return [`${name} never goes on: ${why}`];
      return [`${name} never ends${place(thread)}`];
    });
    return [...interrupts, ...left];
  }

  #place(thread: Thread): string {
    const slot = this.#rounds.loopOf(thread);
    const placed = slot === undefined ? undefined : this.#scene.kernel.machine.text.at(slot);
    if (slot === undefined || placed === undefined) return '';
    const { fn, insn } = placed;
    const line = insn.span === undefined ? '' : ` (${formatLine(insn.span)})`;
    return `: it goes round at ${fn.name}+${slot - fn.start}${line}`;
  }

  /** Changes with every step that begins or ends, and every interrupt that does. */
  #progress(): string {
    const { kernel, tasks } = this.#scene;
    const done = tasks.filter((_, i) => this.#player.isDone(i)).length;
    return [this.#player.results.length, done, ...kernel.processors.map((c) => c.depth)].join();
  }

  /** An instruction each, again and again: who could go on only now and then has a turn as well. False at an end. */
  #window(): boolean {
    for (let moves = 0; moves < WINDOW; ) {
      const before = moves;
      for (const choice of this.#choices) {
        const moved = this.#player.move(choice);
        if (moved.kind === 'fault') {
          this.hasFaulted = true;
          return false;
        }
        if (moved.kind === 'moved') moves += 1;
        else this.#why.set(choice, moved.why);
      }
      if (moves === before) return false;
    }
    return true;
  }
}

/**
 * What each thread that never ends does, after a schedule that brought a machine to where nothing ends. `sources` are the
 * interrupts on each CPU, the innermost last. The machine is somewhere else afterwards.
 */
export function endlessFindings(
  scene: Scene,
  player: Player,
  rounds: Rounds,
  sources: readonly (readonly string[])[],
): string[] {
  const aftermath = new Aftermath(scene, player, rounds);
  const isSettled = aftermath.settle();
  return aftermath.findings(sources, isSettled);
}

/** Whether nothing ends where a schedule has brought a machine, though all go on in turns for a long time. */
export function neverEnds(scene: Scene, player: Player): boolean {
  const aftermath = new Aftermath(scene, player, new Rounds());
  aftermath.settle();
  return !aftermath.hasFaulted && !player.isOver;
}
