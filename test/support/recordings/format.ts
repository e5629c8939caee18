// cspell:ignore modret
import { readFileSync } from 'node:fs';
import { recordingsNamed } from '../shared.js';

/** A global variable as recorded: a number, a large one as hex digits, or an array whose trailing zeros are left out. */
type RecordedValue = number | string | boolean | readonly (number | string | boolean)[];

export interface RecordedProgram {
  readonly run_cnt: number;
  readonly recursion_misses: number;
  readonly link_missed?: number;
}

export interface Expected {
  readonly programs: Readonly<Record<string, RecordedProgram>>;
  readonly events?: readonly string[];
  readonly trigger_results?: readonly number[];
  readonly test_run_retval?: readonly number[];
  readonly map_keys_after?: readonly number[];
  readonly globals?: Readonly<Record<string, RecordedValue>>;
  readonly guard_words?: {
    readonly while_running?: Readonly<Record<string, string>>;
    readonly after_everything?: Readonly<Record<string, readonly string[]>>;
  };
  readonly x_finished_before_y?: boolean;
  readonly x_done_before_release?: boolean;
  readonly x_result?: number;
  readonly y_results?: readonly number[];
  readonly z_result?: number;
  readonly while_blocked?: Readonly<Record<string, RecordedProgram>>;
  readonly while_blocked_cnt?: readonly number[];
}

/** One scenario of a recording; see the README beside the recordings. */
export interface Recorded {
  readonly id: string;
  readonly object: string;
  readonly attach_order?: readonly string[];
  readonly loaded_only?: readonly string[];
  readonly trigger?: string;
  readonly K?: number;
  readonly modret?: readonly number[];
  readonly cookies?: Readonly<Record<string, number | string>>;
  readonly cpus?: number;
  readonly interrupt_source?: string;
  readonly boot_option?: string;
  /** Paths such as `programs.look.run_cnt` that were not the same each time. */
  readonly varies?: readonly string[];
  readonly expected?: Expected;
  /** Limits and counters have fields of their own. */
  readonly alternating?: readonly string[];
  readonly attached_ok?: number;
  readonly next_attach_error?: number;
  readonly trigger_results?: readonly number[];
  readonly test_run_retval?: readonly number[];
  readonly sum_run_cnt?: number;
  readonly sum_recursion_misses?: number;
  readonly first_attach?: number;
  readonly second_attach?: number;
  readonly stats?: number;
  readonly steps?: readonly {
    readonly attached: boolean;
    readonly triggers: number;
    readonly body_runs: number;
    readonly run_cnt: number;
    readonly recursion_misses: number;
  }[];
}

export interface Recording {
  readonly file: string;
  readonly kernel: { readonly release: string; readonly version: string; readonly machine: string };
  readonly scenarios: readonly Recorded[];
}

export function readRecordings(): Recording[] {
  return recordingsNamed(/^scenarios-.*\.json$/).map(({ file, path }) => ({
    ...(JSON.parse(readFileSync(path, 'utf8')) as Omit<Recording, 'file'>),
    file,
  }));
}
