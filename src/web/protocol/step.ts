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
  readonly text: string;
  readonly changed: boolean;
}

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
}
