import { FORMS, type Touches } from '../../isa/forms.js';
import type { Operation } from '../../isa/operation.js';
import { OPERATIONS } from '../../isa/table.js';
import { KERNEL_HIGH, type Memory } from '../../machine/memory.js';
import { type Thread, WORD } from '../../machine/thread.js';
import { dstWordOf, offAt, opIdOf, srcWordOf, wordAt } from '../../machine/word.js';
import { Restart } from './run-results.js';

/** What an operation may do that others can see. */
export const ACCESS = {
  none: 0,
  load: 1,
  store: 2,
  update: 3,
  /** As update, at this CPU's copy. */
  percpu: 4,
  /** An add whose old value nobody gets: such adds commute. */
  add: 5,
  percpuAdd: 6,
  leaf: 7,
  exit: 8,
} as const;

const KIND_OF: Readonly<Record<Touches, number>> = {
  nothing: ACCESS.none,
  load: ACCESS.load,
  store: ACCESS.store,
  update: ACCESS.update,
  percpu_update: ACCESS.percpu,
  leaf: ACCESS.leaf,
  return: ACCESS.exit,
};

function accessOf({ form, rmw }: Operation): number {
  const { touches, writes } = FORMS[form];
  const isLost = rmw === 'add' && writes.length === 0;
  if (isLost && touches === 'update') return ACCESS.add;
  return isLost && touches === 'percpu_update' ? ACCESS.percpuAdd : KIND_OF[touches];
}

/** By the number of an operation. */
export const ACCESS_OF: Uint8Array = Uint8Array.from(OPERATIONS, accessOf);
export const SIZE_OF: Uint8Array = Uint8Array.from(OPERATIONS, (op) => op.size);

const WORD_RANGE = 0x1_0000_0000;

/**
 * The offset in memory that a thread is about to access by the instruction in a slot, which is one that loads, stores or
 * updates; -1 where that can be but a fault, whatever memory holds.
 */
export function accessedAt(code: Int32Array, slot: number, thread: Thread): number {
  const word = wordAt(code, slot);
  const kind = ACCESS_OF[opIdOf(word)]!;
  const { i32, limit } = thread.memory;
  const base = thread.word + (kind === ACCESS.load ? srcWordOf(word) : dstWordOf(word));
  let low = (i32[base]! >>> 0) + offAt(code, slot);
  let high = i32[base + 1]!;
  if (kind === ACCESS.percpu || kind === ACCESS.percpuAdd) {
    const p = thread.word + WORD.percpu;
    low += i32[p]! >>> 0;
    high = (high + i32[p + 1]!) | 0;
  }
  for (; low >= WORD_RANGE; low -= WORD_RANGE) high = (high + 1) | 0;
  for (; low < 0; low += WORD_RANGE) high = (high - 1) | 0;
  return high !== KERNEL_HIGH || low + SIZE_OF[opIdOf(word)]! > limit ? -1 : low;
}

/** How memory is accessed, a bit each; `map`: it is a map's. `AccessMap.note` is called for nearly every access. */
export const HOW = { reads: 1, writes: 2, map: 4 } as const;

/** All actors. */
export const ALL_ACTORS = -1;

/**
 * What is done to a word: it is only added to; it is read, or written in another way, so that the order matters; a
 * property reads it at the end; an `always` condition reads it.
 */
const ADDED = 1;
const ORDERED = 2;
const COUNTED = 4;
const WATCHED = 8;

/**
 * The accesses observed so far: who has read and who has written every byte of shared memory, one bit for each actor. An
 * access can be carried out without trying the others first if none of them conflicts with it, that is, has written a
 * byte that it reads or accessed one that it writes. When a new access conflicts with one that was assumed to conflict
 * with none, `invalidated` is set, and the search that relied on it has to begin again.
 *
 * Words that are only added to (`lock +=` without fetch, this_cpu adds: the kernel's statistics) conflict with nobody,
 * since the adds commute and nobody reads the sum; they are not part of a state unless a property reads them, and in the
 * machine they hold whatever all runs so far have added. So the first access that reads such a word, or writes it in
 * another way, would find a meaningless value. `note` therefore throws `Restart` before that access is carried out, and
 * the search begins again on memory as it was after the boot, with the word treated like any other. Adds of different
 * widths, or that overlap in part, do not commute, since one may drop a carry that another keeps: they count as such an
 * access, too.
 */
export class AccessMap {
  readonly #reads: Int32Array;
  readonly #writes: Int32Array;
  readonly #words: Uint8Array;
  /** How a word is added to: the width of the add, and where in it the word lies; 0 before the first add. */
  readonly #adds: Uint8Array;
  /** Actors that call leaves which read or write maps, and those that access maps themselves. */
  #leaves = 0;
  #maps = 0;
  /**
   * Whether an `always` condition reads any word, and who writes such words: the condition sees the order of those
   * writes.
   */
  #isWatching = false;
  #watchers = 0;
  invalidated = false;
  /** Actors that leaves have conflicted with through memory they were pointed at, by the slot of the call. */
  readonly #pointed = new Map<number, number>();

  constructor(memory: Memory) {
    this.#reads = new Int32Array(memory.limit);
    this.#writes = new Int32Array(memory.limit);
    this.#words = new Uint8Array(memory.limit >> 2);
    this.#adds = new Uint8Array(memory.limit >> 2);
  }

  watch(word: number): void {
    this.#isWatching = true;
    this.#words[word]! |= ORDERED | WATCHED;
  }

  count(word: number): void {
    this.#words[word]! |= COUNTED;
  }

  isWatched(at: number, size: number): boolean {
    if (!this.#isWatching) return false;
    for (let w = at >> 2; w <= (at + size - 1) >> 2; w += 1)
      if ((this.#words[w]! & WATCHED) !== 0) return true;
    return false;
  }

  /** True for a word that is only added to and that nobody reads. */
  isInvisible(word: number): boolean {
    return (this.#words[word]! & (ADDED | ORDERED | COUNTED)) === ADDED;
  }

  /** Whether an add is to be treated like any other access; if not, it is noted. */
  isOrdered(at: number, size: number): boolean {
    let ordered = false;
    for (let w = at >> 2; w <= (at + size - 1) >> 2; w += 1) {
      const how = (w * 4 - at + 8) * 16 + size;
      if ((this.#words[w]! & ORDERED) !== 0) ordered = true;
      else this.#words[w]! |= ADDED;
      if (this.#adds[w] === 0) this.#adds[w] = how;
      else if (this.#adds[w] !== how) ordered = true;
    }
    return ordered;
  }

  isCounted(word: number): boolean {
    return (this.#words[word]! & COUNTED) !== 0;
  }

  /** Actors that an access conflicts with. */
  conflicts(at: number, size: number, writes: boolean, isMap: boolean): number {
    let mask = isMap ? this.#leaves : 0;
    for (let i = at; i < at + size; i += 1) {
      mask |= this.#writes[i]!;
      if (writes) mask |= this.#reads[i]!;
    }
    if (writes && this.isWatched(at, size)) mask |= this.#watchers;
    return mask;
  }

  get leafConflicts(): number {
    return this.#leaves | this.#maps | (this.#isWatching ? this.#watchers : 0);
  }

  /** Actors that a leaf called in a slot may conflict with through memory it is pointed at, as far as is known. */
  pointedConflicts(slot: number): number {
    return this.#pointed.get(slot) ?? 0;
  }

  /**
   * A leaf called in a slot conflicts with these. `isPassed`: the choice before it has already been made, without those
   * that are new.
   */
  notePointed(slot: number, others: number, isPassed: boolean): void {
    const known = this.pointedConflicts(slot);
    if ((others & ~known) === 0) return;
    this.#pointed.set(slot, known | others);
    if (isPassed) this.invalidated = true;
  }

  /**
   * Notes an access by the actors in `who`; `alone` are bits that do not conflict with it, its own; `how` has bits of
   * `HOW`. Throws `Restart` for the first access to a word that was only added to.
   */
  note(who: number, alone: number, at: number, size: number, how: number): void {
    const reads = (how & HOW.reads) !== 0;
    const writes = (how & HOW.writes) !== 0;
    const others = ~alone;
    let comesAfterAdds = false;
    for (let i = at; i < at + size; i += 1) {
      const r = this.#reads[i]!;
      const w = this.#writes[i]!;
      if (reads && (r & who) === 0) {
        if ((w & others) !== 0) this.invalidated = true;
        this.#reads[i] = r | who;
      }
      if (writes && (w & who) === 0) {
        if (((r | w) & others) !== 0) this.invalidated = true;
        this.#writes[i] = w | who;
      }
      const word = this.#words[i >> 2]!;
      if ((word & ORDERED) === 0) {
        if ((word & ADDED) !== 0) comesAfterAdds = true;
        this.#words[i >> 2] = word | ORDERED;
      }
    }
    if ((how & HOW.map) !== 0 && (this.#maps & who) === 0) {
      if ((this.#leaves & others) !== 0) this.invalidated = true;
      this.#maps |= who;
    }
    if (writes && this.isWatched(at, size) && (this.#watchers & who) === 0) {
      if ((this.#watchers & others) !== 0) this.invalidated = true;
      this.#watchers |= who;
    }
    if (comesAfterAdds) throw new Restart();
  }

  noteLeaf(who: number, alone: number): void {
    if ((this.#leaves & who) !== 0) return;
    if ((this.leafConflicts & ~alone) !== 0) this.invalidated = true;
    this.#leaves |= who;
    // What a leaf writes is not reported, so it may be what a condition reads.
    if (this.#isWatching) this.#watchers |= who;
  }
}
