import { formatLockWait, lockWaits } from '../lab/lock-waits.js';
import type { Observer } from '../machine/engine.js';
import type { Thread } from '../machine/thread.js';
import { CHOICE, readChoice } from '../replay/choice.js';
import { Player } from '../replay/player.js';
import type { Scene } from '../replay/scene.js';
import { grouped } from '../text/numbers.js';
import { formatLine } from '../text/source.js';

/** A loop: the slot that it begins at, and how often that was gone back to. */
interface Loop {
  slot: number;
  rounds: number;
}

/** What a thread has done: by frames relative to where it was first seen. */
interface Walk {
  depth: number;
  /** By depth, the instruction executed last. */
  readonly last: Map<number, number>;
  /** By depth, the loop that begins first, of those that a jump went back to. */
  readonly back: Map<number, Loop>;
}

/** Watches where threads go round. */
export class Rounds {
  readonly observer: Observer = {
    instruction: (thread, slot) => this.#instruction(thread, slot),
    call: (thread) => this.#enter(thread, 1),
    tail: (thread) => this.#enter(thread, 0),
    return: (thread) => {
      const walk = this.#of(thread);
      walk.back.delete(walk.depth);
      walk.last.delete(walk.depth);
      walk.depth -= 1;
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

  /** The outermost loop of a thread, of those in functions that have not returned. */
  loopOf(thread: Thread): Readonly<Loop> | undefined {
    const back = this.#walks.get(thread)?.back ?? new Map<number, Loop>();
    return back.get(Math.min(...back.keys()));
  }

  /** Of the loops of a thread that it may still be in, the one that it has gone round most often. */
  longestOf(thread: Thread): Readonly<Loop> | undefined {
    const loops = [...(this.#walks.get(thread)?.back.values() ?? [])];
    return loops.sort((a, b) => b.rounds - a.rounds)[0];
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
    if (slot <= (last.get(depth) ?? -1)) {
      const loop = back.get(depth);
      if (loop === undefined || slot < loop.slot) back.set(depth, { slot, rounds: 1 });
      else if (slot === loop.slot) loop.rounds += 1;
    }
    last.set(depth, slot);
  }

  /** A frame begins, which has been nowhere yet. */
  #enter(thread: Thread, deeper: number): void {
    const walk = this.#of(thread);
    walk.depth += deeper;
    walk.back.delete(walk.depth);
    walk.last.delete(walk.depth);
  }
}

/** Where a slot is: function and offset, and the line if it has one. */
function placeOf({ kernel }: Scene, slot: number): string {
  const placed = kernel.machine.text.at(slot);
  if (placed === undefined) return `${slot}`;
  const { fn, insn } = placed;
  const line = insn.span === undefined ? '' : ` (${formatLine(insn.span)})`;
  return `${fn.name}+${slot - fn.start}${line}`;
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
    const waits = isSettled ? lockWaits(kernel).map(formatLockWait) : [];
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
    return [...interrupts, ...left, ...waits];
  }

  #place(thread: Thread): string {
    const loop = this.#rounds.loopOf(thread);
    return loop === undefined ? '' : `: it goes round at ${placeOf(this.#scene, loop.slot)}`;
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

/** Rounds from which it is worth while to say that somebody goes round. */
const WORTH_SAYING = 16;

/**
 * Who goes round and round at the end of a schedule that a search came to before it was cut short, and where: a sentence
 * each. It does not say that they would go on for ever.
 */
export function stillGoingRound(scene: Scene, moves: Iterable<number>): string[] {
  const rounds = new Rounds();
  const player = new Player(scene, undefined, rounds.observer);
  const sources = scene.kernel.processors.map((): string[] => []);
  for (const move of moves) {
    const choice = readChoice(move);
    if (choice.kind === 'arrival') sources[choice.cpu]!.push(scene.sources[choice.source]!.name);
    if (player.move(move).kind !== 'moved') break;
    for (const { id, depth } of scene.kernel.processors) sources[id]!.length = depth;
  }
  const said = (name: string, thread: Thread): string[] => {
    const loop = rounds.longestOf(thread);
    if (loop === undefined || loop.rounds < WORTH_SAYING) return [];
    return [`${name} has gone round ${grouped(loop.rounds)} times at ${placeOf(scene, loop.slot)}`];
  };
  const interrupts = scene.kernel.processors.flatMap(({ id, stack }) =>
    stack.slice(1).flatMap((thread, i) => said(sources[id]![i]!, thread)),
  );
  const tasks = scene.tasks.flatMap(({ task }, i) => (player.isDone(i) ? [] : said(task.name, task.thread)));
  return [...interrupts, ...tasks];
}
