import type { ExpectResult } from '../lab/run.js';
import type { Diagnostic } from '../text/diagnostic.js';
import type { Hit } from './breakpoints.js';
import type { ListedInstruction } from './listed-instruction.js';
import type { RegisterView, View } from './view.js';

/** What a command answers. */
export type Reply =
  /** The run has moved, or has stayed where it was. */
  | {
      readonly kind: 'stop';
      readonly view: View;
      readonly hits: readonly Hit[];
      /** What a function returned that was run to its end. */
      readonly value?: bigint;
      readonly note?: string;
      /** `start`: there is nothing before. */
      readonly end?: 'start' | 'interrupted';
      /** What the scenario expected, once it is over. */
      readonly expects?: readonly ExpectResult[];
    }
  /** Code; `here` is the slot that is executed next. */
  | {
      readonly kind: 'listing';
      readonly places: readonly ListedInstruction[];
      readonly here: number | undefined;
    }
  | { readonly kind: 'backtrace'; readonly frames: readonly ListedInstruction[] }
  | { readonly kind: 'registers'; readonly registers: readonly RegisterView[] }
  | { readonly kind: 'table'; readonly columns: readonly string[]; readonly rows: readonly Row[] }
  | { readonly kind: 'lines'; readonly lines: readonly string[] }
  | { readonly kind: 'wrong'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'quit' };

export type Row = readonly string[];

export const lines = (...text: readonly string[]): Reply => ({ kind: 'lines', lines: text });
