/** What the search of the page can find. */
export interface Entry {
  readonly kind: 'lab' | 'guard' | 'lesson' | 'help' | 'diagnostic';
  /** What it is called where it is chosen: a lab's path, a guard's name, a code; empty where it has only a title. */
  readonly name: string;
  readonly title: string;
  /** What else it is found by. */
  readonly text: string;
  /** The address that opens it; of a guard, which is chosen for the lab that is there, none. */
  readonly hash: string | undefined;
}

/** Most entries that are shown. */
const MOST = 12;

/** How well a word matches, from best to worst; each asks of an entry, of which everything is in small letters. */
const WAYS: readonly ((entry: Entry, word: string) => boolean)[] = [
  ({ name }, word) => name === word,
  ({ name }, word) => begins(name, word),
  ({ title }, word) => begins(title, word),
  ({ name, title }, word) => name.includes(word) || title.includes(word),
  ({ text }, word) => begins(text, word),
  ({ text }, word) => text.includes(word),
];

/** Whether a word of a text begins with something. */
function begins(text: string, start: string): boolean {
  for (let at = text.indexOf(start); at >= 0; at = text.indexOf(start, at + 1))
    if (at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1]!)) return true;
  return false;
}

const small = (entry: Entry): Entry => ({
  ...entry,
  name: entry.name.toLowerCase(),
  title: entry.title.toLowerCase(),
  text: entry.text.toLowerCase(),
});

/** Entries that have all words of what is asked, the best first; where two are as good, in the order they are given. */
export function found(entries: readonly Entry[], asked: string): readonly Entry[] {
  const whole = asked.trim().toLowerCase();
  if (whole === '') return [];
  const words = whole.split(/\s+/);
  const matches = entries.flatMap((entry) => {
    const read = small(entry);
    const ways = words.map((word) => WAYS.findIndex((way) => way(read, word)));
    if (ways.includes(-1)) return [];
    const isIt = whole === read.name || whole === read.title;
    return [{ entry, rank: isIt ? -1 : ways.reduce((sum, way) => sum + way, 0) }];
  });
  return matches
    .sort((a, b) => a.rank - b.rank)
    .slice(0, MOST)
    .map((match) => match.entry);
}
