import type { Check } from '../course/checks.js';

/** What the page and its worker say to each other about lessons. */

/** What an answer is judged by. */
export interface LessonTask {
  /** The lab's text as the lesson has it. */
  readonly start: string;
  readonly scenario: string | undefined;
  readonly guard: string | undefined;
  readonly kernel: string | undefined;
  readonly change: readonly string[];
  readonly checks: readonly Check[];
  /** What was typed; empty where nothing is. */
  readonly typed: string;
}

export interface LessonVerdict {
  readonly isSolved: boolean;
  /** Of an answer that is not right: what is, a sentence. */
  readonly why: string;
}
