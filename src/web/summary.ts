import { plural } from '../text/numbers.js';
import type { Notes } from './panels/scrubber.js';
import type { Answer, Flaw, RunView, ShownExpect } from './protocol/protocol.js';

/** What is wrong first and foremost, in one line. */
export function firstTrouble(flaws: readonly Flaw[], otherwise: string): string {
  const flaw = flaws.find((f) => f.severity === 'error') ?? flaws[0];
  return flaw?.message.split('\n')[0] ?? otherwise;
}

function endOf({ outcome }: RunView): string {
  switch (outcome) {
    case 'paused':
      return 'it ends with something left to do';
    case 'finished':
      return 'everything has returned';
    case 'fault':
      return 'it ends in a fault';
    case 'budget':
    case 'time':
    case 'memory':
    case 'blocked':
      return 'stopped';
    default:
      return outcome satisfies never;
  }
}

/** What a schedule came to. */
export function summarizeReplay({ runs, flaws, breaks }: Answer): string {
  const [run] = runs;
  if (run === undefined) return `not possible: ${firstTrouble(flaws, 'nothing has run')}`;
  const broken = breaks === undefined ? '' : `; it breaks ${breaks.join(', ') || 'no promise'}`;
  return `the schedule is carried out: ${endOf(run)}${broken}`;
}

/** What is to be said of how many events there are, and of the last one of a schedule that breaks promises. */
export function notesOn(
  view: RunView | undefined,
  schedule: string | undefined,
  breaks: Answer['breaks'] = [],
): Notes {
  if (view === undefined) return { note: '', ending: '' };
  const { recorded, events } = view;
  if (recorded > events.length) return { note: ` (the first of ${recorded})`, ending: '' };
  if (schedule === undefined) return { note: '', ending: '' };
  const broken = breaks.length === 0 ? '' : `: it breaks ${breaks.join(', ')}`;
  return { note: '', ending: ` · the schedule ends here${broken}` };
}

/** What is to be said of runs that did not simply come to their end, by how they ended. */
const ENDS: Readonly<Record<RunView['outcome'], string | undefined>> = {
  finished: undefined,
  fault: 'ended in a fault',
  budget: 'stopped: the budget of instructions was used up',
  time: 'stopped: the time for it was used up',
  memory: 'stopped: the memory for it was used up',
  blocked: 'stopped: nothing can go on',
  paused: undefined,
};

function endings(runs: readonly RunView[]): string[] {
  return Object.entries(ENDS).flatMap(([outcome, what]) => {
    const n = runs.filter((run) => run.outcome === outcome).length;
    return n === 0 || what === undefined ? [] : [`${n} ${what}`];
  });
}

function held(expects: readonly ShownExpect[]): string {
  const failed = expects.filter((e) => !e.passed).length;
  if (expects.length === 0) return 'nothing is expected';
  if (failed > 0) return `${failed} of ${plural(expects.length, 'expectation')} fail`;
  return `${plural(expects.length, 'expectation')} ${expects.length === 1 ? 'holds' : 'hold'}`;
}

/** What runs came to, in one line. */
export function summarize({ runs, flaws }: Answer): string {
  if (runs.length === 0) return firstTrouble(flaws, 'there is nothing to run');
  const expects = runs.flatMap((run) => run.expects);
  const verdicts = runs.reduce((sum, run) => sum + run.verdicts, 0);
  const parts = [
    plural(runs.length, 'scenario'),
    ...(expects.length === 0 && verdicts > 0 ? [] : [held(expects)]),
    ...(verdicts === 0
      ? []
      : [`Explore (e) tells whether ${plural(verdicts, 'verdict')} ${verdicts === 1 ? 'holds' : 'hold'}`]),
    ...endings(runs),
  ];
  return parts.join(', ');
}
