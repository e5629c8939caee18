import type { Task } from '../kernel/task.js';
import type { PlannedStep } from './planned.js';
import type { StepResult } from './script.js';

export interface ResultsState {
  readonly list: readonly StepResult[];
  readonly kept: number;
}

const copyOf = (list: readonly StepResult[]): StepResult[] =>
  list.map((r) => ({ ...r, results: [...r.results] }));

/** What the steps of tasks came to, in the order in which they were begun. */
export class Results {
  readonly list: StepResult[] = [];
  /** Results that are kept. */
  kept = 0;

  begin(task: Task, step: PlannedStep): void {
    this.list.push({ text: step.text, cpu: task.thread.cpu, task: task.name, results: [] });
  }

  add(task: Task, result: bigint): void {
    this.list.findLast((r) => r.task === task.name)?.results.push(result);
    this.kept += 1;
  }

  save(): ResultsState {
    return { list: copyOf(this.list), kept: this.kept };
  }

  restore({ list, kept }: ResultsState): void {
    this.list.splice(0, Infinity, ...copyOf(list));
    this.kept = kept;
  }
}
