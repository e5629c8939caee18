import type { Hints } from './hints.js';

/** What searching a chunk's map, and keeping its hints right, needs of the chunk. */
export interface HintedMap {
  readonly bits: number;
  readonly blocks: readonly Hints[];
  /** Hints over the whole chunk. */
  readonly hints: Hints;
  /** The first free bit from `at` on, at most `end`. */
  firstZero(at: number, end: number): number;
  /** The first taken bit from `at` on, at most `end`. */
  firstOne(at: number, end: number): number;
  /** The bit after the last taken one in [from, at); `from` if there is none. */
  afterLastOne(from: number, at: number): number;
  countEmpty(pages: number): void;
}
