import type { Code } from './codes.js';
import {
  type Details,
  type Diagnostic,
  distinct,
  errorAt,
  InputError,
  inOrder,
  noteAt,
  warningAt,
} from './diagnostic.js';
import type { Span } from './source.js';

/** Most errors of one input that are reported unless more are asked for. */
export const MOST_ERRORS = 100;

/** What is said of names that nothing declares. */
const UNKNOWN_NAME: ReadonlySet<Code> = new Set<Code>(['B0208', 'B0407']);

/** Thrown to stop looking for more; a stage catches it and returns what it has. */
class Enough extends Error {}

function moreThan(most: number, kind: string, at: Span | undefined): Diagnostic {
  const help = 'mend these first; `--max-errors` asks for more';
  return noteAt('B0109', `there are more than ${most} ${kind}s; the others are not shown`, {
    span: at,
    help,
  });
}

/**
 * What is wrong with an input, collected while it is gone through to its end: the one way in which the stages of a room
 * report mistakes to each other. Across a room's boundary goes an `InputError`, which `orThrow` makes of it.
 *
 * A stage that goes on after a mistake has to guess what was meant. What is then said of a guess would not be a mistake of
 * the user's, so it is not taken: of a text that is one of ours (`Source.isGuess`), and of a name that is in doubt
 * because its declaration is at fault (`doubt`).
 */
export class Findings {
  readonly #found: Diagnostic[] = [];
  readonly #doubtful = new Set<string>();
  readonly #most: number;
  #distinct: readonly Diagnostic[] = [];
  #seen = 0;
  #isAnyDoubtful = false;
  #errors = 0;

  /** `most`: how many errors end a stage; without it, all are kept. */
  constructor(most = Infinity) {
    this.#most = most;
  }

  /** In the order in which it was found, each once. */
  get diagnostics(): readonly Diagnostic[] {
    if (this.#seen === this.#found.length) return this.#distinct;
    this.#seen = this.#found.length;
    this.#distinct = distinct(this.#found);
    return this.#distinct;
  }

  /** How many errors there are, to tell whether something has added to them. */
  get errors(): number {
    return this.#errors;
  }

  error(code: Code, message: string, details?: Details): void {
    this.add(errorAt(code, message, details));
  }

  warning(code: Code, message: string, details?: Details): void {
    this.add(warningAt(code, message, details));
  }

  /** Ends the stage (see `stage`) where there is one error more than may be. */
  add(d: Diagnostic): void {
    if (this.#isEcho(d)) return;
    if (d.severity === 'error') {
      if (this.#errors === this.#most) {
        this.#found.push(moreThan(this.#most, 'error', d.span));
        throw new Enough();
      }
      this.#errors += 1;
    }
    this.#found.push(d);
  }

  addAll(all: Iterable<Diagnostic>): void {
    for (const d of all) this.add(d);
  }

  /** Takes back warnings that an error says better. */
  withdraw(isWithdrawn: (warning: Diagnostic) => boolean): void {
    const kept = this.#found.filter((d) => d.severity !== 'warning' || !isWithdrawn(d));
    this.#found.splice(0, this.#found.length, ...kept);
    this.#seen = 0;
    this.#distinct = [];
  }

  /** What `act` returns; undefined where it throws an `InputError`, whose diagnostics are added. */
  attempt<T>(act: () => T): T | undefined {
    try {
      return act();
    } catch (e) {
      if (!(e instanceof InputError)) throw e;
      this.addAll(e.diagnostics);
      return undefined;
    }
  }

  /** True if `act` came to its end; the diagnostics of an `InputError` that it throws are added. */
  succeeds(act: () => void): boolean {
    const done = this.attempt(() => {
      act();
      return true;
    });
    return done === true;
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

  /** Names that are not declared may be so in what could not be read, so nothing is said of them from now on. */
  doubtUnknown(): void {
    this.#isAnyDoubtful = true;
  }

  /** Names whose declaration is at fault: what is said of them from now on is not taken. */
  doubt(...names: readonly string[]): void {
    for (const name of names) this.#doubtful.add(name);
  }

  /** Whether a name is in doubt, so that nothing can be said of what has it. */
  doubts(name: string): boolean {
    return this.#doubtful.has(name);
  }

  /** Throws an `InputError` with all of it if any of it is an error. */
  orThrow(): void {
    if (this.#errors > 0) throw new InputError(inOrder(this.diagnostics));
  }

  #isEcho({ span, code }: Diagnostic): boolean {
    if (this.#isAnyDoubtful && UNKNOWN_NAME.has(code)) return true;
    if (span === undefined) return false;
    const { source, start, end } = span;
    if (source.isGuess === true) return true;
    if (this.#doubtful.size === 0) return false;
    // `PROGRAM.run_cnt` is said of the program, `GUARD.enter` of the guard.
    const [, whole, owner] = /^((?:(.*)\.)?[^.]*)$/s.exec(source.text.slice(start, end)) ?? [];
    return [whole, owner].some((name) => name !== undefined && this.#doubtful.has(name));
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
