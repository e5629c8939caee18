import type { Diagnostic } from '../text/diagnostic.js';
import type { Source, Span } from '../text/source.js';

/** What of a text could not be read as it is, for whoever looks for more mistakes in the rest of it. */
export interface Recovery {
  /** Sources of statements that were read as what they were taken for; their places are not the user's. */
  readonly repaired: ReadonlySet<Source>;
  /** Statements that were left out. */
  readonly omitted: readonly Span[];
}

const WORD = /[A-Za-z_.$][\w.$]*/g;
const textOf = ({ source, start, end }: Span): string => source.text.slice(start, end);

/**
 * What later stages found wrong with what could be read, without what may be wrong only because the rest could not: what
 * they say of a statement that was put right, or of a name that a statement speaks of which was left out.
 */
export function withoutEchoes(found: readonly Diagnostic[], { repaired, omitted }: Recovery): Diagnostic[] {
  const words = new Set(omitted.flatMap((at) => textOf(at).match(WORD) ?? []));
  return found.filter(
    ({ span }) => span === undefined || !(repaired.has(span.source) || words.has(textOf(span))),
  );
}
