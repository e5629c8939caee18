import { shippedFiles } from '../../../src/cli/shipped.js';
import { labOf, shrink } from './draft.js';
import { type Explorer, makeExplorer } from './explorer.js';
import { draftOf } from './generate.js';
import type { Lab, Summary } from './lab.js';
import { enumerate, type Found } from './oracle.js';
import { scheduleText } from './path.js';

/** Most states that the oracle goes through of one lab, and explore. */
const MOST_STATES = 20_000;
const MOST_EXPLORED = 200_000;

/** The seed of the n-th lab of a run with a seed. */
export const seedOf = (run: number, n: number): number => run * 100_003 + n;

const known = new Map<number, Summary | undefined>();

/** What the oracle says of the lab of a seed, worked out once; undefined where there are too many states. */
function oracleOf(seed: number): Summary | undefined {
  if (!known.has(seed)) {
    const found = enumerate(labOf(draftOf(seed)), MOST_STATES);
    known.set(seed, found && { refused: found.refused, broken: found.broken, outcomes: found.outcomes });
  }
  return known.get(seed);
}

/** Where two summaries differ; undefined where they do not. What explore refuses it says nothing else of. */
function difference(oracle: Summary, explore: Summary): string | undefined {
  if (oracle.refused !== explore.refused) return 'foreign';
  if (oracle.refused) return undefined;
  const missing = (a: readonly string[], b: readonly string[]): string | undefined =>
    a.find((x) => !b.includes(x));
  return (
    missing(oracle.broken, explore.broken) ??
    missing(explore.broken, oracle.broken) ??
    missing(oracle.outcomes, explore.outcomes) ??
    missing(explore.outcomes, oracle.outcomes)
  );
}

/** What an explorer says of a lab that the oracle does not; undefined where they agree or the explorer has no answer. */
function disagreement(oracle: Summary, explorer: Explorer, lab: Lab, reduces: boolean): string | undefined {
  const found = explorer(lab, reduces, MOST_EXPLORED);
  return found && difference(oracle, found);
}

const shipped = makeExplorer(shippedFiles());

const say = ({ refused, broken, outcomes }: Summary): string =>
  refused
    ? "refuses it: someone reaches into what is another's"
    : `${broken.length === 0 ? 'holds' : `breaks ${broken.join(', ')}`}; ends: ${outcomes.map((o) => `\n    ${o}`).join('')}`;

/** A report of a lab on which explore and the oracle disagree, as small as it gets. */
function reportOf(seed: number, reduces: boolean): string {
  const differs = (lab: Lab): boolean => {
    const found = enumerate(lab, MOST_STATES);
    return found !== undefined && disagreement(found, shipped, lab, reduces) !== undefined;
  };
  const lab = labOf(shrink(draftOf(seed), differs));
  const oracle = enumerate(lab, MOST_STATES) as Found;
  const explore = shipped(lab, reduces, MOST_EXPLORED) as Summary;
  const what = difference(oracle, explore)!;
  const schedule = scheduleText(oracle, lab, what);
  const way =
    schedule === undefined ? `explore alone has: ${what}` : `a schedule that shows it:\n${schedule}`;
  return [
    `lab of seed ${seed}, ${reduces ? 'reduced' : 'unreduced'}, kernel ${lab.kernel}`,
    lab.text,
    `oracle ${say(oracle)}`,
    `explore ${say(explore)}`,
    way,
  ].join('\n');
}

export interface Tally {
  readonly compared: number;
  /** Labs that are too large for the oracle, or for explore. */
  readonly tooLarge: number;
  readonly reports: readonly string[];
}

/** Compares explore with the oracle on labs of a run. */
export function compareLabs(run: number, count: number): Tally {
  const reports: string[] = [];
  let compared = 0;
  let tooLarge = 0;
  for (let n = 0; n < count && reports.length < 3; n += 1) {
    const seed = seedOf(run, n);
    const lab = labOf(draftOf(seed));
    const oracle = oracleOf(seed);
    const both = oracle && [true, false].map((reduces) => shipped(lab, reduces, MOST_EXPLORED));
    if (oracle === undefined || both?.includes(undefined) !== false) {
      tooLarge += 1;
      continue;
    }
    compared += 1;
    both.forEach((found, i) => {
      if (difference(oracle, found!) !== undefined) reports.push(reportOf(seed, i === 0));
    });
  }
  return { compared, tooLarge, reports };
}

/**
 * A lab of a run on which an explorer disagrees with the oracle, by its number: `first` is tried first, then all in
 * order. Undefined if there is none.
 */
export function caught(explorer: Explorer, run: number, most: number, first = 0): number | undefined {
  for (const n of [first, ...Array(most).keys()]) {
    const seed = seedOf(run, n);
    const oracle = oracleOf(seed);
    if (oracle === undefined) continue;
    try {
      if (disagreement(oracle, explorer, labOf(draftOf(seed)), true) !== undefined) return n;
    } catch {
      // A fault can make the explorer stumble, which nobody overlooks.
      return n;
    }
  }
  return undefined;
}
