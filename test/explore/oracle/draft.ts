import type { Lab } from './lab.js';

/** Some lines of a function, and what is between them. */
export interface Piece {
  readonly before: readonly string[];
  readonly inside: readonly Piece[];
  readonly after: readonly string[];
}

export const piece = (...before: string[]): Piece => ({ before, inside: [], after: [] });

/** A function, program or guard: its first lines, its pieces, its last lines. */
interface Part {
  readonly head: readonly string[];
  readonly pieces: readonly Piece[];
  readonly tail: readonly string[];
}

interface DraftTask {
  readonly name: string;
  readonly cpu: number;
  readonly steps: readonly string[];
}

/** A lab that can be made smaller. */
export interface Draft {
  readonly kernel: string;
  readonly cpus: number;
  readonly guard: string | undefined;
  /** Declarations by the name they declare; those that nobody names are left out of the text. */
  readonly declared: Readonly<Record<string, string>>;
  readonly parts: readonly Part[];
  readonly tasks: readonly DraftTask[];
  readonly sources: readonly string[];
  readonly claims: readonly string[];
  readonly observed: readonly string[];
}

const linesOf = (p: Piece): string[] => [...p.before, ...p.inside.flatMap(linesOf), ...p.after];

export function labOf(d: Draft): Lab {
  const code = d.parts.map((p) => [...p.head, ...p.pieces.flatMap(linesOf), ...p.tail].join('\n')).join('\n');
  const tasks = d.tasks.map((t) => `    task ${t.name} cpu ${t.cpu} { ${t.steps.join('  ')} }`);
  const scenario = [
    'scenario {',
    `    cpus ${d.cpus}`,
    ...(d.guard === undefined ? [] : [`    guard ${d.guard}`]),
    ...tasks,
    ...d.sources.map((s) => `    ${s}`),
    ...d.claims.map((c) => `    ${c}`),
    '}',
  ].join('\n');
  const used = `${code}\n${scenario}`;
  const isUsed = (name: string): boolean => new RegExp(`\\b${name}\\b`).test(used);
  const declared = Object.entries(d.declared).flatMap(([name, text]) => (isUsed(name) ? [text] : []));
  const observed = d.observed.filter((o) => isUsed(/^\w+/.exec(o)![0]));
  return { text: `${[...declared, used].join('\n')}\n`, kernel: d.kernel, observed };
}

/** A list without one of its members, and with one of them replaced by what it may become. */
function* smaller<T>(list: readonly T[], into: (t: T) => Iterable<readonly T[]>): Iterable<readonly T[]> {
  for (let i = 0; i < list.length; i += 1) yield list.toSpliced(i, 1);
  for (let i = 0; i < list.length; i += 1)
    for (const t of into(list[i]!)) yield [...list.slice(0, i), ...t, ...list.slice(i + 1)];
}

const piecesOf = (list: readonly Piece[]): Iterable<readonly Piece[]> =>
  smaller(list, function* (p): Iterable<readonly Piece[]> {
    if (p.inside.length === 0) return;
    yield p.inside;
    for (const inside of piecesOf(p.inside)) yield [{ ...p, inside }];
  });

/** Drafts that are smaller by one thing. */
export function* shrunk(d: Draft): Iterable<Draft> {
  for (const parts of smaller(d.parts, () => [])) yield { ...d, parts };
  for (const sources of smaller(d.sources, () => [])) yield { ...d, sources };
  const tasks = smaller(d.tasks, function* (t) {
    for (const steps of smaller(t.steps, () => [])) if (steps.length > 0) yield [{ ...t, steps }];
  });
  for (const some of tasks) yield { ...d, tasks: some };
  const parts = smaller(d.parts, function* (p) {
    for (const pieces of piecesOf(p.pieces)) yield [{ ...p, pieces }];
  });
  for (const some of parts) if (some.length === d.parts.length) yield { ...d, parts: some };
  for (const claims of smaller(d.claims, () => [])) yield { ...d, claims };
  for (const observed of smaller(d.observed, () => [])) yield { ...d, observed };
}

/** The smallest draft that shows the same, as far as leaving out one thing after another leads. */
export function shrink(draft: Draft, shows: (lab: Lab) => boolean): Draft {
  let small = draft;
  for (let again = true; again; ) {
    again = false;
    for (const candidate of shrunk(small)) {
      let same = false;
      try {
        same = shows(labOf(candidate));
      } catch {
        // What cannot be explored at all shows nothing.
      }
      if (!same) continue;
      small = candidate;
      again = true;
      break;
    }
  }
  return small;
}
