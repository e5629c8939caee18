import type { Random } from './random.js';

/** What an input came to. */
export interface Outcome {
  /** How it ended, in a word or two: what the tally counts. */
  readonly end: string;
  /** Absent where nothing is wrong. */
  readonly wrong?: Wrong;
}

export interface Wrong {
  /** The same for inputs that fail for the same reason, as far as can be told: what is reported once. */
  readonly kind: string;
  readonly details: string;
}

/** What a failing input consists of, as files. */
export type Files = ReadonlyMap<string, string | Uint8Array>;

/** How inputs of one kind are made, judged, made smaller and shown. */
export interface Kind<T> {
  readonly name: string;
  /** One sentence: what the inputs are, and what must hold of each. */
  readonly about: string;
  /** Inputs that `npm test` tries at least, a few seconds' worth. */
  readonly inTest: number;
  /** Ends that these few must have come to, or what makes the inputs no longer reaches what it is meant to reach. */
  readonly reaches: readonly string[];
  readonly make: (random: Random) => T | Promise<T>;
  readonly judge: (input: T) => Outcome | Promise<Outcome>;
  /** A smaller input for which `fails` still says so. */
  readonly shrink?: (input: T, fails: (smaller: T) => Promise<boolean>) => Promise<T>;
  readonly show: (input: T) => string;
  /** What `--save` writes; what `show` gives if absent. */
  readonly files?: (input: T) => Files;
}

interface Failure {
  readonly wrong: Wrong;
  /** Makes the input smaller; takes as long as some hundred inputs. */
  readonly reduce: () => Promise<{ readonly wrong: Wrong; readonly shown: string; readonly files: Files }>;
}

/** A kind of input, whatever its inputs are. */
export interface Target extends Pick<Kind<unknown>, 'name' | 'about' | 'inTest' | 'reaches'> {
  /** The input that belongs to a seed, as it is shown. */
  readonly show: (seed: number) => Promise<string>;
  /** Makes the input that belongs to a seed and judges it. */
  readonly attempt: (seed: number) => Promise<{ readonly end: string; readonly failure?: Failure }>;
}
