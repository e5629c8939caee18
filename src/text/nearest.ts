import { distance } from 'fastest-levenshtein';

/** `b` is `a` with two neighbouring letters exchanged. */
function isSwapped(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let i = 0;
  while (i < a.length && a[i] === b[i]) i += 1;
  return a[i] === b[i + 1] && a[i + 1] === b[i] && a.slice(i + 2) === b.slice(i + 2);
}

/**
 * How many slips of the finger lead from one word to the other: letters too many, too few, or wrong. Two that are
 * exchanged count half a slip: nothing is more common, and all the letters are right.
 */
export function slipsBetween(a: string, b: string): number {
  return a !== b && isSwapped(a, b) ? 0.5 : distance(a, b);
}

/** Most slips in a word of this length: it must be more like what is meant than unlike. */
export function mostSlips(length: number): number {
  return length <= 4 ? 1 : Math.max(2, Math.floor(length / 3));
}

/** The names closest to what was written, best first; at most `most`, none that is too far to be a slip. */
export function nearest<T extends string>(written: string, names: Iterable<T>, most = 3): T[] {
  const wanted = written.toLowerCase();
  const limit = mostSlips(written.length);
  const scored: { name: T; far: number }[] = [];
  for (const name of new Set(names)) {
    if (name === written) continue;
    const folded = name.toLowerCase();
    const inside =
      wanted.length >= 4 && folded.length >= 3 && (folded.includes(wanted) || wanted.includes(folded));
    if (!inside && Math.abs(folded.length - wanted.length) > limit) continue;
    const slips = slipsBetween(folded, wanted);
    const far = inside ? Math.min(limit, slips) : slips;
    if (far <= limit) scored.push({ name, far });
  }
  scored.sort((a, b) => a.far - b.far || (a.name < b.name ? -1 : 1));
  const best = scored[0]?.far ?? 0;
  return scored
    .filter((s) => s.far <= best + 1)
    .slice(0, most)
    .map((s) => s.name);
}

/** "did you mean `a` or `b`?", or undefined where nothing is near. */
export function didYouMean(written: string, names: Iterable<string>): string | undefined {
  const close = nearest(written, names);
  if (close.length === 0) return undefined;
  return `did you mean ${close.map((n) => `\`${n}\``).join(' or ')}?`;
}
