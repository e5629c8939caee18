import type { RunView } from './protocol.js';

/** Longest comment that is shown of a schedule. */
const LONGEST = 200;

/** A text of the command line without the backticks that its names stand in. */
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
