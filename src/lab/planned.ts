import type { LinkOptions } from '../kernel/attach/link-options.js';
import type { AttachTarget } from '../kernel/attach/point.js';
import type { Global, Program } from '../kernel/kernel.js';
import type { InterruptLevel } from '../syntax/lab-ast.js';
import type { Span } from '../text/source.js';
import type { Call } from './calls.js';

/** What one step of a task does. */
export type PlannedAction =
  | { readonly kind: 'call'; readonly call: Call }
  | (LinkOptions & {
      readonly kind: 'attach';
      readonly program: Program;
      /** One of the things that it can be attached to; absent: all. */
      readonly only?: AttachTarget;
    })
  | { readonly kind: 'detach'; readonly program: Program }
  | { readonly kind: 'provide'; readonly page: number }
  | { readonly kind: 'join'; readonly task: string }
  | { readonly kind: 'sleep'; readonly ns: number }
  | { readonly kind: 'set'; readonly global: Global; readonly index: number; readonly value: bigint }
  | { readonly kind: 'migrate'; readonly cpu: number };

export interface PlannedStep {
  /** As written, without the repetition. */
  readonly text: string;
  readonly action: PlannedAction;
  readonly times: number;
  readonly span: Span;
}

export interface PlannedTask {
  readonly name: string;
  readonly cpu: number;
  readonly steps: readonly PlannedStep[];
}

/** Something that comes in between. */
export interface PlannedEvent {
  readonly text: string;
  readonly span: Span;
  readonly moment:
    | {
        readonly kind: 'place';
        readonly place: PlannedPlace;
        readonly nth: number;
        readonly isEvery: boolean;
      }
    | { readonly kind: 'period'; readonly insns: number };
  readonly cpu: number | undefined;
  readonly task: string | undefined;
  readonly effect:
    | {
        readonly kind: 'interrupt';
        readonly level: InterruptLevel;
        /** What the handler does: a list of actions in memory. */
        readonly actions: bigint;
        readonly count: number;
        /** A softirq's: offset of its `lab_tasklet` for CPU 0; those of the other CPUs come after it. */
        readonly tasklets?: number;
      }
    | { readonly kind: 'preempt' | 'run'; readonly task: string };
}

/** An instruction by the name of what it is in: images are made again, so its slot may change. */
export interface PlannedPlace {
  readonly fn: string;
  readonly offset: number;
}

/** An interrupt that may come at any time. */
export interface PlannedSource {
  readonly text: string;
  readonly level: InterruptLevel;
  /** Undefined: on any CPU. */
  readonly cpu: number | undefined;
  readonly times: number;
  readonly actions: bigint;
  readonly count: number;
}

export interface Plan {
  readonly tasks: readonly PlannedTask[];
  readonly events: readonly PlannedEvent[];
  readonly sources: readonly PlannedSource[];
  /** Offset of the first byte after what was laid out in the arena. */
  readonly arenaUsed: number;
}

/** Several blocks without a name on one CPU are one task, which does one block after the other. */
export function mergeUnnamed(tasks: readonly PlannedTask[]): PlannedTask[] {
  const out: PlannedTask[] = [];
  for (const task of tasks) {
    const i = out.findIndex((t) => t.name === task.name);
    if (i < 0) out.push(task);
    else out[i] = { ...out[i]!, steps: [...out[i]!.steps, ...task.steps] };
  }
  return out;
}
