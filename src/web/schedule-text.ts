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

/** What a schedule of a lab is called as a file. */
export function scheduleName(lab: string, schedule: string): string {
  const claim = claimIn(firstComment(schedule) ?? '')?.property;
  const parts = [lab, namedIn(schedule, 'guard'), claim].filter((part) => part !== undefined);
  return `${parts.join('-')}.schedule`;
}

const TURN = /^(task \S+|arrive \S+ cpu \d+|interrupt cpu \d+) (\d+)$/;

/** Whose turn goes on after one of a name: an interrupt that has arrived is then the one on its CPU. */
const goesOn = (who: string): string => who.replace(/^arrive \S+ /, 'interrupt ');

/**
 * A schedule in which the turn that has a move comes one move later: whoever was before it has one more, and one less
 * when next its turn comes. Undefined where nothing comes before it.
 */
export function oneLater(schedule: string, move: number): string | undefined {
  const lines = schedule.split('\n').filter((line) => !line.startsWith('//'));
  const turns = lines.flatMap((line, at) => {
    const [, who, count] = TURN.exec(line) ?? [];
    return who === undefined ? [] : [{ at, who, moves: Number(count) }];
  });
  let before = 0;
  const index = turns.findIndex((turn) => {
    before += turn.moves;
    return move < before;
  });
  const earlier = turns[index - 1];
  if (earlier === undefined) return undefined;
  const next = turns.slice(index + 1).find((turn) => turn.who === goesOn(earlier.who));
  const moved = turns.map((turn) => ({
    ...turn,
    moves: turn.moves + (turn === earlier ? 1 : turn === next ? -1 : 0),
  }));
  const texts = new Map(moved.map(({ at, who, moves }) => [at, moves === 0 ? undefined : `${who} ${moves}`]));
  const changed = lines.flatMap((line, at) => (texts.has(at) ? (texts.get(at) ?? []) : [line]));
  return [`// ${turns[index]!.who} comes one instruction later`, ...changed].join('\n');
}
