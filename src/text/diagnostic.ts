import type { Code } from './codes.js';
import type { Source, Span } from './source.js';

export type Severity = 'error' | 'warning' | 'note';

/** Something to tell the user about her input. Data only; `format.ts` is the one place that prints it. */
export interface Diagnostic {
  readonly code: Code;
  readonly severity: Severity;
  readonly message: string;
  /** Absent where the trouble has no place in a text: a missing file, a raw byte stream. */
  readonly span?: Span;
  /** What could have come there instead, for syntax errors. */
  readonly expected?: string;
  /** What to write or do instead. */
  readonly help?: string;
  /** Further facts, a line each. */
  readonly notes?: readonly string[];
  /** Refused because of the kernel model alone: there is one that takes it. */
  readonly isOfKernel?: true;
}

export interface Details {
  readonly span?: Span | undefined;
  readonly expected?: string | undefined;
  readonly help?: string | undefined;
  readonly notes?: readonly string[] | undefined;
  readonly isOfKernel?: boolean | undefined;
}

function make(severity: Severity, code: Code, message: string, details: Details): Diagnostic {
  return {
    code,
    severity,
    message,
    ...(details.span && { span: details.span }),
    ...(details.expected && { expected: details.expected }),
    ...(details.help && { help: details.help }),
    ...(details.notes && { notes: details.notes }),
    ...(details.isOfKernel === true && { isOfKernel: true }),
  };
}

export function errorAt(code: Code, message: string, details: Details = {}): Diagnostic {
  return make('error', code, message, details);
}

export function warningAt(code: Code, message: string, details: Details = {}): Diagnostic {
  return make('warning', code, message, details);
}

export function noteAt(code: Code, message: string, details: Details = {}): Diagnostic {
  return make('note', code, message, details);
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((d) => d.severity === 'error');
}

/** A mistake of tinybpf's own that it has noticed. `notes` are what a report of it should have, a line each. */
export class InternalError extends Error {
  readonly notes: readonly string[];

  constructor(message: string, notes: readonly string[]) {
    super(message);
    this.name = 'InternalError';
    this.notes = notes;
  }
}

/** Bad input found where a value has to come back: carries diagnostics to the nearest stage that collects them. */
export class InputError extends Error {
  readonly diagnostics: readonly Diagnostic[];

  /** Takes lists too: a file may have more bad lines than a call can have arguments. */
  constructor(...given: readonly (Diagnostic | readonly Diagnostic[])[]) {
    const diagnostics = given.flat();
    super(diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'));
    this.name = 'InputError';
    this.diagnostics = diagnostics;
  }
}

/** Throws what has been collected if any of it is an error. */
export function throwIfErrors(diagnostics: readonly Diagnostic[]): void {
  if (hasErrors(diagnostics)) throw new InputError(diagnostics);
}

/** In the order of their places; those without a place first. Sources stay in the order they were met. */
export function inOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const sources = [...new Set(diagnostics.map((d) => d.span?.source))];
  const rank = (d: Diagnostic): number => sources.indexOf(d.span?.source);
  return [...diagnostics].sort((a, b) => rank(a) - rank(b) || (a.span?.start ?? -1) - (b.span?.start ?? -1));
}

/** Each once, in the order of their places: how they are told. */
export const ordered = (diagnostics: readonly Diagnostic[]): Diagnostic[] => inOrder(distinct(diagnostics));

/** Each once that says the same of the same place, as an error where one of them is. */
export function distinct(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  // A file that was read twice is one.
  const sources: Source[] = [];
  const numberOf = (source: Source): number => {
    const known = sources.findIndex(
      (s) => s === source || (s.name === source.name && s.text === source.text),
    );
    return known >= 0 ? known : sources.push(source) - 1;
  };
  const byText = new Map<string, Diagnostic>();
  for (const d of diagnostics) {
    const { span, severity, ...rest } = d;
    const key = JSON.stringify([rest, span && [numberOf(span.source), span.start, span.end]]);
    const isWorse = severity === 'error' && byText.get(key)?.severity === 'warning';
    if (isWorse || !byText.has(key)) byText.set(key, d);
  }
  return [...byText.values()];
}
