import type { Environment } from '../../lab/environment.js';
import type { GuardAst } from '../../syntax/lab-ast.js';
import type { Answer, LabText, RunChoice } from '../protocol/protocol.js';
import { attempt } from './run.js';

/** What a guard's file says: all of a shipped one's; of one that the lab declares, the declaration and the comment above it. */
function fileOf({ span: { source, start, end } }: GuardAst, lab: LabText): string {
  if (source.text !== lab.text) return source.text;
  const [above = ''] = /(?:(?<=^|\n)[ \t]*\/\/.*\n)*$/.exec(source.text.slice(0, start)) ?? [];
  return `${above}${source.text.slice(start, end)}\n`;
}

/** The text of the guard that is chosen, as a file of its own. */
export function textOfGuard(lab: LabText, choice: RunChoice, environment: Environment): Answer {
  let guard: string | undefined;
  const answer = attempt(lab, environment, choice, (ast) => {
    if (choice.guard !== undefined) guard = fileOf(environment.guard(choice.guard, ast), lab);
    return [];
  });
  return guard === undefined ? answer : { ...answer, guard };
}
