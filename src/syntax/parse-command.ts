import type { LabActionDict } from '../../grammar/tinybpf.ohm-bundle.js';
import type { Source } from '../text/source.js';
import { span } from '../text/source.js';
import type { ActionAst, ConditionAst } from './lab-ast.js';
import { type Parsed, refuseMonster, syntaxError } from './parse-line.js';
import { ACTIONS, CONDITION } from './scenarios.js';
import { labGrammar, read, treeOf } from './tree.js';

/** Reads a part of a source, from an offset on, as one thing of the scenario language. */
function parsePart<T>(source: Source, from: number, rule: string, actions: LabActionDict<T>): Parsed<T> {
  const text = source.text.slice(from);
  const at = span(source, from, source.text.length);
  const monster = refuseMonster(text, at);
  if (monster !== undefined) return { diagnostics: [monster] };
  const match = labGrammar.match(text, rule);
  if (match.failed()) {
    const statement = { kind: 'statement', text, span: at } as const;
    const offset = match.getRightmostFailurePosition();
    return { diagnostics: [syntaxError(statement, offset, match.getExpectedText())] };
  }
  return { value: read(actions, treeOf(match, source, from)), diagnostics: [] };
}

/** What may stand behind `expect`. */
export function parseCondition(source: Source, from: number): Parsed<ConditionAst> {
  return parsePart(source, from, 'Condition', CONDITION);
}

/** What an interrupt may do: one action or several. */
export function parseActions(source: Source, from: number): Parsed<readonly ActionAst[]> {
  return parsePart(source, from, 'Actions', ACTIONS);
}
