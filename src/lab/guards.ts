import type { GuardAst } from '../syntax/lab-ast.js';

/** Names for a guard, the best first. */
function candidates({ name, file }: GuardAst): readonly string[] {
  if (file === undefined) return [name.name];
  const stem = file.path.replace(/^.*[/\\]/s, '').replace(/\.bpf$/, '');
  return [file.declared, stem, file.path];
}

/**
 * Guards of files under the names that they have wherever they are shown or expected: each has the name that its file
 * gives it, unless a shipped guard, one of the lab or one of another of these files has that; then the name of its file,
 * without folder and `.bpf`; and where that is taken too, its path as it was given. A shipped file keeps its name, since
 * it is that guard. `shipped` and `own` are the names that are taken: of shipped guards, and of those of the lab.
 */
export function nameGuards(
  guards: readonly GuardAst[],
  shipped: readonly string[],
  own: readonly string[],
): GuardAst[] {
  const names = guards.map(candidates);
  const ranks = guards.map(() => 0);
  const nameOf = (i: number): string => names[i]![ranks[i]!]!;
  const isTaken = (i: number): boolean => {
    const name = nameOf(i);
    if (own.includes(name)) return true;
    if (shipped.includes(name) && guards[i]!.file?.isShipped !== true) return true;
    // Who has a name from his own file keeps it, and those of whom that is as true or less give way.
    return guards.some((_, j) => j !== i && nameOf(j) === name && ranks[j]! <= ranks[i]!);
  };
  for (;;) {
    const crowded = guards.flatMap((_, i) => (ranks[i]! + 1 < names[i]!.length && isTaken(i) ? [i] : []));
    if (crowded.length === 0)
      return guards.map((g, i) => ({ ...g, name: { name: nameOf(i), span: g.name.span } }));
    for (const i of crowded) ranks[i]! += 1;
  }
}
