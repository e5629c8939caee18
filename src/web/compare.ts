import type { LabEvent } from '../lab/events.js';

/**
 * What two guards can agree on in an event. Not their bytes, the time, or addresses, which differ between any two: only
 * what happened, to whom and where.
 */
function essence(e: LabEvent): string {
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
    case 'busy':
      return `${where} ${e.function} ${e.by}`;
    case 'interrupt':
      return `${where} ${e.level}`;
    case 'preempted':
      return `${where} ${e.by}`;
    case 'write':
      return `${where} ${e.program}`;
    case 'fault':
    case 'blocked':
    case 'resumed':
    case 'interrupt_end':
      return where;
    default:
      return e satisfies never;
  }
}

/** Guards can decide alike though one writes more often: writes are not compared. */
const isCompared = (e: LabEvent): boolean => e.kind !== 'write';

/** Indexes of the events that are compared. */
const compared = (events: readonly LabEvent[]): number[] =>
  events.flatMap((e, i) => (isCompared(e) ? [i] : []));

/** The first event of each of two runs in which they differ; undefined if they do not. */
export function firstDifference(
  a: readonly LabEvent[],
  b: readonly LabEvent[],
): readonly [number, number] | undefined {
  const [inA, inB] = [compared(a), compared(b)];
  const most = Math.max(inA.length, inB.length);
  for (let i = 0; i < most; i += 1) {
    const [at, other] = [inA[i] ?? a.length, inB[i] ?? b.length];
    const [one, two] = [a[at], b[other]];
    if (one === undefined || two === undefined || essence(one) !== essence(two)) return [at, other];
  }
  return undefined;
}

/**
 * Columns for the events of a run beside another one, whose columns are its own events: the n-th that is compared is
 * under the n-th of the other, and what is written in between as far before it as there is room.
 */
export function columnsBeside(own: readonly LabEvent[], other: readonly LabEvent[]): readonly number[] {
  const fixed = compared(other);
  const columns: number[] = [];
  let n = 0;
  let last = -1;
  let waiting = 0;
  const place = (until: number): void => {
    for (; waiting > 0; waiting -= 1) {
      last = Math.min(last + 1, until);
      columns.push(last);
    }
  };
  for (const e of own) {
    if (!isCompared(e)) {
      waiting += 1;
      continue;
    }
    const column = fixed[n] ?? other.length + n - fixed.length;
    n += 1;
    place(column);
    last = column;
    columns.push(column);
  }
  place(Infinity);
  return columns;
}
