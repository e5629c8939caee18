import { type Diagnostic, noteAt } from './diagnostic.js';
import type { Span } from './source.js';

/** Most errors of one input that are reported unless more are asked for. */
export const MOST_ERRORS = 100;

/** Thrown to stop looking for more; a stage catches it and returns what it has. */
class Enough extends Error {}

function moreThan(most: number, kind: string, at: Span | undefined): Diagnostic {
  const help = 'mend these first, or ask for more with `--max-errors`';
  return noteAt('B0109', `there are more than ${most} ${kind}s; the others are not shown`, {
    span: at,
    help,
  });
}

/** What a stage finds wrong, in the order it is found, up to `most` errors. */
export class Collector {
  readonly diagnostics: Diagnostic[] = [];
  readonly most: number;
  #errors = 0;

  constructor(most: number = MOST_ERRORS) {
    this.most = most;
  }

  /** Ends the stage (see `stage`) where there is one error more than may be. */
  add(d: Diagnostic): void {
    if (d.severity === 'error') {
      if (this.#errors === this.most) {
        this.diagnostics.push(moreThan(this.most, 'error', d.span));
        throw new Enough();
      }
      this.#errors += 1;
    }
    this.diagnostics.push(d);
  }

  addAll(all: Iterable<Diagnostic>): void {
    for (const d of all) this.add(d);
  }

  /** Does something that adds to this, to its end or until there is enough. True if it came to its end. */
  stage(act: () => void): boolean {
    try {
      act();
      return true;
    } catch (e) {
      if (!(e instanceof Enough)) throw e;
      return false;
    }
  }
}

/** The first of each severity, of those that are in the order in which they are to be shown; a note says if there are more. */
export function firstOf(diagnostics: readonly Diagnostic[], most: number): Diagnostic[] {
  const seen = { error: 0, warning: 0, note: 0 };
  const shown: Diagnostic[] = [];
  for (const d of diagnostics) {
    seen[d.severity] += 1;
    if (seen[d.severity] <= most || d.code === 'B0109') shown.push(d);
  }
  for (const kind of ['error', 'warning', 'note'] as const) {
    const last = shown.filter((d) => d.severity === kind).at(-1);
    if (seen[kind] > most) shown.push(moreThan(most, kind, last?.span));
  }
  return shown;
}
