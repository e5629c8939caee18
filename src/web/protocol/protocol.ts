import type { PreemptLayout } from '../../kernel/model.js';
import type { LabEvent } from '../../lab/events.js';
import type { Property } from '../../lab/properties.js';
import type { ScenarioResult } from '../../lab/run.js';
import type { GuardWrite } from '../../lab/writes.js';
import type { Severity } from '../../text/diagnostic.js';
import type { LabChoice } from './choice.js';
import type { ExploreChoice } from './explore.js';
import type { LessonTask, LessonVerdict } from './lesson.js';
import type { StepChoice, StepView } from './step.js';

/** What the page and its worker say to each other. Everything can be cloned. */

export interface LabText {
  /** As a path, as it appears in reports. */
  readonly name: string;
  readonly text: string;
  /** Object files that it can name, by their names. */
  readonly files?: ReadonlyMap<string, Uint8Array>;
}

export interface RunChoice extends LabChoice {
  /** Absent: what the scenario says. */
  readonly guard: string | undefined;
  /** For `check`: whether Linux is asked although nothing is refused by its answer, which is loaded then. */
  readonly asksLinux?: boolean;
  /** Only this scenario, counted from 0; all of them if absent. */
  readonly scenario?: number;
  /** A schedule to carry out, as a file of it reads. It names scenario, guard and kernel; the latter two give way. */
  readonly schedule?: string;
  /** For `step`: what is to be done with the scenario's run. */
  readonly step?: StepChoice;
  /** For `lesson`: what the answer is judged by. */
  readonly lesson?: LessonTask;
}

export type Request =
  | { readonly kind: 'check'; readonly id: number; readonly lab: LabText; readonly choice: RunChoice }
  | { readonly kind: 'run'; readonly id: number; readonly lab: LabText; readonly choice: RunChoice }
  | { readonly kind: 'trace'; readonly id: number; readonly lab: LabText; readonly choice: RunChoice }
  | { readonly kind: 'step'; readonly id: number; readonly lab: LabText; readonly choice: RunChoice }
  | { readonly kind: 'lesson'; readonly id: number; readonly lab: LabText; readonly choice: RunChoice }
  | { readonly kind: 'guard'; readonly id: number; readonly lab: LabText; readonly choice: RunChoice }
  | { readonly kind: 'explore'; readonly lab: LabText; readonly choice: ExploreChoice }
  | { readonly kind: 'bench' };

export type Kind = 'check' | 'run' | 'trace' | 'step' | 'lesson' | 'guard';

/** Something wrong; `from` and `to` are offsets in the lab's text, absent where it is about something else. */
export interface Flaw {
  /** Of a diagnostic; of what a run has shown to be wrong, a word for that. */
  readonly code: string;
  /** What `tinybpf explain` says of the code; empty where there is nothing to explain, or `explained` has not said it yet. */
  readonly explain: string;
  readonly severity: Severity;
  readonly message: string;
  readonly from: number | undefined;
  readonly to: number | undefined;
}

export interface ShownExpect {
  readonly text: string;
  readonly passed: boolean;
  /** Of one that does not hold: what was found instead. */
  readonly found: readonly string[];
  readonly from: number;
}

/** What a program has counted. */
interface ShownCounter {
  readonly program: string;
  readonly runCnt: bigint;
  readonly recursionMisses: bigint;
  readonly linkMissed: bigint;
}

/** One scenario's run. */
export interface RunView {
  readonly title: string | undefined;
  readonly guard: string;
  readonly kernel: string;
  readonly cpus: number;
  readonly passed: boolean;
  readonly outcome: ScenarioResult['outcome']['kind'];
  /** What `tinybpf run` prints, and `tinybpf run --timeline`. */
  readonly text: string;
  readonly timelineText: string;
  readonly expects: readonly ShownExpect[];
  /** How many verdicts of an exploration the scenario expects. */
  readonly verdicts: number;
  readonly programs: readonly string[];
  readonly counters: readonly ShownCounter[];
  /** Bytes of a program's `active` on a CPU. */
  readonly areaSize: number;
  readonly layout: PreemptLayout;
  /** The first events, at most `MOST_EVENTS`. */
  readonly events: readonly LabEvent[];
  /** How many there were in all. */
  readonly recorded: number;
  readonly writes: readonly GuardWrite[];
  /** What was made because programs are attached to it, as `tinybpf run` says it; empty where nothing was. */
  readonly made: string;
  /** Expectations that do not hold, and where it ended in a fault. */
  readonly flaws: readonly Flaw[];
}

/** Most events that are shown of a run. */
export const MOST_EVENTS = 50_000;
/** Most instructions of a scenario: what takes a second or two, and no lab that is shipped needs. */
export const BUDGET = 2_000_000;
/** How long the worker may think before it is stopped, in milliseconds. */
export const PATIENCE = 15_000;

export interface Answer {
  readonly runs: readonly RunView[];
  readonly flaws: readonly Flaw[];
  /** The diagnostics as the command line prints them; empty if there are none. */
  readonly text: string;
  /** Of a schedule: the promises that it breaks; absent where the lab cannot be explored. */
  readonly breaks?: readonly Property[];
  /** For `trace`: what ui.perfetto.dev opens, as `tinybpf run --perfetto` writes it. */
  readonly trace?: string;
  /** For `step`: where the run is. */
  readonly step?: StepView;
  /** For `lesson`: whether the answer is right. */
  readonly lesson?: LessonVerdict;
  /** For `guard`: the chosen one's text, as a file of it reads. */
  readonly guard?: string;
}

export type Response =
  | { readonly kind: 'answer'; readonly id: number; readonly answer: Answer }
  | { readonly kind: 'broken'; readonly id: number; readonly message: string };

/** What a worker that measures says. */
export type BenchMessage =
  | { readonly kind: 'progress'; readonly done: number; readonly all: number; readonly what: string }
  /** As `tinybpf bench --quick` prints it, and its plot; `narrow` is the same for a narrow window. */
  | { readonly kind: 'measured'; readonly text: string; readonly svg: string; readonly narrow: string }
  | { readonly kind: 'failed'; readonly message: string };
