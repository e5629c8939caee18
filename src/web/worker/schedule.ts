import { breachesOf } from '../../explore/breaches.js';
import type { Environment } from '../../lab/environment.js';
import type { Property } from '../../lab/properties.js';
import type { LabAst } from '../../syntax/lab-ast.js';
import { InputError } from '../../text/diagnostic.js';
import type { Answer, LabText, RunChoice } from '../protocol/protocol.js';
import { attempt, scheduledIn, viewsOf } from './run.js';

/** What is run where a schedule says in which order. */
export interface ScheduleChoice extends RunChoice {
  readonly schedule: string;
}

/** The promises that a schedule breaks; undefined where that cannot be told of this lab. */
function broken(
  ast: LabAst,
  choice: ScheduleChoice,
  environment: Environment,
): readonly Property[] | undefined {
  const { schedule, scenario, options } = scheduledIn(ast, choice, choice.schedule);
  try {
    return breachesOf(ast, scenario, environment, schedule, options).map((b) => b.property);
  } catch (e) {
    if (e instanceof InputError) return undefined;
    throw e;
  }
}

/** Carries out a schedule, and says which promises that breaks. */
export function runSchedule(lab: LabText, choice: ScheduleChoice, environment: Environment): Answer {
  let breaks: readonly Property[] | undefined;
  const answer = attempt(lab, environment, choice, (ast, found) => {
    const runs = viewsOf(ast, choice, environment, lab, found);
    breaks = broken(ast, choice, environment);
    return runs;
  });
  return breaks === undefined ? answer : { ...answer, breaks };
}
