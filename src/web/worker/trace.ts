import type { Environment } from '../../lab/environment.js';
import { perfettoTrace } from '../../report/perfetto.js';
import type { Answer, LabText, RunChoice } from '../protocol/protocol.js';
import { attempt, OBSERVED, ran } from './run.js';

/** Runs the scenarios of a lab and writes the trace that ui.perfetto.dev opens. */
export function traceLab(lab: LabText, choice: RunChoice, environment: Environment): Answer {
  let trace = '';
  const answer = attempt(lab, environment, choice, (ast) => {
    const observed = { ...OBSERVED, foldsWrites: false };
    trace = perfettoTrace(ran(ast, choice, environment, observed).map((r) => r.result));
    return [];
  });
  return trace === '' ? answer : { ...answer, trace };
}
