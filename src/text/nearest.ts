import { distance } from 'fastest-levenshtein';

/** The names closest to what was written, best first; at most `most`, none that is too far to be a slip. */
export function nearest(written: string, names: Iterable<string>, most = 3): string[] {
  const wanted = written.toLowerCase();
  const limit = Math.max(2, Math.floor(written.length / 3));
  const scored: { name: string; far: number }[] = [];
  for (const name of names) {
    const folded = name.toLowerCase();
    const inside = wanted.length >= 4 && (folded.includes(wanted) || wanted.includes(folded));
    const far = inside ? Math.min(limit, distance(folded, wanted)) : distance(folded, wanted);
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
