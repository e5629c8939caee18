import type { Grammar } from 'ohm-js';
import type { LabActionDict } from '#grammar/tinybpf.ohm-bundle.js';
import { type Source, span } from '../text/source.js';
import { type Language, type Parsed, Reading } from './reading.js';
import { labGrammar, read } from './tree.js';

/** What a part of a source is to be: a rule of a grammar that extends the lab's, and what reads its tree. */
interface Part<T> {
  readonly rule: string;
  readonly actions: LabActionDict<T>;
  readonly grammar?: Grammar;
  readonly language?: Language;
}

/** Reads a part of a source, from an offset on. */
export function parsePart<T>(
  source: Source,
  from: number,
  { rule, actions, grammar = labGrammar, language }: Part<T>,
): Parsed<T> {
  const reading = new Reading();
  const statement = { text: source.text.slice(from), span: span(source, from, source.text.length) };
  const tree = reading.match(grammar, rule, statement, language);
  const { diagnostics } = reading.findings;
  return { ...(tree !== undefined && { value: read(actions, tree) }), diagnostics, isComplete: true };
}
