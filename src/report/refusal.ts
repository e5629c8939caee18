import { type Diagnostic, inOrder } from '../text/diagnostic.js';
import { firstOf } from '../text/findings.js';
import { placeOf, type Span } from '../text/source.js';

/** Changes only when a reader of the old form would be misled. */
export const JSON_VERSION = 1;

/** Where something is in a file: lines and columns from 1. */
export function placeToJson(
  span: Span | undefined,
): { file: string; line: number; column: number } | undefined {
  return span === undefined ? undefined : { file: span.source.name, ...placeOf(span.source, span.start) };
}

export function diagnosticToJson(d: Diagnostic): object {
  return {
    code: d.code,
    severity: d.severity,
    message: d.message,
    place: placeToJson(d.span),
    expected: d.expected,
    help: d.help,
    notes: d.notes,
  };
}

/** What is wrong with an input, in the order of its lines; `more` where not all of it is there. */
export function refusalToJson(diagnostics: readonly Diagnostic[], most: number): object {
  const shown = firstOf(inOrder(diagnostics), most);
  return { error: shown.map(diagnosticToJson), more: shown.some((d) => d.code === 'B0109') };
}
