import { propertyBit } from '../../lab/properties.js';
import type { Scene } from '../../replay/scene.js';
import type { Budget } from '../budget.js';
import { EVENT } from '../reduce/run-results.js';
import { Interner } from './intern.js';
import { RowSet } from './row-set.js';

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

/** In a sequence, instead of the number of a list of events: effects that were put off happen. */
const FLUSH = -1;
/** Words of a sequence before what happens: the thread and its CPU. */
const HEADER = 2;

/** Most that the phases of a thread's instances may come to as a number and be one. */
const MOST_PHASES = 2 ** 27;

/**
 * All instances of programs that are inside, and which programs ran where, as rows known by their number:
 *
 *     programs entered, and programs admitted: a bit for each program and CPU, as many words as that takes
 *     instances by thread, those of a thread from the outermost inwards; the order between threads does not matter
 */
export class Instances {
  readonly rows: Interner;
  readonly initial: number;
  readonly #lists: Interner;
  readonly #cpus: number;
  /** Words of bits, and where instances begin. */
  readonly #words: number;
  readonly #first: number;
  /** What threads go through in a turn: see `sequence`. */
  readonly #sequences: Interner;
  readonly #sequence: number[] = [];
  /** Rows by number and sequences, and what comes of these: the row's number afterwards, and what is broken. */
  readonly #known: RowSet;
  readonly #key = new Int32Array(2);
  /** A row that is being changed. */
  #row: Int32Array;
  #end = 0;
  readonly #next: number[] = [];
  readonly #breaks: number[] = [];
  readonly #progress: boolean;
  /** Properties broken by the last step, as bits. */
  broken = 0;

  /** `lists` are lists of events. */
  constructor(scene: Scene, lists: Interner, budget: Budget) {
    this.rows = new Interner(budget);
    this.#lists = lists;
    this.#sequences = new Interner(budget);
    this.#known = new RowSet(2, budget);
    const { kernel, given } = scene;
    this.#cpus = kernel.cpus;
    this.#progress = (scene.checked & propertyBit('progress')) !== 0;
    this.#words = this.#progress ? Math.ceil((kernel.programs.size * kernel.cpus) / 32) : 0;
    this.#first = 2 * this.#words;
    this.#row = new Int32Array(this.#first + 64);
    this.#end = this.#first;
    for (const { program, cpu, isRunning } of given) {
      if (!isRunning) continue;
      this.#insert(-1, program.id, PHASE.admitted, cpu);
      this.#mark(this.#words, program.id, cpu);
    }
    this.initial = this.#save();
    this.#sequences.intern(new Int32Array(0));
  }

  #mark(from: number, program: number, cpu: number): void {
    if (!this.#progress) return;
    const n = (program - 1) * this.#cpus + cpu;
    this.#row[from + (n >> 5)]! |= 1 << (n & 31);
  }

  /** The phases of a thread's instances, as a number: what its turn does to them depends on nothing else. */
  phasesOf(id: number, thread: number): number {
    const { words, starts } = this.rows;
    let phases = 0;
    for (let i = starts[id]! + this.#first; i < starts[id + 1]!; i += WORDS)
      if (words[i] === thread) phases = phases * 8 + words[i + 2]! + 1;
    return phases < MOST_PHASES ? phases : -1 - id;
  }

  /** What a thread on a CPU does to a row from now on is one sequence. */
  begin(id: number, thread: number, cpu: number): void {
    this.#load(id);
    this.#sequence.length = 0;
    this.#sequence.push(thread, cpu);
  }

  /** Whether an effect has been put off until the thread goes on. */
  get isWaiting(): boolean {
    const row = this.#row;
    for (let i = this.#first; i < this.#end; i += WORDS) {
      const phase = row[i + 2]!;
      if (row[i] === this.#sequence[0] && (phase === PHASE.called || phase === PHASE.putCalled)) return true;
    }
    return false;
  }

  /** Lets effects that were put off until the thread goes on happen. */
  flush(): void {
    if (this.isWaiting) this.#step(FLUSH);
  }

  /** Events of the thread, by the number of their list. */
  apply(list: number): void {
    if (this.#lists.lengthOf(list) > 0) this.#step(list);
  }

  #step(what: number): void {
    this.#sequence.push(what);
    this.#happen(this.#sequence[0]!, this.#sequence[1]!, what);
  }

  /** What has happened since `begin`, by number; 0 is nothing. */
  get sequence(): number {
    return this.#sequence.length === HEADER ? 0 : this.#sequences.intern(Int32Array.from(this.#sequence));
  }

  /** What comes of a whole sequence. */
  play(id: number, sequence: number): number {
    this.broken = 0;
    if (sequence === 0) return id;
    this.#key[0] = id;
    this.#key[1] = sequence;
    const known = this.#known.find(this.#key);
    if (known >= 0) {
      this.broken = this.#breaks[known]!;
      return this.#next[known]!;
    }
    this.#load(id);
    const { words, starts } = this.#sequences;
    const from = starts[sequence]!;
    for (let i = from + HEADER; i < starts[sequence + 1]!; i += 1)
      this.#happen(words[from]!, words[from + 1]!, words[i]!);
    const next = this.#save();
    this.#known.add(this.#key);
    this.#next.push(next);
    this.#breaks.push(this.broken);
    return next;
  }

  /** Makes a row the one that is changed. */
  #load(id: number): void {
    const { words, starts } = this.rows;
    const from = starts[id]!;
    const length = starts[id + 1]! - from;
    if (length + WORDS > this.#row.length) this.#row = new Int32Array(2 * length);
    for (let i = 0; i < length; i += 1) this.#row[i] = words[from + i]!;
    this.#end = length;
  }

  /** The number of the row that has been changed. */
  #save(): number {
    return this.rows.intern(this.#row, this.#end);
  }

  #happen(thread: number, cpu: number, what: number): void {
    if (what === FLUSH) {
      this.#goOn(thread);
      return;
    }
    const { words, starts } = this.#lists;
    for (let i = starts[what]!; i < starts[what + 1]!; i += 1) this.#event(thread, cpu, words[i]!);
  }

  #innermost(thread: number): number {
    for (let i = this.#end - WORDS; i >= this.#first; i -= WORDS) if (this.#row[i] === thread) return i;
    return -1;
  }

  #goOn(thread: number): void {
    const row = this.#row;
    const i = this.#innermost(thread);
    if (i < 0) return;
    if (row[i + 2] === PHASE.called) this.#begin(i);
    else if (row[i + 2] === PHASE.putCalled) row[i + 2] = PHASE.leaving;
  }

  /** Whether two instances are different ones of one program on one CPU. */
  #areSame(i: number, j: number): boolean {
    const row = this.#row;
    return j !== i && row[j + 1] === row[i + 1] && row[j + 4] === row[i + 4];
  }

  #begin(i: number): void {
    const row = this.#row;
    let alone = 1;
    for (let j = this.#first; j < this.#end; j += WORDS) {
      if (!this.#areSame(i, j) || row[j + 2] === PHASE.called) continue;
      alone = 0;
      row[j + ALONE] = 0;
    }
    row[i + 2] = PHASE.entering;
    row[i + ALONE] = alone;
  }

  /** A program is entered: its instance comes after the others of the thread. */
  #insert(thread: number, program: number, phase: number, cpu: number): void {
    this.#mark(0, program, cpu);
    let at = this.#first;
    while (at < this.#end && this.#row[at]! <= thread) at += WORDS;
    if (this.#end + WORDS > this.#row.length) {
      const longer = new Int32Array(2 * this.#row.length);
      longer.set(this.#row);
      this.#row = longer;
    }
    const row = this.#row;
    row.copyWithin(at + WORDS, at, this.#end);
    row[at] = thread;
    row[at + 1] = program;
    row[at + 2] = phase;
    row[at + ALONE] = 0;
    row[at + 4] = cpu;
    this.#end += WORDS;
  }

  #event(thread: number, cpu: number, event: number): void {
    const kind = event & 7;
    if (kind === EVENT.violated) {
      this.broken |= propertyBit('always');
      return;
    }
    if (kind === EVENT.goesOn) {
      this.#goOn(thread);
      return;
    }
    if (kind === EVENT.enter) {
      this.#insert(thread, event >> 3, PHASE.called, cpu);
      return;
    }
    const row = this.#row;
    const i = this.#innermost(thread);
    if (i < 0) return;
    // An effect that was put off has to happen before later events.
    if (row[i + 2] === PHASE.called && kind !== EVENT.put) this.#begin(i);
    switch (kind) {
      case EVENT.admitted: {
        for (let j = this.#first; j < this.#end; j += WORDS) {
          if (!this.#areSame(i, j)) continue;
          if (row[j + 2] === PHASE.admitted || row[j + 2] === PHASE.putCalled)
            this.broken |= propertyBit('one_instance');
        }
        row[i + 2] = PHASE.admitted;
        row[i + ALONE] = 0;
        this.#mark(this.#words, row[i + 1]!, row[i + 4]!);
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
        row.copyWithin(i, i + WORDS, this.#end);
        this.#end -= WORDS;
        return;
      default:
    }
  }

  /** Whether each program, on every CPU where it was entered, was admitted at least once. */
  someRan(id: number): boolean {
    const row = this.rows.row(id);
    for (let w = 0; w < this.#words; w += 1) if ((row[w]! & ~row[this.#words + w]!) !== 0) return false;
    return true;
  }
}
