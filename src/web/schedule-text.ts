import type { Notes } from './panels/scrubber.js';
import type { RunView } from './protocol/protocol.js';

/** Longest comment that is shown of a schedule. */
const LONGEST = 200;

/** A text of the command line without the backticks around its names. */
export const plain = (text: string): string => text.replaceAll('`', '');

/** The guard or kernel that a schedule names. */
export function namedIn(schedule: string, what: 'guard' | 'kernel'): string | undefined {
  return new RegExp(`^${what}[ \\t]+(\\S+)[ \\t]*$`, 'm').exec(schedule)?.[1];
}

function firstComment(schedule: string): string | undefined {
  return /^\/\/ *(.*)$/m.exec(schedule.slice(0, 2000))?.[1]?.slice(0, LONGEST);
}

/** `breaks PROPERTY: MEANING`, as exploration writes it. */
function claimIn(comment: string): { readonly property: string; readonly meaning: string } | undefined {
  const [, property, meaning] = /^breaks (\w+): (.*)$/.exec(comment) ?? [];
  return property === undefined || meaning === undefined ? undefined : { property, meaning };
}

/** What the first comment of a schedule says of it. What a property means is what is broken, not what happens. */
export function headline(schedule: string): string {
  const comment = firstComment(schedule);
  if (comment === undefined) return 'without a comment';
  const claim = claimIn(comment);
  return plain(claim === undefined ? comment : `breaks ${claim.property}, which says: ${claim.meaning}`);
}

/** The property that a schedule says it breaks; nothing where it has been carried out with another guard or kernel. */
export function brokenBy(schedule: string, run: RunView): string | undefined {
  const guard = namedIn(schedule, 'guard') ?? run.guard;
  const kernel = namedIn(schedule, 'kernel') ?? run.kernel;
  if (guard !== run.guard || kernel !== run.kernel) return undefined;
  return claimIn(firstComment(schedule) ?? '')?.property;
}

/** What is to be said of how many events there are, and of the last one. */
export function notesOn(view: RunView | undefined, schedule: string | undefined): Notes {
  if (view === undefined) return { note: '', ending: '' };
  const { recorded, events } = view;
  if (recorded > events.length) return { note: ` (the first of ${recorded})`, ending: '' };
  if (schedule === undefined) return { note: '', ending: '' };
  const broken = brokenBy(schedule, view);
  const claim = broken === undefined ? '' : `: it breaks ${broken}`;
  return { note: '', ending: ` · the schedule ends here${claim}` };
}
