import { propertyBit } from '../../lab/properties.js';
import type { Scene } from '../../replay/scene.js';
import type { Budget } from '../budget.js';
import { EVENT } from '../reduce/run-results.js';
import { Interner, Memo } from './intern.js';

/**
 * Where an instance of a program is. In two of these phases, `called` and `putCalled`, an event has happened whose effect
 * is put off: an instance begins to enter, and stops being admitted, as late as possible, namely when its thread goes on
 * after the first choice inside enter or put. Others may run before that, and for them it has not happened yet; so every
 * order of these events is covered without a choice of its own for each. What ends an instance's call of enter or put,
 * its return, takes effect as early as possible.
 */
const PHASE = { called: 0, entering: 1, admitted: 2, refused: 3, putCalled: 4, leaving: 5 } as const;

/** Words of an instance in a row: thread, program, phase, alone, cpu. */
const WORDS = 5;
const ALONE = 3;

/**
 * All instances of programs that are inside, and which programs ran where, as rows known by their number:
 *
 *     programs entered, and programs admitted: a bit for each program and CPU, as many words as that takes
 *     instances by thread, those of a thread from the outermost inwards; the order between threads does not matter
 */
export class Instances {
  readonly rows: Interner;
  readonly initial: number;
  readonly #cpus: number;
  /** Words of bits, and where instances begin. */
  readonly #words: number;
  readonly #first: number;
  readonly #known: Memo;
  readonly #results: { readonly id: number; readonly broken: number }[] = [];
  readonly #waiting: (readonly number[])[] = [];
  readonly #progress: boolean;
  /** Properties broken by the last step, as bits. */
  broken = 0;

  constructor(scene: Scene, budget: Budget) {
    this.rows = new Interner(budget);
    this.#known = new Memo(budget);
    const { kernel, given } = scene;
    this.#cpus = kernel.cpus;
    this.#progress = (scene.checked & propertyBit('progress')) !== 0;
    this.#words = this.#progress ? Math.ceil((kernel.programs.size * kernel.cpus) / 32) : 0;
    this.#first = 2 * this.#words;
    const row = new Array<number>(this.#first).fill(0);
    for (const g of given) {
      if (!g.isRunning) continue;
      this.#mark(row, 0, g.program.id, g.cpu);
      this.#mark(row, this.#words, g.program.id, g.cpu);
      row.push(-1, g.program.id, PHASE.admitted, 0, g.cpu);
    }
    this.initial = this.rows.intern(Int32Array.from(row));
  }

  #mark(row: number[], from: number, program: number, cpu: number): void {
    if (!this.#progress) return;
    const n = (program - 1) * this.#cpus + cpu;
    row[from + (n >> 5)]! |= 1 << (n & 31);
  }

  /** Whether an effect has been put off until a thread goes on. */
  isWaiting(id: number, thread: number): boolean {
    let threads = this.#waiting[id];
    if (threads === undefined) {
      const found: number[] = [];
      const row = this.rows.rows[id]!;
      for (let i = this.#first; i < row.length; i += WORDS) {
        const phase = row[i + 2]!;
        if (phase === PHASE.called || phase === PHASE.putCalled) found.push(row[i]!);
      }
      threads = found;
      this.#waiting[id] = threads;
    }
    return threads.length > 0 && threads.includes(thread);
  }

  /** Lets effects that were put off until a thread goes on happen. */
  flush(id: number, thread: number): number {
    this.broken = 0;
    return this.isWaiting(id, thread) ? this.#step(id, thread, 0, 0, undefined) : id;
  }

  /** Events of a thread on a CPU, by the number of their list. */
  apply(id: number, thread: number, cpu: number, list: number, events: Int32Array): number {
    this.broken = 0;
    return events.length === 0 ? id : this.#step(id, thread, cpu, list, events);
  }

  #step(id: number, thread: number, cpu: number, list: number, events: Int32Array | undefined): number {
    const known = this.#results[this.#known.get(id, thread, cpu, list)];
    if (known !== undefined) {
      this.broken = known.broken;
      return known.id;
    }
    const row = [...this.rows.rows[id]!];
    if (events === undefined) this.#goOn(row, thread);
    else for (const e of events) this.#event(row, thread, cpu, e);
    const next = this.rows.intern(Int32Array.from(row));
    this.#known.set(id, thread, cpu, list, this.#results.length);
    this.#results.push({ id: next, broken: this.broken });
    return next;
  }

  #innermost(row: number[], thread: number): number {
    for (let i = row.length - WORDS; i >= this.#first; i -= WORDS) if (row[i] === thread) return i;
    return -1;
  }

  #goOn(row: number[], thread: number): void {
    const i = this.#innermost(row, thread);
    if (i < 0) return;
    if (row[i + 2] === PHASE.called) this.#begin(row, i);
    else if (row[i + 2] === PHASE.putCalled) row[i + 2] = PHASE.leaving;
  }

  #begin(row: number[], i: number): void {
    let alone = 1;
    for (let j = this.#first; j < row.length; j += WORDS) {
      if (j === i || row[j + 1] !== row[i + 1] || row[j + 4] !== row[i + 4]) continue;
      if (row[j + 2] === PHASE.called) continue;
      alone = 0;
      row[j + ALONE] = 0;
    }
    row[i + 2] = PHASE.entering;
    row[i + ALONE] = alone;
  }

  #event(row: number[], thread: number, cpu: number, event: number): void {
    const kind = event & 7;
    if (kind === EVENT.violated) {
      this.broken |= propertyBit('always');
      return;
    }
    if (kind === EVENT.enter) {
      const program = event >> 3;
      this.#mark(row, 0, program, cpu);
      let at = this.#first;
      while (at < row.length && row[at]! <= thread) at += WORDS;
      row.splice(at, 0, thread, program, PHASE.called, 0, cpu);
      return;
    }
    const i = this.#innermost(row, thread);
    if (i < 0) return;
    // An effect that was put off has to happen before later events.
    if (row[i + 2] === PHASE.called && kind !== EVENT.put) this.#begin(row, i);
    switch (kind) {
      case EVENT.admitted: {
        for (let j = this.#first; j < row.length; j += WORDS) {
          if (j === i || row[j + 1] !== row[i + 1] || row[j + 4] !== row[i + 4]) continue;
          if (row[j + 2] === PHASE.admitted || row[j + 2] === PHASE.putCalled)
            this.broken |= propertyBit('one_instance');
        }
        row[i + 2] = PHASE.admitted;
        row[i + ALONE] = 0;
        this.#mark(row, this.#words, row[i + 1]!, row[i + 4]!);
        return;
      }
      case EVENT.refused:
        if (row[i + ALONE] === 1) this.broken |= propertyBit('admits_alone');
        row[i + 2] = PHASE.refused;
        row[i + ALONE] = 0;
        return;
      case EVENT.put:
        if (row[i + 2] === PHASE.admitted) row[i + 2] = PHASE.putCalled;
        return;
      case EVENT.left:
        row.splice(i, WORDS);
        return;
      default:
    }
  }

  /** Whether each program, on every CPU where it was entered, was admitted at least once. */
  someRan(id: number): boolean {
    const row = this.rows.rows[id]!;
    for (let w = 0; w < this.#words; w += 1) if ((row[w]! & ~row[this.#words + w]!) !== 0) return false;
    return true;
  }
}
