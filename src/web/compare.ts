import type { LabEvent } from '../lab/events.js';

/**
 * What two guards can agree on in an event. Not their bytes, the time, or addresses, which differ between any two: only
 * what happened, to whom and where.
 */
export function essence(e: LabEvent): string {
  const where = `${e.cpu} ${e.depth} ${e.task} ${e.kind}`;
  switch (e.kind) {
    case 'enter':
      return `${where} ${e.program} ${e.admitted}`;
    case 'exit':
    case 'run':
    case 'run_end':
      return `${where} ${e.program}`;
    case 'tail_call':
      return `${where} ${e.program} ${e.target}`;
    case 'call':
    case 'return':
    case 'original':
    case 'original_end':
    case 'helper':
    case 'helper_end':
      return `${where} ${e.name}`;
    case 'action':
    case 'action_end':
      return `${where} ${e.text}`;
    case 'missed':
      return `${where} ${e.programs.join()} ${e.by}`;
    case 'interrupt':
      return `${where} ${e.level}`;
    case 'preempted':
      return `${where} ${e.by}`;
    case 'fault':
    case 'blocked':
    case 'resumed':
    case 'interrupt_end':
      return where;
    default:
      return e satisfies never;
  }
}

/** Index of the first event in which two runs differ; undefined if they do not. */
export function firstDifference(a: readonly LabEvent[], b: readonly LabEvent[]): number | undefined {
  const common = Math.min(a.length, b.length);
  for (let i = 0; i < common; i += 1) if (essence(a[i]!) !== essence(b[i]!)) return i;
  return a.length === b.length ? undefined : common;
}
