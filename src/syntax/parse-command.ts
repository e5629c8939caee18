import type { Grammar } from 'ohm-js';
import type { LabActionDict } from '#grammar/tinybpf.ohm-bundle.js';
import { type Source, span } from '../text/source.js';
import type { ActionAst, ConditionAst } from './lab-ast.js';
import { type Language, type Parsed, Reading } from './reading.js';
import { ACTIONS, CONDITION } from './scenarios.js';
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

/** What may follow `expect`. */
export function parseCondition(source: Source, from: number): Parsed<ConditionAst> {
  return parsePart(source, from, { rule: 'Condition', actions: CONDITION });
}

/** What an interrupt may do: one action or several. */
export function parseActions(source: Source, from: number): Parsed<readonly ActionAst[]> {
  return parsePart(source, from, { rule: 'Actions', actions: ACTIONS });
}
