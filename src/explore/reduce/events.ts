import type { Kernel } from '../../kernel/kernel.js';
import { fromAddress } from '../../machine/memory.js';
import type { Thread } from '../../machine/thread.js';
import { callers, functionOf } from './call-frames.js';
import { EVENT } from './run-results.js';

/** What a run has to tell the search: what instances of programs do, and which conditions were broken. */
export class Events {
  /** See `EVENT`. */
  list: number[] = [];
  /** Instructions before the last call of enter or put; -1 if there was none. */
  calledAt = -1;
  readonly #kernel: Kernel;
  readonly #enter: number;
  readonly #put: number;
  /** Whether the effects that were put off are known to have happened. */
  #wentOn = false;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#enter = kernel.symbols.functionIndex('bpf_prog_get_recursion_context');
    this.#put = kernel.symbols.functionIndex('bpf_prog_put_recursion_context');
  }

  begin(): void {
    this.list = [];
    this.calledAt = -1;
    this.#wentOn = false;
  }

  /** Whether a function is the guard's enter or put. */
  isOfGuard(fn: number): boolean {
    return fn === this.#enter || fn === this.#put;
  }

  /** Whether a thread is inside enter or put. */
  isInside(thread: Thread): boolean {
    return callers(thread).some((fn) => this.isOfGuard(fn));
  }

  called(thread: Thread, fn: number, steps: number): void {
    if (!this.isOfGuard(fn)) return;
    const program = this.#kernel.programAt(fromAddress(thread.getRegister(1)) ?? 0);
    if (program === undefined) return;
    this.calledAt = steps;
    this.#wentOn = false;
    this.list.push((fn === this.#enter ? EVENT.enter : EVENT.put) | (program.id << 3));
  }

  returned(thread: Thread): void {
    const fn = functionOf(thread);
    if (fn === this.#put) this.list.push(EVENT.left);
    else if (fn === this.#enter)
      this.list.push(thread.getRegister(0) === 0n ? EVENT.refused : EVENT.admitted);
  }

  /** The run would have ended here, and its thread gone on: what was put off until then happens (see `Instances`). */
  goOn(): void {
    if (!this.#wentOn) this.list.push(EVENT.goesOn);
    this.#wentOn = true;
  }

  violated(condition: number): void {
    this.list.push(EVENT.violated | (condition << 3));
  }
}
