import { TASK } from '../kernel/layout.js';
import { holds } from '../lab/expect.js';
import { type Property, propertyBit } from '../lab/properties.js';
import type { Observer } from '../machine/engine.js';
import { fromAddress } from '../machine/memory.js';
import type { Thread } from '../machine/thread.js';
import { CHOICE } from '../replay/choice.js';
import { type Moved, Player } from '../replay/player.js';
import type { Scene } from '../replay/scene.js';
import { functionOf } from './reduce/call-frames.js';

/** Where an instance of a program is; `called` and `putCalled` until the first instruction of enter or exit. */
type Phase = 'called' | 'entering' | 'admitted' | 'refused' | 'putCalled' | 'leaving';

interface Instance {
  /** Undefined for one that a scenario begins with. */
  readonly thread: Thread | undefined;
  readonly program: number;
  readonly cpu: number;
  phase: Phase;
  /** Whether no other instance has been inside since it began to enter. */
  isAlone: boolean;
}

const IS_ADMITTED: readonly Phase[] = ['admitted', 'putCalled'];

/**
 * Carries out a schedule move by move on the machine itself and says what it breaks. It is told nothing of what a search
 * has found and shares no states with it, so that a counterexample that it does not confirm is a mistake of the search.
 */
export class Referee {
  readonly player: Player;
  /** Properties that have been broken so far, as bits. What only the end decides is not among them: see `atEnd`. */
  broken = 0;
  readonly #scene: Scene;
  readonly #enter: number;
  readonly #put: number;
  readonly #inside: Instance[] = [];
  /** Programs that were entered, and admitted, by CPU. */
  readonly #entered = new Set<string>();
  readonly #ran = new Set<string>();
  readonly #choices: readonly number[];
  /** Offsets of all preempt_counts. */
  readonly #counts: readonly number[];

  /** The scene's machine is as it was booted, and in the end somewhere else. */
  constructor(scene: Scene) {
    const { kernel, given, tasks } = scene;
    this.#scene = scene;
    this.#enter = kernel.symbols.functionIndex('bpf_prog_get_recursion_context');
    this.#put = kernel.symbols.functionIndex('bpf_prog_put_recursion_context');
    const observer: Observer = {
      instruction: (thread) => this.#goesOn(thread),
      call: (thread, _, fn) => this.#called(thread, fn),
      return: (thread) => this.#returned(thread),
    };
    this.player = new Player(scene, undefined, observer);
    for (const { program, cpu, isRunning } of given) {
      if (!isRunning) continue;
      this.#entered.add(`${program.id} ${cpu}`);
      this.#ran.add(`${program.id} ${cpu}`);
      this.#inside.push({ thread: undefined, program: program.id, cpu, phase: 'admitted', isAlone: false });
    }
    this.#choices = [
      ...kernel.processors.map((c) => CHOICE.interrupt(c.id)),
      ...tasks.flatMap(({ kind }, i) => (kind === 'idle' ? [] : [CHOICE.task(i)])),
    ];
    const variable = kernel.percpuVariables.get('__preempt_count');
    this.#counts = [
      ...tasks.map(({ task }) => task.at + TASK.fields.preempt_count.offset),
      ...(variable === undefined ? [] : kernel.processors.map(({ id }) => kernel.percpu.at(variable, id))),
    ];
    this.#look();
  }

  move(choice: number): Moved {
    const moved = this.player.move(choice);
    if (moved.kind === 'fault') this.#breaks('no_fault');
    else if (moved.kind === 'moved') this.#look();
    return moved;
  }

  /** True where no thread can go on, though an interrupt may still arrive. */
  get isStill(): boolean {
    return this.#choices.every((c) => this.player.refusal(c) !== undefined);
  }

  /** What is broken if everything ends here, as bits, besides `broken`; nothing where something can go on. */
  get atEnd(): number {
    if (!this.isStill) return 0;
    if (!this.player.isOver) return propertyBit('no_deadlock');
    const { kernel, given } = this.#scene;
    const bits = (isBroken: boolean, p: Property): number => (isBroken ? propertyBit(p) : 0);
    const isBalanced = kernel.processors.every(({ id }) =>
      [...kernel.programs.values()].every((p) => {
        const start = given.find((g) => g.program === p && g.cpu === id)?.value ?? 0n;
        return kernel.active(p, id).reduceRight((n, b) => (n << 8n) | BigInt(b), 0n) === start;
      }),
    );
    const isCounted = this.#counts.some((at) => kernel.memory.readU32(at) !== 0);
    return (
      bits(
        [...this.#entered].some((who) => !this.#ran.has(who)),
        'progress',
      ) |
      bits(!isBalanced || isCounted, 'balanced') |
      bits(
        this.#scene.finally.some((c) => !holds(kernel, c)),
        'finally',
      )
    );
  }

  #breaks(property: Property): void {
    this.broken |= propertyBit(property);
  }

  #look(): void {
    if (this.#scene.always.some((c) => !holds(this.#scene.kernel, c))) this.#breaks('always');
  }

  #innermost(thread: Thread): Instance | undefined {
    return this.#inside.findLast((i) => i.thread === thread);
  }

  #others(mine: Instance): readonly Instance[] {
    return this.#inside.filter((i) => i !== mine && i.program === mine.program && i.cpu === mine.cpu);
  }

  /** The first instruction of enter or exit is about to be carried out, if it is one. */
  #goesOn(thread: Thread): void {
    const mine = this.#innermost(thread);
    if (mine?.phase === 'putCalled') mine.phase = 'leaving';
    if (mine?.phase !== 'called') return;
    mine.phase = 'entering';
    const others = this.#others(mine).filter((i) => i.phase !== 'called');
    mine.isAlone = others.length === 0;
    for (const other of others) other.isAlone = false;
  }

  #called(thread: Thread, fn: number): void {
    if (fn !== this.#enter && fn !== this.#put) return;
    const program = this.#scene.kernel.programAt(fromAddress(thread.getRegister(1)) ?? 0)?.id;
    if (program === undefined) return;
    if (fn === this.#put) {
      const mine = this.#innermost(thread);
      if (mine?.phase === 'admitted') mine.phase = 'putCalled';
      return;
    }
    this.#entered.add(`${program} ${thread.cpu}`);
    this.#inside.push({ thread, program, cpu: thread.cpu, phase: 'called', isAlone: false });
  }

  #returned(thread: Thread): void {
    const fn = functionOf(thread);
    const mine = this.#innermost(thread);
    if (mine === undefined) return;
    if (fn === this.#put) this.#inside.splice(this.#inside.indexOf(mine), 1);
    if (fn !== this.#enter) return;
    if (thread.getRegister(0) === 0n) {
      if (mine.isAlone) this.#breaks('admits_alone');
      mine.phase = 'refused';
      return;
    }
    if (this.#others(mine).some((i) => IS_ADMITTED.includes(i.phase))) this.#breaks('one_instance');
    mine.phase = 'admitted';
    this.#ran.add(`${mine.program} ${mine.cpu}`);
  }
}
