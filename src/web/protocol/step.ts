import type { DataView as Data } from '../../step/data.js';

/** What the page and its worker say to each other about single instructions. */

/** Names are those of `tinybpf step`; `here` only goes to where it is to go on from. */
export type StepCommand =
  | 'here'
  | 'stepi'
  | 'reverse-stepi'
  | 'nexti'
  | 'reverse-nexti'
  | 'finish'
  | 'reverse-finish';

export interface StepChoice {
  readonly command: StepCommand;
  /** Where it goes on from: so many instructions, or right after an event, counted from 0. */
  readonly from: { readonly position: number } | { readonly event: number };
}

interface ListedInsn {
  readonly text: string;
  /** It is executed next. */
  readonly isHere: boolean;
}

interface ShownRegister {
  readonly name: string;
  /** A call has left something in it that nobody should use. */
  readonly isLost: boolean;
  readonly text: string;
  readonly changed: boolean;
}

/** What memory holds. */
export type ShownData = Data;

/** Where the run is. */
export interface StepView {
  /** Instructions executed before. */
  readonly position: number;
  /** Events that have happened. */
  readonly events: number;
  /** Where that is, in a line. */
  readonly where: string;
  /** The line of a file. */
  readonly at: { readonly file: string; readonly line: number } | undefined;
  readonly listing: readonly ListedInsn[];
  readonly registers: readonly ShownRegister[];
  /** Functions that have been called and have not returned, innermost first, and what is below on the CPU. */
  readonly frames: readonly string[];
  readonly below: readonly string[];
  readonly data: ShownData;
}
