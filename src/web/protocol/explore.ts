import type { Property } from '../../lab/properties.js';
import type { LabChoice } from './choice.js';

/** What the page and a worker that explores say to each other. */

export interface ExploreChoice extends LabChoice {
  /** One after the other; undefined is what the scenario says. */
  readonly guards: 'all' | readonly (string | undefined)[];
  readonly bounds: Bounds;
}

/** What one exploration may take. A search that needs more ends with what it has found. */
export interface Bounds {
  readonly states: number;
  /** For the search; schedules are shortened for as many seconds again. */
  readonly seconds: number;
}

/** On offer, the first at the start. */
export const BOUNDS: readonly Bounds[] = [
  { states: 500_000, seconds: 30 },
  { states: 20_000, seconds: 5 },
  { states: 2_000_000, seconds: 120 },
];
/** Most bytes of the states, whatever the bounds: a tab that has used up its memory dies. */
export const MOST_BYTES = 512 * 2 ** 20;
/** Most seconds of all explorations together. */
export const MOST_SECONDS = 300;
/** How long the worker may say nothing before it is stopped, in milliseconds. */
export const SILENCE = 30_000;
/** How often it says how far it is, in milliseconds. */
export const OFTEN = 100;

export interface ExploreProgress {
  readonly title: string | undefined;
  /** Undefined until it is known which guard the scenario has. */
  readonly guard: string | undefined;
  /** Explorations that are done, and of how many. */
  readonly done: number;
  readonly all: number;
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  readonly broken: readonly Property[];
  /** The property that a short schedule is looked for. */
  readonly shortening: Property | undefined;
  /** Of the bounds that one exploration has, the share that is used up. */
  readonly share: number;
}

export interface FoundSchedule {
  readonly property: Property;
  readonly meaning: string;
  readonly switches: number;
  readonly moves: number;
  readonly isMinimal: boolean;
  /** As a file. */
  readonly schedule: string;
  /** Who takes part, in the order of the columns, and what they do, line by line. */
  readonly lanes: readonly string[];
  readonly rows: readonly ShownRow[];
  /** What is wrong in the end, a sentence each. */
  readonly findings: readonly string[];
  /** As text in columns, to be pasted into a mail. */
  readonly mail: string;
}

/** A line of a counterexample. */
export interface ShownRow {
  readonly lane: string;
  readonly cpu: number;
  readonly text: string;
  /** The guard's bytes afterwards. */
  readonly active: Uint8Array | undefined;
  readonly at: { readonly file: string; readonly line: number } | undefined;
  /** Moves of the schedule before it; instructions executed before it, which is where the stepper goes. */
  readonly move: number;
  readonly position: number;
}

/** What is said of a promise of a guard. */
export type PromiseState = 'holds' | 'broken' | 'not promised' | 'unknown';

/** What one exploration has come to. */
export interface Finding {
  readonly title: string | undefined;
  readonly guard: string;
  readonly isComplete: boolean;
  /** Of a search that was cut short, who has gone round and round by then, and where. */
  readonly rounds: readonly string[];
  readonly broken: readonly Property[];
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  /** In milliseconds. */
  readonly ms: number;
  readonly promises: readonly (readonly [Property, PromiseState])[];
  /** What the model leaves out. */
  readonly modelled: string;
  readonly schedules: readonly FoundSchedule[];
  /** Expectations that do not hold. */
  readonly failed: readonly string[];
}

export type ExploreMessage =
  | { readonly kind: 'progress'; readonly progress: ExploreProgress }
  /** One is done; `text` is what the command line prints of all so far. */
  | { readonly kind: 'found'; readonly finding: Finding; readonly text: string }
  /** All is done, or `left` explorations are not for want of time. */
  | { readonly kind: 'explored'; readonly left: number }
  /** The lab is at fault; diagnostics as the command line prints them. */
  | { readonly kind: 'refused'; readonly text: string }
  | { readonly kind: 'failed'; readonly message: string };
