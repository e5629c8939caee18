import type { LabAst } from '../syntax/lab-ast.js';
import type { CliContext } from './context.js';
import { environmentOf } from './environment.js';

export interface GuardOptions {
  readonly guard?: readonly string[];
  /** As it was spelt before. */
  readonly guards?: readonly string[];
}

/** The guards that `--guard` asks for, each once; `all` is every shipped one and what the lab declares. */
export function chosenGuards(
  cx: CliContext,
  { guard, guards }: GuardOptions,
  lab: LabAst = { declarations: [] },
): readonly string[] | undefined {
  if (guard === undefined && guards === undefined) return undefined;
  const named = [...(guard ?? []), ...(guards ?? [])];
  return [...new Set(named.flatMap((g) => (g === 'all' ? environmentOf(cx).guardNamesFor(lab) : [g])))];
}
